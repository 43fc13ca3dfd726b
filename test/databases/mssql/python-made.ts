import type { Row } from "./tds-tokens.ts";

const collation = "SQL_Latin1_General_CP1_CI_AS";
const text = (name: string, length: number): Row => ({
  name,
  type: "varchar",
  length,
  collation,
  scale: 0,
});
const time = (name: string): Row => ({
  name,
  type: "datetime",
  length: 8,
  collation: null,
  scale: 3,
});

/**
 * What the server says of the columns of the table that Python's SQLAlchemy makes, in a database with
 * the usual collation.
 */
export const pythonMadeColumns: readonly Row[] = [
  text("id", 36),
  text("session_id", 36),
  text("request_id", 36),
  text("message_key", 128),
  { name: "message_value", type: "nvarchar", length: -1, collation, scale: 0 },
  time("created_at"),
  time("updated_at"),
  { name: "deleted", type: "bit", length: 1, collation: null, scale: 0 },
];
