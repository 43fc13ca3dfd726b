import { Kysely } from "kysely";
import { describe, TurnkeepError } from "../../errors.ts";
import { parseDatabaseUrl } from "../database-url.ts";
import type { FailureKind, OpenDatabase, OpenOptions } from "../database.ts";
import { openDatabase } from "../find-database.ts";
import { findSchemaStatus, openSchema } from "../schema.ts";
import { BatchInsert } from "../statements/batch-insert.ts";
import { defineTables, type TableDefinition } from "../table-definitions.ts";
import { schemaTable, type Tables } from "../tables.ts";
import { transact } from "../transaction.ts";
import { type PlainRow, TablePages } from "./table-pages.ts";

/** How far a copy is. */
export interface CopyProgress {
  /** What is done: rows that are there already are checked, others copied, and all verified. */
  readonly step: "checking" | "copying" | "verifying";
  readonly table: string;
  /** How many rows of the table have been gone through in this step, and how many there are. */
  readonly done: number;
  readonly total: number;
}

/** What a copy did. */
export interface CopyResult {
  /** How many rows there were, in all tables. */
  readonly rows: number;
  /** How many of them were copied now; the others were there already. */
  readonly copied: number;
}

/**
 * Copies all that turnkeep has in one database into another, of whatever kind, and verifies it row
 * by row. One that was broken off is gone on with by the same call. The rows of the source must not
 * change meanwhile.
 *
 * @param onProgress called from page to page.
 * @throws TurnkeepError `database_schema_mismatch` where the source must be upgraded first;
 * `invalid_argument` where both are one database, the target has a row that
 * the source has not, or has otherwise, or rows of the source have changed meanwhile: it names the
 * table and the row. And the errors of both databases.
 */
export async function copyDatabase(
  from: string,
  to: string,
  onProgress: (progress: CopyProgress) => void = () => undefined,
): Promise<CopyResult> {
  if (String(parseDatabaseUrl(from)) === String(parseDatabaseUrl(to))) {
    throw new TurnkeepError(
      "invalid_argument",
      `The database ${describe(String(parseDatabaseUrl(from)))} cannot be copied into itself. Name another one as the target.`,
    );
  }
  await using source = await openEnd(from, { readOnly: true });
  await using target = await openEnd(to);
  const there = await findSchemaStatus(source.kysely, source.database);
  if (there.missingColumns.length > 0) {
    throw new TurnkeepError(
      "database_schema_mismatch",
      `The database ${describe(String(parseDatabaseUrl(from)))} is of an earlier turnkeep: it lacks ${there.missingColumns.join(", ")}. Bring it up to date first: turnkeep db upgrade.`,
    );
  }
  await openSchema(target.kysely, target.database);
  const tables = defineTables(source.database.columnTypes)
    .filter(({ name }) => name !== schemaTable && there.tables.includes(name))
    .map((definition) => new TableCopy(definition, source, target, onProgress));
  if (tables.length === 0) {
    throw new TurnkeepError(
      "invalid_argument",
      `The database ${describe(String(parseDatabaseUrl(from)))} has none of turnkeep's tables. Name the one to be copied first, and the target behind it.`,
    );
  }
  for (const table of tables) await table.check("checking");
  let copied = 0;
  for (const table of tables) copied += await table.copy();
  let rows = 0;
  for (const table of tables) rows += await table.check("verifying");
  return { rows, copied };
}

/** A database that is copied from or to. */
interface End extends AsyncDisposable {
  readonly database: OpenDatabase;
  readonly kysely: Kysely<Tables>;
  /** Does the work, and says of its errors what they mean. */
  explained<Result>(work: () => Promise<Result>): Promise<Result>;
}

async function openEnd(url: string, options?: OpenOptions): Promise<End> {
  const database = await openDatabase(url, options);
  return {
    database,
    kysely: new Kysely<Tables>({ dialect: database.writes }),
    async explained(work) {
      try {
        return await work();
      } catch (error) {
        const failure = database.explain(error);
        if (failure === undefined) throw error;
        throw new TurnkeepError(failure.code, failure.message, { cause: error });
      }
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

class TableCopy {
  readonly #name: keyof Tables;
  readonly #source: End;
  readonly #target: End;
  readonly #from: TablePages;
  readonly #to: TablePages;
  readonly #inserts: BatchInsert<PlainRow>;
  readonly #onProgress: (progress: CopyProgress) => void;

  constructor(
    definition: TableDefinition,
    source: End,
    target: End,
    onProgress: (progress: CopyProgress) => void,
  ) {
    const { name, columns } = definition;
    this.#name = name;
    this.#source = source;
    this.#target = target;
    this.#from = new TablePages(source.kysely, definition, source.database.columnTypes);
    const there = defineTables(target.database.columnTypes).find((each) => each.name === name);
    this.#to = new TablePages(target.kysely, there ?? definition, target.database.columnTypes);
    this.#inserts = new BatchInsert<PlainRow>(target.kysely, name, Object.keys(columns));
    this.#onProgress = onProgress;
  }

  /**
   * Holds every row of the target against the source's. The answer is how many there are; where all
   * should be there, whether they are.
   */
  async check(step: "checking" | "verifying"): Promise<number> {
    const [total, wanted] = await this.#counts();
    if (total > wanted) throw this.#different(`${total} rows, and the source ${wanted}`);
    if (step === "verifying" && total < wanted) {
      throw this.#changed(`the source has ${wanted} rows, and ${total} were copied`);
    }
    if (total === 0) return 0;
    let done = 0;
    const originals = this.#from.pages();
    for await (const rows of this.#to.pages()) {
      // Where both have all rows, in the same order, the pages match; else they are looked up.
      const page = await this.#source.explained(() => originals.next());
      const byKey = await this.#lookUp(rows, page.done === true ? [] : page.value);
      for (const row of rows) {
        const key = this.#to.keyOf(row);
        const original = byKey.get(key);
        if (original === undefined) {
          throw this.#different(`a row ${describe(key)} that the source has not`);
        }
        this.#requireSame(key, original, row);
      }
      done += rows.length;
      this.#onProgress({ step, table: this.#name, done, total });
    }
    return done;
  }

  /** Copies the rows that are not there yet; the answer is how many. */
  async copy(): Promise<number> {
    const [there, total] = await this.#counts();
    let done = 0;
    let copied = 0;
    for await (const rows of this.#from.pages()) {
      const found =
        there === 0 ? undefined : await this.#target.explained(() => this.#to.find(rows));
      const missing = rows.filter((row) => found?.has(this.#to.keyOf(row)) !== true);
      if (missing.length > 0) await this.#insert(missing);
      copied += missing.length;
      done += rows.length;
      this.#onProgress({ step: "copying", table: this.#name, done, total });
    }
    return copied;
  }

  /** How many rows there are in the target and in the source. */
  async #counts(): Promise<readonly [target: number, source: number]> {
    return Promise.all([
      this.#target.explained(() => this.#to.count()),
      this.#source.explained(() => this.#from.count()),
    ]);
  }

  /** The source's rows of the target's rows, by their keys; from a page of it where all are there. */
  async #lookUp(
    rows: readonly PlainRow[],
    page: readonly PlainRow[],
  ): Promise<ReadonlyMap<string, PlainRow>> {
    const byKey = new Map(page.map((row) => [this.#from.keyOf(row), row]));
    const missing = rows.filter((row) => !byKey.has(this.#to.keyOf(row)));
    if (missing.length === 0) return byKey;
    const found = await this.#source.explained(() => this.#from.find(missing));
    return new Map([...byKey, ...found]);
  }

  async #insert(rows: readonly PlainRow[]): Promise<void> {
    const { database, kysely } = this.#target;
    const kindOf = (error: unknown): FailureKind | undefined => database.explain(error)?.kind;
    await this.#target.explained(() =>
      transact(kysely, { isLost: (error) => kindOf(error) === "lost" }, (transaction) =>
        this.#inserts.insert(transaction, rows),
      ),
    );
    await database.afterWrite?.({ rows: rows.length, characters: rows.length * 500 });
  }

  #requireSame(key: string, original: PlainRow, copy: PlainRow): void {
    for (const [column, value] of Object.entries(original)) {
      if (copy[column] === value) continue;
      throw this.#different(
        `a row ${describe(key)} whose ${column} is ${describe(copy[column])}, and in the source ${describe(value)}`,
      );
    }
  }

  #different(what: string): TurnkeepError {
    return new TurnkeepError(
      "invalid_argument",
      `The target's table ${this.#name} has ${what}. Copy into an empty database, or into one that this source was copied into before.`,
    );
  }

  #changed(what: string): TurnkeepError {
    return new TurnkeepError(
      "invalid_argument",
      `The table ${this.#name} has changed while it was copied: ${what}. Stop what writes to the source, and copy again: what is there already is kept.`,
    );
  }
}
