import type { StoredRows } from "../session-index.ts";
import type { SessionRecord } from "../session-record.ts";

const columns = [
  "id",
  "session_id",
  "request_id",
  "message_key",
  "message_value",
  "created_at",
  "updated_at",
  "deleted",
];

/**
 * The rows that a database would have for records, of which there may be more than wanted.
 * @param limit how many rows there are at the most.
 * @param isDeleted whether a record is marked as deleted.
 */
export function toRowValues(
  records: readonly SessionRecord[],
  limit: number,
  isDeleted: (record: SessionRecord) => boolean,
): StoredRows {
  const shown = records.slice(0, limit);
  return {
    sql: undefined,
    columns,
    rows: shown.map((record) => [
      record.id,
      record.sessionId,
      record.requestId,
      record.messageKey,
      JSON.stringify(record.message),
      record.createdAt,
      record.updatedAt,
      isDeleted(record) ? 1 : 0,
    ]),
    next: records.length > limit ? shown.at(-1) : undefined,
  };
}
