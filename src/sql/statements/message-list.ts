import { type CompiledQuery, type Kysely, type SelectQueryBuilder, sql } from "kysely";
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

/** All columns of the table of messages, in the order in which Python made them. */
export const messageColumns: readonly (keyof MessageRow)[] = [
  "id",
  "session_id",
  "request_id",
  "message_key",
  "message_value",
  "created_at",
  "updated_at",
  "deleted",
];

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
  return prepareUnions<ListedRow>((size) =>
    prepare((argument) =>
      toUnion(kysely, argument, listedColumns, size, (place) =>
        selectOfKey(kysely, argument, place).select(listedColumns).where("deleted", "=", false),
      ),
    ),
  );
}

/** Like {@link prepareList}, of whole rows, and also of those that are marked as deleted. */
export function prepareRows(
  kysely: Kysely<Tables>,
): (keys: readonly string[], values: ListValues) => readonly CompiledQuery<MessageRow>[] {
  return prepareUnions<MessageRow>((size) =>
    prepare((argument) =>
      toUnion(kysely, argument, messageColumns, size, (place) =>
        selectOfKey(kysely, argument, place).select(messageColumns),
      ),
    ),
  );
}

/** The statement that shows all rows of a session, the value in it, the newest row first. */
export function compileRowsOf(kysely: Kysely<Tables>, sessionId: string): string {
  return kysely
    .selectFrom(messagesTable)
    .select(messageColumns)
    .where("session_id", "=", sql.lit(sessionId))
    .orderBy("updated_at", "desc")
    .orderBy("id", "desc")
    .compile().sql;
}

function prepareUnions<Row>(
  prepareOne: (size: number) => Statement<ListValues & Batch<string | null>, Row>,
): (keys: readonly string[], values: ListValues) => readonly CompiledQuery<Row>[] {
  const statements = new Map(sizes.map((size) => [size, prepareOne(size)]));
  return (keys, values) => {
    const queries: CompiledQuery<Row>[] = [];
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

function toUnion<Columns extends readonly (keyof MessageRow)[]>(
  kysely: Kysely<Tables>,
  argument: Argument<ListValues & Batch<string | null>>,
  columns: Columns,
  size: number,
  selectPart: (
    place: number,
  ) => SelectQueryBuilder<Tables, typeof messagesTable, Pick<MessageRow, Columns[number]>>,
) {
  const ofKeys = Array.from({ length: size }, (_, place) =>
    kysely.selectFrom(selectPart(place).as("of_key")).select(columns as never),
  );
  return ofKeys
    .reduce((all, ofKey) => all.unionAll(ofKey))
    .orderBy(sql.ref("updated_at"), "desc")
    .orderBy(sql.ref("id"), "desc")
    .limit(argument("limit"));
}

function selectOfKey(
  kysely: Kysely<Tables>,
  argument: Argument<ListValues & Batch<string | null>>,
  place: number,
) {
  return kysely
    .selectFrom(messagesTable)
    .where("session_id", "=", argument("sessionId"))
    .where("message_key", "=", asStored(argument(place)))
    .where("updated_at", "<=", argument("updatedAt"))
    .where((row) =>
      row.or([row("updated_at", "<", argument("updatedAt")), row("id", "<", argument("id"))]),
    )
    .orderBy("updated_at", "desc")
    .orderBy("id", "desc")
    .limit(argument("limit"));
}
