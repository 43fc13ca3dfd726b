import { createRequire } from "node:module";
import { type Kysely, sql, type Transaction } from "kysely";
import { TurnkeepError } from "../errors.ts";
import type { IndexDefinition, OpenDatabase } from "./database.ts";
import { defineTables, type TableDefinition } from "./table-definitions.ts";
import { type SchemaRow, schemaTable, type Tables } from "./tables.ts";

const { version: turnkeep } = createRequire(import.meta.url)("../../package.json") as {
  version: string;
};

/** The version of the tables that this turnkeep makes and works with. */
export const schemaVersion = 1;

/**
 * Makes the tables and indexes where they are missing, also while another process does the same.
 * A table of messages that is there, such as one that the Python SDK made, is used as it is.
 * @throws TurnkeepError `database_schema_mismatch` where a newer turnkeep made the tables, or where
 * one lacks a column, or has one that a row cannot be without.
 */
export async function openSchema(kysely: Kysely<Tables>, database: OpenDatabase): Promise<void> {
  const tables = defineTables(database.columnTypes);
  let missing = await findMissing(kysely, database, tables);
  while (missing.length > 0) {
    try {
      await kysely.transaction().execute(async (transaction) => {
        for (const { make } of missing) await make(transaction);
      });
      return;
    } catch (error) {
      // Where another process has made something meanwhile, that is what stood in the way.
      const left = await findMissing(kysely, database, tables);
      if (left.length >= missing.length) throw error;
      missing = left;
    }
  }
}

/**
 * Refuses tables that this turnkeep does not know.
 * @throws TurnkeepError `database_schema_mismatch`.
 */
export function requireKnownVersion(row: SchemaRow | undefined): void {
  if (row === undefined || row.version <= schemaVersion) return;
  throw new TurnkeepError(
    "database_schema_mismatch",
    `The tables are of version ${row.version}, made by turnkeep ${row.made_by}, but this is turnkeep ${turnkeep}, which knows them up to version ${schemaVersion}. Install turnkeep ${row.made_by} or newer.`,
  );
}

/** Something that the schema consists of. */
interface Part {
  readonly make: (transaction: Transaction<Tables>) => Promise<unknown>;
}

interface FoundColumn {
  readonly name: string;
  /** Whether a row can be inserted without it. */
  readonly optional: boolean;
}

/** The parts that are missing, in the order in which they are to be made. */
async function findMissing(
  kysely: Kysely<Tables>,
  database: OpenDatabase,
  tables: readonly TableDefinition[],
): Promise<readonly Part[]> {
  const found = await findTables(kysely);
  const made = found.has(schemaTable) ? await readVersion(kysely) : undefined;
  requireKnownVersion(made);
  const parts: Part[] = [];
  for (const table of tables) {
    const columns = found.get(table.name);
    if (columns === undefined) parts.push({ make: (transaction) => makeTable(transaction, table) });
    else requireColumns(table, columns);
    for (const index of table.indexes) {
      const isThere =
        columns !== undefined &&
        (await database.hasIndex(kysely as unknown as Kysely<unknown>, table.name, index.name));
      if (!isThere) {
        parts.push({ make: (transaction) => makeIndex(transaction, database, table, index) });
      }
    }
  }
  if (made === undefined) parts.push({ make: writeVersion });
  return parts;
}

async function findTables(
  kysely: Kysely<Tables>,
): Promise<ReadonlyMap<string, readonly FoundColumn[]>> {
  const tables = await kysely.introspection.getTables();
  return new Map(
    tables.map(({ name, columns }) => [
      name,
      columns.map((column) => ({
        name: column.name,
        optional: column.isNullable || column.hasDefaultValue || column.isAutoIncrementing,
      })),
    ]),
  );
}

async function readVersion(kysely: Kysely<Tables>): Promise<SchemaRow | undefined> {
  const rows = await kysely
    .selectFrom(schemaTable)
    .select(["version", "made_by"])
    .orderBy("version", "desc")
    .execute();
  return rows[0];
}

async function writeVersion(transaction: Transaction<Tables>): Promise<void> {
  await transaction
    .insertInto(schemaTable)
    .values({ version: schemaVersion, made_by: turnkeep })
    .execute();
}

async function makeTable(
  transaction: Transaction<Tables>,
  { name, columns, nullable, primaryKey }: TableDefinition,
): Promise<void> {
  let table = transaction.schema.createTable(name);
  for (const [column, type] of Object.entries(columns)) {
    table = table.addColumn(column, sql.raw(type), (definition) =>
      nullable.includes(column) ? definition : definition.notNull(),
    );
  }
  await table.addPrimaryKeyConstraint(`${name}_pkey`, primaryKey as never).execute();
}

async function makeIndex(
  transaction: Transaction<Tables>,
  database: OpenDatabase,
  table: TableDefinition,
  { name, columns, unique = false, sparse = false }: IndexDefinition,
): Promise<void> {
  let index = transaction.schema
    .createIndex(name)
    .on(table.name)
    .columns([...columns]);
  if (unique) index = index.unique();
  if (sparse && database.partialIndexes) index = index.where(columns[0] ?? "", "is not", null);
  await index.execute();
}

function requireColumns(wanted: TableDefinition, found: readonly FoundColumn[]): void {
  const names = found.map(({ name }) => name);
  const missing = Object.keys(wanted.columns).filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const additions = missing.map((name) => {
      const constraint = wanted.nullable.includes(name) ? "" : " NOT NULL";
      return `${name} ${wanted.columns[name]}${constraint}`;
    });
    throw new TurnkeepError(
      "database_schema_mismatch",
      `The table ${wanted.name} has no column ${missing.join(", ")}: its columns are ${names.join(", ")}. Add what is missing (${additions.join(", ")}), or rename the table so that a new one is made.`,
    );
  }
  const demanding = found.filter(({ name, optional }) => !optional && !(name in wanted.columns));
  if (demanding.length > 0) {
    throw new TurnkeepError(
      "database_schema_mismatch",
      `The table ${wanted.name} has a column that takes no row without it: ${demanding.map(({ name }) => name).join(", ")}. Let it be null, give it a default, or rename the table so that a new one is made.`,
    );
  }
}
