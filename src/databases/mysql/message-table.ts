import { type Kysely, sql } from "kysely";
import { messagesTable } from "../../sql/tables.ts";

/** How the texts of a column compare. */
export interface Collation {
  readonly charset: string;
  readonly collation: string;
}

/** What is special about the table of messages, which others may have made. */
export interface MessageTable {
  /** By their names, the columns whose texts do not compare byte by byte. */
  readonly inexact: ReadonlyMap<string, Collation>;
  /** The least difference between two of its times, in microseconds. */
  readonly timeStep: number;
}

/** The table as it is made here. */
export const ownMessageTable: MessageTable = { inexact: new Map(), timeStep: 1 };

interface ColumnRow {
  readonly name: string;
  readonly charset: string | null;
  readonly collation: string | null;
  readonly digits: number | null;
}

const digitsOfMicroseconds = 6;
const times = new Set(["created_at", "updated_at"]);
const texts = new Set(["id", "session_id", "request_id", "message_key"]);

/** Looks at the table of messages of a database. */
export async function inspectMessageTable(
  kysely: Kysely<unknown>,
  exactCollation: string,
): Promise<MessageTable> {
  const { rows } = await sql<ColumnRow>`
    select column_name as \`name\`, character_set_name as \`charset\`,
      collation_name as \`collation\`, datetime_precision as \`digits\`
    from information_schema.columns
    where table_schema = database() and table_name = ${messagesTable}`.execute(kysely);
  const inexact = new Map<string, Collation>();
  let digits = digitsOfMicroseconds;
  for (const row of rows) {
    const { name, charset, collation } = row;
    if (texts.has(name) && charset !== null && collation !== null && collation !== exactCollation) {
      inexact.set(name, { charset, collation });
    }
    if (times.has(name)) digits = Math.min(digits, row.digits ?? digits);
  }
  return { inexact, timeStep: 10 ** (digitsOfMicroseconds - digits) };
}
