import { type Kysely, sql } from "kysely";
import { TurnkeepError } from "../errors.ts";
import { maxIdLength, maxMessageKeyLength } from "../session/session-store.ts";
import type { ColumnTypes, OpenDatabase } from "./database.ts";
import { messagesTable, type MessageRow, type Tables } from "./tables.ts";

const historyIndex = `${messagesTable}_history`;

/**
 * Makes the tables and the index where they are missing, also while another process does the same.
 * A table that is there, such as one that the Python SDK made, is used as it is.
 * @throws TurnkeepError `database_schema_mismatch` where it lacks a column, or has one that a row
 * cannot be without.
 */
export async function openSchema(kysely: Kysely<Tables>, database: OpenDatabase): Promise<void> {
  const types = messageColumns(database.columnTypes);
  const columns =
    (await columnsOf(kysely)) ??
    (await makeTable(kysely, types).then(
      () => columnsOf(kysely),
      // Another process may have made it since.
      async (error: unknown) => (await columnsOf(kysely)) ?? Promise.reject(error as Error),
    ));
  requireColumns(types, columns ?? []);
  await makeIndex(kysely, database);
}

type Columns = Readonly<Record<keyof MessageRow, string>>;

interface FoundColumn {
  readonly name: string;
  /** Whether a row can be inserted without it. */
  readonly optional: boolean;
}

function messageColumns(types: ColumnTypes): Columns {
  return {
    id: types.text(maxIdLength),
    session_id: types.text(maxIdLength),
    request_id: types.text(maxIdLength),
    message_key: types.text(maxMessageKeyLength),
    message_value: types.json,
    created_at: types.time,
    updated_at: types.time,
    deleted: types.boolean,
  };
}

async function columnsOf(kysely: Kysely<Tables>): Promise<readonly FoundColumn[] | undefined> {
  const tables = await kysely.introspection.getTables();
  return tables
    .find(({ name }) => name === messagesTable)
    ?.columns.map(({ name, isNullable, hasDefaultValue, isAutoIncrementing }) => ({
      name,
      optional: isNullable || hasDefaultValue || isAutoIncrementing,
    }));
}

async function makeTable(kysely: Kysely<Tables>, columns: Columns): Promise<void> {
  let table = kysely.schema.createTable(messagesTable);
  for (const [name, type] of Object.entries(columns)) {
    table = table.addColumn(name, sql.raw(type), (column) =>
      name === "id" ? column.notNull().primaryKey() : column.notNull(),
    );
  }
  await table.execute();
}

async function makeIndex(kysely: Kysely<Tables>, database: OpenDatabase): Promise<void> {
  const hasIndex = (): Promise<boolean> =>
    database.hasIndex(kysely as unknown as Kysely<unknown>, messagesTable, historyIndex);
  if (await hasIndex()) return;
  try {
    await kysely.schema
      .createIndex(historyIndex)
      .on(messagesTable)
      .columns(["session_id", "message_key", "updated_at", "id"])
      .execute();
  } catch (error) {
    if (!(await hasIndex())) throw error;
  }
}

function requireColumns(wanted: Columns, found: readonly FoundColumn[]): void {
  const names = found.map(({ name }) => name);
  const missing = Object.keys(wanted).filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new TurnkeepError(
      "database_schema_mismatch",
      `The table ${messagesTable} has no column ${missing.join(", ")}: its columns are ${names.join(", ")}. Add what is missing (${missing.map((name) => `${name} ${wanted[name as keyof Columns]} NOT NULL`).join(", ")}), or rename the table so that a new one is made.`,
    );
  }
  const demanding = found.filter(({ name, optional }) => !optional && !(name in wanted));
  if (demanding.length > 0) {
    throw new TurnkeepError(
      "database_schema_mismatch",
      `The table ${messagesTable} has a column that takes no row without it: ${demanding.map(({ name }) => name).join(", ")}. Let it be null, give it a default, or rename the table so that a new one is made.`,
    );
  }
}
