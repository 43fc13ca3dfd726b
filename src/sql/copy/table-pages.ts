import { type Kysely, sql } from "kysely";
import type { ColumnTypes } from "../database.ts";
import { inOneForm } from "../message-rows.ts";
import type { TableDefinition } from "../table-definitions.ts";
import type { Tables } from "../tables.ts";

/** A row, with values that are the same whichever database they come from. */
export type PlainRow = Readonly<Record<string, string | number | boolean | null>>;

const pageSize = 4000;
// How many rows are looked up by their keys in one statement.
const lookUpSize = 250;

/** Reads a table page by page, and rows of it by their keys. */
export class TablePages {
  readonly #kysely: Kysely<Record<string, PlainRow>>;
  readonly #definition: TableDefinition;
  readonly #columns: readonly string[];
  readonly #kinds: Readonly<Record<string, "boolean" | "number" | "time" | undefined>>;

  /** @param types the column types that the definition was made with. */
  constructor(kysely: Kysely<Tables>, definition: TableDefinition, types: ColumnTypes) {
    this.#kysely = kysely as unknown as Kysely<Record<string, PlainRow>>;
    this.#definition = definition;
    this.#columns = Object.keys(definition.columns);
    const kinds = {
      [types.boolean]: "boolean",
      [types.time]: "time",
      integer: "number",
      bigint: "number",
    } as const;
    this.#kinds = Object.fromEntries(
      Object.entries(definition.columns).map(([column, type]) => [
        column,
        kinds[type as keyof typeof kinds],
      ]),
    );
  }

  async count(): Promise<number> {
    const { rows } = await sql<{ readonly count: number | string | bigint }>`
      select count(*) as ${sql.ref("count")} from ${sql.table(this.#definition.name)}`.execute(
      this.#kysely,
    );
    return Number(rows[0]?.count ?? 0);
  }

  /**
   * All rows in the order of their keys, so many at a time. The next are read while those before
   * are worked on.
   */
  async *pages(): AsyncGenerator<readonly PlainRow[], void, undefined> {
    let next = this.#page(undefined);
    for (;;) {
      const rows = await next;
      const last = rows.at(-1);
      const isLast = last === undefined || rows.length < pageSize;
      if (!isLast) {
        next = this.#page(last);
        // Whoever leaves before it is read does not hear of its failure.
        next.catch(() => undefined);
      }
      if (rows.length > 0) yield rows;
      if (isLast) return;
    }
  }

  /** The first rows behind a row, in the order of their keys. */
  async #page(behind: PlainRow | undefined): Promise<readonly PlainRow[]> {
    const { name, primaryKey } = this.#definition;
    let query = this.#kysely
      .selectFrom(name)
      .select([...this.#columns])
      .limit(pageSize);
    for (const column of primaryKey) query = query.orderBy(column);
    if (behind !== undefined) {
      query = query.where((row) =>
        row.or(
          primaryKey.map((column, index) =>
            row.and([
              ...primaryKey
                .slice(0, index)
                .map((before) => row(before, "=", valueOf(behind, before))),
              row(column, ">", valueOf(behind, column)),
            ]),
          ),
        ),
      );
    }
    return (await query.execute()).map((row) => this.#plain(row));
  }

  /** Those of the rows that are here too, by {@link keyOf}. */
  async find(rows: readonly PlainRow[]): Promise<ReadonlyMap<string, PlainRow>> {
    const { name, primaryKey } = this.#definition;
    const found = new Map<string, PlainRow>();
    for (let start = 0; start < rows.length; start += lookUpSize) {
      const part = rows.slice(start, start + lookUpSize);
      const [first = "", ...others] = primaryKey;
      const selected = await this.#kysely
        .selectFrom(name)
        .select([...this.#columns])
        .where((row) =>
          others.length === 0
            ? row(
                first,
                "in",
                part.map((each) => valueOf(each, first)),
              )
            : row.or(
                part.map((each) =>
                  row.and(primaryKey.map((column) => row(column, "=", valueOf(each, column)))),
                ),
              ),
        )
        .execute();
      for (const row of selected) {
        const plain = this.#plain(row);
        found.set(this.keyOf(plain), plain);
      }
    }
    return found;
  }

  /** What a row is called. */
  keyOf(row: PlainRow): string {
    return this.#definition.primaryKey.map((column) => String(row[column])).join(" ");
  }

  #plain(row: Readonly<Record<string, unknown>>): PlainRow {
    const plain: Record<string, string | number | boolean | null> = {};
    for (const column of this.#columns) {
      const value = row[column];
      plain[column] =
        value === null || value === undefined ? null : toPlain(value, this.#kinds[column]);
    }
    return plain;
  }
}

function toPlain(
  value: unknown,
  kind: "boolean" | "number" | "time" | undefined,
): string | number | boolean {
  switch (kind) {
    case "boolean":
      return value === true || value === 1 || value === "1";
    case "number":
      return Number(value);
    case "time":
      return inOneForm(value as string);
    case undefined:
      return value as string;
  }
}

function valueOf(row: PlainRow, column: string): string | number | boolean | null {
  return row[column] ?? null;
}
