import { runNotFound } from "../../session/turn-refusals.ts";
import type { NewTurn, TurnRecord } from "../../session/turn-store.ts";
import { TurnTree } from "../../session/turn-tree.ts";
import { readerOf, type Work } from "../statements/store-statements.ts";
import type { Standing } from "../statements/turn-standing.ts";
import type { VersionRow } from "../tables.ts";
import { readTree } from "../turn-places.ts";

/** Where a new turn hangs, and what has to be written for it. */
export interface TurnPlace extends Pick<TurnRecord, "parent" | "chosen" | "versions"> {
  /** The places that must be told from now on. */
  readonly places: readonly VersionRow[];
  /** The end of the chosen path from now on, where that must be told. */
  readonly head: number | undefined;
}

/**
 * Finds the place of a new turn, and writes nothing. In a session without versions there is nothing
 * to read for one that follows.
 * @throws TurnkeepError `run_not_found` where it is to be a version of a turn that is not there.
 */
export async function findPlace(
  work: Work,
  turn: NewTurn,
  standing: Standing | undefined,
): Promise<TurnPlace> {
  const { sessionId, requestId, versionOf } = turn;
  const number = (standing?.session.turn_count ?? 0) + 1;
  const head = standing?.session.head ?? null;
  if (versionOf !== undefined) return findVersionPlace(work, turn, versionOf, { number, head });
  if (head === null) {
    return { parent: number - 1, chosen: true, versions: [requestId], places: [], head: undefined };
  }
  const live = standing?.live ?? [];
  const last = Math.max(0, ...live.map((each) => each.number));
  const tree = last > 0 ? await readTree(readerOf(work), work.statements, sessionId) : undefined;
  const isAside = tree?.isOn(last, head) === false;
  const parent = isAside ? tree.newestEnd(last, number - 1) : head;
  return {
    parent,
    chosen: !isAside,
    versions: [requestId],
    places: parent === number - 1 ? [] : [{ session_id: sessionId, number, parent }],
    head: isAside ? undefined : number,
  };
}

/** Writes the place of a turn that is being begun. */
export async function keepPlace(
  { transaction, statements: { sessions, versions } }: Work,
  sessionId: string,
  { places, head }: TurnPlace,
): Promise<void> {
  await Promise.all([
    versions.places.insert(transaction, places),
    head !== undefined && transaction.executeQuery(sessions.setHead({ sessionId, head })),
  ]);
}

async function findVersionPlace(
  work: Work,
  { sessionId, requestId }: NewTurn,
  versionOf: string,
  { number, head }: { readonly number: number; readonly head: number | null },
): Promise<TurnPlace> {
  const { transaction, statements } = work;
  const { rows } = await transaction.executeQuery(statements.turns.turn({ requestId: versionOf }));
  const other = rows.find((row) => row.session_id === sessionId);
  if (other === undefined) throw runNotFound(versionOf);
  const tree =
    head === null ? new TurnTree([]) : await readTree(readerOf(work), statements, sessionId);
  const parent = tree.parentOf(other.number);
  const place = { session_id: sessionId, number, parent };
  return {
    parent,
    chosen: false,
    versions: [...tree.versionsOf(other.number, versionOf), requestId],
    places: tree.has(other.number) ? [place] : [{ ...place, number: other.number }, place],
    head: head === null ? number - 1 : undefined,
  };
}
