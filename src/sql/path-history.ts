import type { HistoryQuery } from "../session/session-store.ts";
import type { Read } from "./known-keys.ts";
import { newestOf } from "./message-rows.ts";
import { findShown } from "./operations/choose-path.ts";
import type { ListedRow } from "./statements/message-list.ts";
import type { StoreStatements } from "./statements/store-statements.ts";
import { readTree } from "./turn-places.ts";

/**
 * The newest rows under a key of the path that a turn follows, newest first; undefined where the
 * turn is on the chosen path, so that it is the history that everyone reads.
 * @param timeStep the least difference between two times in the table of messages, in microseconds.
 */
export async function readPathHistory(
  read: Read,
  statements: StoreStatements,
  { requestId = "", ...query }: HistoryQuery,
  timeStep: number,
): Promise<readonly ListedRow[] | undefined> {
  const { sessionId, messageKey, limit } = query;
  const [reader] = await read(statements.turns.turn({ requestId }));
  if (reader?.session_id !== sessionId || reader.head === null) return undefined;
  const { number, head, deleted } = reader;
  const tree = await readTree(read, statements, sessionId);
  if (tree.isOn(number, head)) return undefined;
  if (deleted) return [];
  const end = tree.parentOf(number);
  const fork = tree.forkOf(end, head);
  const place = { sessionId, turns: tree.behind(fork, head), timeStep };
  const left = new Set((await findShown(read, statements, place, messageKey)).map(({ id }) => id));
  const shown = await read(statements.messages.history({ ...query, limit: limit + left.size }));
  const own = new Set(tree.behind(fork, end));
  const aside = own.size === 0 ? [] : await read(statements.versions.aside({ sessionId }));
  const others = await Promise.all(
    aside
      .filter(({ turn }) => own.has(turn))
      .map(({ record_id: id }) => read(statements.versions.ofKey({ sessionId, messageKey, id }))),
  );
  return newestOf([shown.filter(({ id }) => !left.has(id)), others.flat()], limit);
}
