import type { TurnRecord } from "../session/turn-store.ts";
import { TurnTree } from "../session/turn-tree.ts";
import type { Read } from "./known-keys.ts";
import type { StoreStatements } from "./statements/store-statements.ts";
import type { FullTurnRow } from "./statements/turn-reads.ts";
import { toTurn } from "./turn-rows.ts";

/** How the turns of a session hang together. */
export async function readTree(
  read: Read,
  { versions }: StoreStatements,
  sessionId: string,
): Promise<TurnTree> {
  return new TurnTree(await read(versions.placed({ sessionId })));
}

/** The records of turns of one session, whose places are read where it has versions. */
export async function toTurns(
  read: Read,
  statements: StoreStatements,
  rows: readonly FullTurnRow[],
): Promise<TurnRecord[]> {
  const [first] = rows;
  if (first === undefined || first.head === null) {
    return rows.map((row) =>
      toTurn(row, { parent: row.number - 1, chosen: true, versions: [row.request_id] }),
    );
  }
  const { head } = first;
  const tree = await readTree(read, statements, first.session_id);
  return rows.map((row) =>
    toTurn(row, {
      parent: tree.parentOf(row.number),
      chosen: tree.isOn(row.number, head),
      versions: tree.versionsOf(row.number, row.request_id),
    }),
  );
}
