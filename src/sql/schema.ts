import { createRequire } from "node:module";
import { type Kysely, sql, type Transaction } from "kysely";
import { TurnkeepError } from "../errors.ts";
import type { IndexDefinition, OpenDatabase } from "./database.ts";
import { despiteConflicts } from "./despite-conflicts.ts";
import { defineTables, type TableDefinition } from "./table-definitions.ts";
import { type SchemaRow, schemaTable, type Tables } from "./tables.ts";

const { version: turnkeep } = createRequire(import.meta.url)("../../package.json") as {
  version: string;
};

/** The version of the tables that this turnkeep makes and works with. */
export const schemaVersion = 2;

/**
 * Makes the tables, columns and indexes that are missing, also while other processes do the same.
 * A table of messages that is there, such as one that the Python SDK made, is used as it is, and
 * gains its index without holding up who writes to it.
 * @throws TurnkeepError `database_schema_mismatch` where a newer turnkeep made the tables, or where
 * one lacks a column that it cannot be given, or has one that a row cannot be without.
 */
export async function openSchema(kysely: Kysely<Tables>, database: OpenDatabase): Promise<void> {
  const make = (): Promise<void> => makeMissing(kysely, database);
  await despiteConflicts(database, async () => {
    if ((await findMissing(kysely, database)).length === 0) return;
    await (database.whileAlone === undefined ? make() : database.whileAlone(make));
  });
}

/** What there is in a database of the tables, and what is missing. */
export interface SchemaStatus {
  /** The version that the tables are of; undefined where they have not been made. */
  readonly version: number | undefined;
  /** The tables that are there. */
  readonly tables: readonly (keyof Tables)[];
  /** What is missing, in words, such as `the index ...`. */
  readonly missing: readonly string[];
  /** Those of the missing that are columns of tables that are there. */
  readonly missingColumns: readonly string[];
}

/**
 * Tells what there is, and changes nothing.
 * @throws TurnkeepError as {@link openSchema} does.
 */
export async function findSchemaStatus(
  kysely: Kysely<Tables>,
  database: OpenDatabase,
): Promise<SchemaStatus> {
  const found = await findTables(kysely);
  const version = found.has(schemaTable) ? await readVersion(kysely) : undefined;
  const missing = await findMissing(kysely, database);
  return {
    version: version?.version,
    tables: defineTables(database.columnTypes)
      .map(({ name }) => name)
      .filter((name) => found.has(name)),
    missing: missing.map(({ name }) => name),
    missingColumns: missing.filter(({ isColumn }) => isColumn === true).map(({ name }) => name),
  };
}

async function makeMissing(kysely: Kysely<Tables>, database: OpenDatabase): Promise<void> {
  let missing = await findMissing(kysely, database);
  while (missing.length > 0) {
    try {
      for (const { makeOnline } of missing) await makeOnline?.();
      await kysely.transaction().execute(async (transaction) => {
        for (const { make } of missing) await make?.(transaction);
      });
      return;
    } catch (error) {
      // Where another process has made something meanwhile, that is what stood in the way.
      const left = await findMissing(kysely, database);
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
  readonly name: string;
  /** Whether it is a column of a table that is there. */
  readonly isColumn?: boolean;
  /** Makes it together with others. */
  readonly make?: (transaction: Transaction<Tables>) => Promise<unknown>;
  /** Makes it beside what goes on in its table. */
  readonly makeOnline?: () => Promise<unknown>;
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
): Promise<readonly Part[]> {
  const found = await findTables(kysely);
  const made = found.has(schemaTable) ? await readVersion(kysely) : undefined;
  requireKnownVersion(made);
  const parts: Part[] = [];
  for (const table of defineTables(database.columnTypes)) {
    const columns = found.get(table.name);
    if (columns === undefined) {
      parts.push({
        name: `the table ${table.name}`,
        make: (transaction) => makeTable(transaction, table),
      });
    } else {
      parts.push(...missingColumns(database, table, columns));
    }
    for (const index of table.indexes) {
      if (columns === undefined || !(await hasIndex(kysely, database, table, index))) {
        parts.push(toIndexPart(database, table, index, columns !== undefined));
      }
    }
  }
  if (made === undefined || made.version < schemaVersion) {
    parts.push({ name: `version ${schemaVersion} of the tables`, make: writeVersion });
  }
  return parts;
}

function hasIndex(
  kysely: Kysely<Tables>,
  database: OpenDatabase,
  table: TableDefinition,
  index: IndexDefinition,
): Promise<boolean> {
  return database.hasIndex(kysely as unknown as Kysely<unknown>, table.name, index.name);
}

function toIndexPart(
  database: OpenDatabase,
  table: TableDefinition,
  index: IndexDefinition,
  isInUse: boolean,
): Part {
  const name = `the index ${index.name}`;
  return isInUse && database.makeIndexOnline !== undefined
    ? { name, makeOnline: async () => database.makeIndexOnline?.(table.name, index) }
    : { name, make: (transaction) => makeIndex(transaction, database, table, index) };
}

/** The columns of a bookkeeping table that a later version has and that can be null. */
function missingColumns(
  database: OpenDatabase,
  table: TableDefinition,
  found: readonly FoundColumn[],
): readonly Part[] {
  const names = new Set(found.map(({ name }) => name));
  const addable = table.nullable.filter((name) => !names.has(name));
  requireColumns(table, found, addable);
  return addable.map((column) => toColumnPart(database, table, column));
}

function toColumnPart(
  database: OpenDatabase,
  { name, columns }: TableDefinition,
  column: string,
): Part {
  const part = { name: `the column ${column} of the table ${name}`, isColumn: true };
  const type = columns[column] ?? "";
  return database.addColumnOnline === undefined
    ? {
        ...part,
        make: (transaction) =>
          transaction.schema.alterTable(name).addColumn(column, sql.raw(type)).execute(),
      }
    : { ...part, makeOnline: async () => database.addColumnOnline?.(name, column, type) };
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

function requireColumns(
  wanted: TableDefinition,
  found: readonly FoundColumn[],
  addable: readonly string[],
): void {
  const names = found.map(({ name }) => name);
  const missing = Object.keys(wanted.columns).filter(
    (name) => !names.includes(name) && !addable.includes(name),
  );
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
