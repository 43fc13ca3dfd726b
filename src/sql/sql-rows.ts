import type { JSONValue } from "../json.ts";
import type { RowsQuery, StoredRows } from "../session/session-index.ts";
import { listOverKeys, positionOf } from "./list-over-keys.ts";
import { toComparable } from "./message-rows.ts";
import { isShown } from "./session-rows.ts";
import { messageColumns } from "./statements/message-list.ts";
import type { StoreDatabase } from "./store-database.ts";

/** The rows of the table of messages, as they are. */
export class SqlRows {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  /** See `SessionIndex`. */
  async getRows(query: RowsQuery): Promise<StoredRows | undefined> {
    const { sessionId, userId, limit } = query;
    const { messages, sessions } = this.#database.statements;
    const [session] = await this.#database.read(sessions.session({ sessionId }));
    if (session === undefined || !isShown(session, userId)) return undefined;
    const position = await positionOf(this.#database, query);
    const values = { sessionId, ...position, limit: limit + 1 };
    const rows = await listOverKeys(this.#database, values, messages.rows);
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      sql: this.#database.showRowsOf(sessionId),
      columns: messageColumns,
      rows: shown.map((row) => messageColumns.map((column) => row[column] as JSONValue)),
      next: last && { updatedAt: toComparable(last.updated_at), id: last.id },
    };
  }
}
