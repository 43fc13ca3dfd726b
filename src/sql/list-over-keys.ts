import type { CompiledQuery } from "kysely";
import type { Read } from "./known-keys.ts";
import { newestOf, type OrderedRow } from "./message-rows.ts";
import { type ListPosition, type ListValues, newestPosition } from "./statements/message-list.ts";
import type { StoreDatabase } from "./store-database.ts";

/**
 * The rows of a session under all its keys, newest first, behind a position.
 * @param toQueries the queries that read those under some keys.
 */
export async function listOverKeys<Row extends OrderedRow>(
  database: StoreDatabase,
  values: ListValues,
  toQueries: (keys: readonly string[], values: ListValues) => readonly CompiledQuery<Row>[],
): Promise<readonly Row[]> {
  const { knownKeys, statements } = database;
  const read: Read = (query) => database.read(query);
  const readKeys = async (): Promise<readonly string[]> =>
    (await knownKeys.find(read, statements.messages, values.sessionId)).keys;
  for (let keys = await readKeys(); ;) {
    const parts = await Promise.all(toQueries(keys, values).map((query) => database.read(query)));
    const after = await readKeys();
    // A turn that was stored meanwhile may have brought a key, and would be told in part.
    if (keys.length === after.length) {
      return parts.length === 1 ? (parts[0] ?? []) : newestOf(parts, values.limit);
    }
    keys = after;
  }
}

/** Where a list begins that goes on behind a row, with the time in the form that its row has. */
export async function positionOf(
  database: StoreDatabase,
  {
    sessionId,
    before,
  }: {
    readonly sessionId: string;
    readonly before?: { readonly updatedAt: string; readonly id: string } | undefined;
  },
): Promise<ListPosition> {
  if (before === undefined) return newestPosition;
  const { id } = before;
  const [row] = await database.read(database.statements.messages.timeOf({ sessionId, id }));
  return { updatedAt: row?.updated_at ?? before.updatedAt, id };
}
