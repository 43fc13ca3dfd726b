import type { TurnTree } from "../../session/turn-tree.ts";
import type { Read } from "../known-keys.ts";
import { inOneForm } from "../message-rows.ts";
import { readerOf, type StoreStatements, type Work } from "../statements/store-statements.ts";
import { cutOff, timeOfRow } from "../time-step.ts";

/** A record, and the turn that it belongs to. */
export interface PlacedRecord {
  readonly id: string;
  readonly turn: number;
}

/** What a path of a session's turns is found by. */
export interface PathPlace {
  readonly sessionId: string;
  /** Its turns, in any order. */
  readonly turns: readonly number[];
  /** The least difference between two times in the table of messages, in microseconds. */
  readonly timeStep: number;
}

/**
 * Makes the path to a turn the chosen one: marks the records as deleted that are not on it, and takes
 * the mark from those that had it since they were not.
 * @param from the end of the path that was the chosen one.
 * @param to that of the one which becomes it.
 */
export async function choosePath(
  work: Work,
  sessionId: string,
  tree: TurnTree,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const { transaction, statements, timeStep, knownKeys } = work;
  const read = readerOf(work);
  const fork = tree.forkOf(from, to);
  const left = { sessionId, turns: tree.behind(fork, from), timeStep };
  const { keys } = await knownKeys.find(read, statements.messages, sessionId);
  const hidden = await Promise.all(keys.map((key) => findShown(read, statements, left, key)));
  await setAside(work, sessionId, hidden.flat());
  const shown = new Set(tree.behind(fork, to));
  const { rows } = await transaction.executeQuery(statements.versions.aside({ sessionId }));
  await Promise.all(
    rows
      .filter(({ turn }) => shown.has(turn))
      .flatMap(({ record_id: id }) => [
        transaction.executeQuery(statements.versions.unmarkDeleted({ sessionId, id })),
        transaction.executeQuery(statements.versions.removeNote({ sessionId, id })),
      ]),
  );
  await transaction.executeQuery(statements.sessions.setHead({ sessionId, head: to }));
}

/** Marks records as deleted, and notes that they are since they are not of the chosen path. */
async function setAside(
  { transaction, statements }: Work,
  sessionId: string,
  records: readonly PlacedRecord[],
): Promise<void> {
  await Promise.all(
    records.map(({ id }) =>
      transaction.executeQuery(statements.messages.markOneDeleted({ sessionId, id })),
    ),
  );
  await noteAside({ transaction, statements }, sessionId, records);
}

/** Notes that records are marked as deleted since they are not of the chosen path. */
export async function noteAside(
  { transaction, statements }: Pick<Work, "transaction" | "statements">,
  sessionId: string,
  records: readonly PlacedRecord[],
): Promise<void> {
  await statements.versions.notes.insert(
    transaction,
    records.map(({ id, turn }) => ({ session_id: sessionId, record_id: id, turn })),
  );
}

/**
 * The records under a key that belong to turns at the end of the chosen path and are not marked as
 * deleted. One of another writer belongs to the last turn of the path that had ended before it.
 */
export async function findShown(
  read: Read,
  { versions }: StoreStatements,
  { sessionId, turns, timeStep }: PathPlace,
  messageKey: string,
): Promise<readonly PlacedRecord[]> {
  if (turns.length === 0) return [];
  const ofPath = new Set(turns);
  const times = (await read(versions.times({ sessionId, from: Math.min(...turns) }))).filter(
    ({ number }) => ofPath.has(number),
  );
  const [first] = times;
  if (first === undefined) return [];
  // What its turn has added came behind its beginning; what others did, behind its end.
  const from = cutOff(inOneForm(first.created_at), timeStep);
  const rows = await read(versions.shownFrom({ sessionId, messageKey, from }));
  const requestIds = [...new Set(rows.map((row) => row.request_id))];
  const numbers = await Promise.all(versions.numbers(requestIds, {}).map(read));
  const ofSession = numbers.flat().filter((row) => row.session_id === sessionId);
  const numberOf = new Map(ofSession.map((row) => [row.request_id, row.number]));
  return rows.flatMap(({ id, request_id: requestId, updated_at: time }) => {
    const at = timeOfRow(inOneForm(time), id, timeStep);
    const turn = numberOf.get(requestId) ?? lastEnded(times, at);
    return turn !== undefined && ofPath.has(turn) ? [{ id, turn }] : [];
  });
}

/** The last turn of a path before which all have ended before a time. */
function lastEnded(
  times: readonly { readonly number: number; readonly ended_at: string | null }[],
  time: string,
): number | undefined {
  const next = times.findIndex(
    (turn) => turn.ended_at === null || inOneForm(turn.ended_at) >= time,
  );
  return times[next < 0 ? times.length - 1 : next - 1]?.number;
}
