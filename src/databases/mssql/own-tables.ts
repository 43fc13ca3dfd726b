import {
  chunksTable,
  hiddenTable,
  messagesTable,
  schemaTable,
  sessionsTable,
  settingsTable,
  turnsTable,
  versionsTable,
} from "../../sql/tables.ts";

/** The columns of ids in the tables of turnkeep's own. */
const ids: ReadonlySet<string> = new Set([
  "session_id",
  "request_id",
  "user_id",
  "retry_of",
  "answer_record",
  "idempotency_key",
  "replica",
  "record_id",
]);

/**
 * The columns of which no two rows may have the same value, by their tables. The server takes values
 * for the same that differ in the spaces at their end: so the length of each is a column of its own
 * beside it, which the server computes, and which keys and unique indexes have too.
 */
const measured: ReadonlyMap<string, readonly string[]> = new Map([
  [sessionsTable, ["session_id"]],
  [turnsTable, ["session_id", "request_id"]],
  [versionsTable, ["session_id"]],
  [chunksTable, ["request_id"]],
  [hiddenTable, ["session_id"]],
]);

const messageIds: ReadonlySet<string> = new Set(["id", "session_id", "request_id", "message_key"]);

const tables: ReadonlySet<string> = new Set([
  messagesTable,
  settingsTable,
  schemaTable,
  ...measured.keys(),
]);

/** Whether a table is one of those that the store consists of. */
export function isTable(name: string): boolean {
  return tables.has(name);
}

/** Whether a table is of turnkeep's own, so that its columns are known. */
export function isOwnTable(name: string): boolean {
  return name !== messagesTable && tables.has(name);
}

/** Whether a column has ids or keys, which compare exactly. */
export function isExact(table: string, column: string): boolean {
  return table === messagesTable ? messageIds.has(column) : isOwnTable(table) && ids.has(column);
}

/** The columns of a table whose length is a column beside them. */
export function measuredColumns(table: string): readonly string[] {
  return measured.get(table) ?? [];
}

/** The name of the column that has the length of another. */
export function lengthOf(column: string): string {
  return `${column}_length`;
}

/** Columns, each with the one of its length behind it where there is one. */
export function withLengths(table: string, columns: readonly string[]): readonly string[] {
  const known = measuredColumns(table);
  return columns.flatMap((column) =>
    known.includes(column) ? [column, lengthOf(column)] : [column],
  );
}
