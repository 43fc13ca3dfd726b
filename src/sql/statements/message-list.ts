import { type CompiledQuery, type Kysely, sql } from "kysely";
import { type MessageRow, messagesTable, type Tables } from "../tables.ts";
import { asStored, withKeys } from "./message-keys.ts";
import { type Argument, type Batch, prepare, type Statement } from "./statement.ts";

/** Where in a list, from the newest to the oldest, to go on: behind this. */
export interface ListPosition {
  readonly updatedAt: string;
  readonly id: string;
}

/** The position before everything: at a time that every database has, however it rounds. */
export const newestPosition: ListPosition = { updatedAt: "9999-12-31 00:00:00.000000", id: "" };

/** What is read of a row whose session is known. */
export type ListedRow = Omit<MessageRow, "session_id" | "deleted">;

/** Which rows a list of a session's messages has. */
export interface ListValues extends ListPosition {
  readonly sessionId: string;
  readonly limit: number;
}

/** The columns of a {@link ListedRow}. */
export const listedColumns: readonly (keyof ListedRow)[] = [
  "id",
  "request_id",
  "message_key",
  "message_value",
  "created_at",
  "updated_at",
];

// How many keys one statement reads of; nothing equals the null in the places left over.
const sizes = [2, 4, 8, 16, 64] as const;
const noKey = null;

/** The message keys of a session. */
export function prepareKeys(
  kysely: Kysely<Tables>,
): Statement<{ readonly sessionId: string }, { readonly message_key: string }> {
  return prepare((argument) =>
    withKeys(kysely, argument("sessionId"))
      .selectFrom("keys")
      .select((key) => key.ref("keys.message_key").$notNull().as("message_key"))
      .where("keys.message_key", "is not", null),
  );
}

/**
 * A session's rows under some keys, newest first, behind a position. Each key's newest are read by
 * themselves, so that the cost grows with the length of the list and the number of keys, and not
 * with the length of the session, whatever a database thinks of it. Of up to 64 keys it is one
 * statement, which sees them all as they are at one moment.
 */
export function prepareList(
  kysely: Kysely<Tables>,
): (keys: readonly string[], values: ListValues) => readonly CompiledQuery<ListedRow>[] {
  const statements = new Map(sizes.map((size) => [size, prepareUnion(kysely, size)]));
  return (keys, values) => {
    const queries: CompiledQuery<ListedRow>[] = [];
    for (let start = 0; start < keys.length;) {
      const size = sizes.find((each) => each >= keys.length - start) ?? 64;
      const places = Array.from({ length: size }, (_, place) => keys[start + place] ?? noKey);
      const query = statements.get(size)?.(Object.assign({}, values, places));
      if (query !== undefined) queries.push(query);
      start += size;
    }
    return queries;
  };
}

function prepareUnion(
  kysely: Kysely<Tables>,
  size: number,
): Statement<ListValues & Batch<string | null>, ListedRow> {
  return prepare((argument) => {
    const ofKeys = Array.from({ length: size }, (_, place) =>
      kysely.selectFrom(selectOfKey(kysely, argument, place).as("of_key")).select(listedColumns),
    );
    return ofKeys
      .reduce((all, ofKey) => all.unionAll(ofKey))
      .orderBy(sql.ref("updated_at"), "desc")
      .orderBy(sql.ref("id"), "desc")
      .limit(argument("limit"));
  });
}

function selectOfKey(
  kysely: Kysely<Tables>,
  argument: Argument<ListValues & Batch<string | null>>,
  place: number,
) {
  return kysely
    .selectFrom(messagesTable)
    .select(listedColumns)
    .where("session_id", "=", argument("sessionId"))
    .where("message_key", "=", asStored(argument(place)))
    .where("deleted", "=", false)
    .where("updated_at", "<=", argument("updatedAt"))
    .where((row) =>
      row.or([row("updated_at", "<", argument("updatedAt")), row("id", "<", argument("id"))]),
    )
    .orderBy("updated_at", "desc")
    .orderBy("id", "desc")
    .limit(argument("limit"));
}
