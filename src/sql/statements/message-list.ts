import type { Kysely } from "kysely";
import { type MessageRow, messagesTable, type Tables } from "../tables.ts";
import { one, withKeys } from "./message-keys.ts";
import { prepare, type Statement } from "./statement.ts";

/** Where in a list, from the newest to the oldest, to go on: behind this. */
export interface ListPosition {
  readonly updatedAt: string;
  readonly id: string;
}

/** The position before everything. */
export const newestPosition: ListPosition = { updatedAt: "9999-12-31 23:59:59.999999", id: "" };

/** What is read of a row whose session is known. */
export type ListedRow = Omit<MessageRow, "session_id" | "deleted">;

/** Which rows a list of a session's messages has. */
export interface ListValues extends ListPosition {
  readonly sessionId: string;
  readonly limit: number;
  /** How many rows of one key stand before the last that may be in the list: `limit` - 1. */
  readonly offset: number;
}

/**
 * A session's rows under all keys, newest first, behind a position. Of each key the rows are read
 * down to the last that may be in the list, so that the cost grows with the length of the list and
 * the number of keys, not with the length of the session.
 */
export function prepareList(kysely: Kysely<Tables>): Statement<ListValues, ListedRow> {
  return prepare((argument) => {
    const sessionId = argument("sessionId");
    const updatedAt = argument("updatedAt");
    const id = argument("id");
    return (
      withKeys(kysely, sessionId)
        .with("ends", (db) =>
          db
            .selectFrom("keys")
            .where("keys.message_key", "is not", null)
            .select((key) => [
              key.ref("keys.message_key").$notNull().as("message_key"),
              key
                .selectFrom(`${messagesTable} as row`)
                .select("row.updated_at")
                .where("row.session_id", "=", sessionId)
                .whereRef("row.message_key", "=", "keys.message_key")
                .where("row.deleted", "=", false)
                .where("row.updated_at", "<=", updatedAt)
                .where((row) =>
                  row.or([row("row.updated_at", "<", updatedAt), row("row.id", "<", id)]),
                )
                .orderBy("row.updated_at", "desc")
                .orderBy("row.id", "desc")
                .limit(one)
                .offset(argument("offset"))
                .as("last"),
              key
                .selectFrom(`${messagesTable} as row`)
                .select("row.updated_at")
                .where("row.session_id", "=", sessionId)
                .whereRef("row.message_key", "=", "keys.message_key")
                .orderBy("row.updated_at")
                .limit(one)
                .as("first"),
            ]),
        )
        // A cross join, since the order of an inner one is open: rows first would be all of the session.
        .selectFrom("ends")
        .crossJoin(`${messagesTable} as row`)
        .select([
          "row.id",
          "row.request_id",
          "row.message_key",
          "row.message_value",
          "row.created_at",
          "row.updated_at",
        ])
        .where("row.session_id", "=", sessionId)
        .whereRef("row.message_key", "=", "ends.message_key")
        .where((row) => row("row.updated_at", ">=", row.fn.coalesce("ends.last", "ends.first")))
        .where("row.deleted", "=", false)
        .where("row.updated_at", "<=", updatedAt)
        .where((row) => row.or([row("row.updated_at", "<", updatedAt), row("row.id", "<", id)]))
        .orderBy("row.updated_at", "desc")
        .orderBy("row.id", "desc")
        .limit(argument("limit"))
    );
  });
}
