import type { Kysely, Transaction } from "kysely";
import type { HistoryQuery } from "../session/session-store.ts";
import { prepare, type Statement } from "./statement.ts";
import { type MessageRow, messagesTable, type Tables } from "./tables.ts";

/** What {@link MessageStatements.history} reads of a row. */
export type HistoryRow = Omit<MessageRow, "session_id" | "message_key" | "deleted">;

// How many rows one insert has: few forms, so that a driver keeps each one prepared, and few
// enough values for every database.
const insertSizes = [64, 16, 4, 1] as const;

/** The statements on the table of messages, each compiled once. */
export class MessageStatements {
  /** The newest rows under a key of a session, newest first. */
  readonly history: Statement<HistoryQuery, HistoryRow>;
  /** The time of a session's newest row, or null where it has none. */
  readonly newestTime: Statement<
    { readonly sessionId: string },
    { readonly newest: string | null }
  >;
  /** Asks for every column, and finds no row. */
  readonly probe: Statement<object, MessageRow>;
  readonly #inserts: ReadonlyMap<number, Statement<readonly unknown[], unknown>>;

  constructor(kysely: Kysely<Tables>) {
    this.history = prepare((argument) =>
      kysely
        .selectFrom(messagesTable)
        .select(["id", "request_id", "message_value", "created_at", "updated_at"])
        .where("session_id", "=", argument("sessionId"))
        .where("message_key", "=", argument("messageKey"))
        .where("deleted", "=", false)
        .orderBy("updated_at", "desc")
        .orderBy("id", "desc")
        .limit(argument("limit")),
    );
    this.newestTime = prepareNewestTime(kysely);
    this.probe = prepare(() =>
      kysely.selectFrom(messagesTable).select(columns).where("id", "=", ""),
    );
    this.#inserts = new Map(insertSizes.map((size) => [size, prepareInsert(kysely, size)]));
  }

  /** Inserts rows in their order. */
  async insert(transaction: Transaction<Tables>, rows: readonly MessageRow[]): Promise<void> {
    let start = 0;
    while (start < rows.length) {
      const size = insertSizes.find((each) => each <= rows.length - start) ?? 1;
      const chunk = rows.slice(start, start + size);
      const insert = this.#inserts.get(size);
      if (insert !== undefined) {
        await transaction.executeQuery(
          insert(chunk.flatMap((row) => columns.map((column) => row[column]))),
        );
      }
      start += size;
    }
  }
}

const columns = [
  "id",
  "session_id",
  "request_id",
  "message_key",
  "message_value",
  "created_at",
  "updated_at",
  "deleted",
] as const satisfies readonly (keyof MessageRow)[];

function prepareInsert(
  kysely: Kysely<Tables>,
  size: number,
): Statement<readonly unknown[], unknown> {
  return prepare((argument) =>
    kysely
      .insertInto(messagesTable)
      .values(
        Array.from({ length: size }, (_, row) =>
          Object.fromEntries(
            columns.map((column, index) => [column, argument(row * columns.length + index)]),
          ),
        ) as never,
      ),
  );
}

/**
 * Steps from one message key of the session to the next along the index, and takes the newest time
 * under each: its cost grows with the number of different keys, not of rows.
 */
function prepareNewestTime(kysely: Kysely<Tables>): MessageStatements["newestTime"] {
  return prepare((argument) =>
    kysely
      .withRecursive("keys(message_key)", (db) =>
        db
          .selectFrom(messagesTable)
          .select((row) => row.fn.min<string | null>("message_key").as("message_key"))
          .where("session_id", "=", argument("sessionId"))
          .unionAll((union) =>
            union
              .selectFrom("keys")
              .where("keys.message_key", "is not", null)
              .select((key) =>
                key
                  .selectFrom(`${messagesTable} as row`)
                  .select((row) => row.fn.min<string | null>("row.message_key").as("message_key"))
                  .where("row.session_id", "=", argument("sessionId"))
                  .whereRef("row.message_key", ">", "keys.message_key")
                  .as("message_key"),
              ),
          ),
      )
      .selectFrom((db) =>
        db
          .selectFrom("keys")
          .select((key) =>
            key
              .selectFrom(`${messagesTable} as row`)
              .select((row) => row.fn.max<string | null>("row.updated_at").as("time"))
              .where("row.session_id", "=", argument("sessionId"))
              .whereRef("row.message_key", "=", "keys.message_key")
              .as("time"),
          )
          .as("newest_of_key"),
      )
      .select((key) => key.fn.max<string | null>("newest_of_key.time").as("newest")),
  );
}
