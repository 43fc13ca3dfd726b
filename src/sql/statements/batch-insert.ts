import type { CompiledQuery, Kysely } from "kysely";
import type { Tables } from "../tables.ts";
import type { Transaction } from "../transaction.ts";
import type { Shareable } from "./shared-statement.ts";
import { type Argument, prepareMany, type Statement } from "./statement.ts";

// How many rows one statement has: few forms, so that a driver keeps each one prepared, and few
// enough values for every database.
const sizes = [64, 16, 4, 2, 1] as const;
// How many characters the rows of one statement have at the most, unless one alone has more: a
// database takes a statement of a limited length.
const maxCharacters = 1_000_000;

/** What a row has beside the columns that are given. */
export type OtherColumns<Row> = (argument: Argument<Row>) => Readonly<Record<string, unknown>>;

/** Inserts rows into a table, several a statement. */
export class BatchInsert<Row extends object> implements Shareable<readonly Row[], unknown> {
  readonly #statements: ReadonlyMap<number, Statement<readonly Row[], unknown>>;

  /**
   * @param columns the columns that are given.
   * @param others those that are found; what is in neither is null.
   */
  constructor(
    kysely: Kysely<Tables>,
    table: keyof Tables,
    columns: readonly (keyof Row & string)[],
    others: OtherColumns<Row> = () => ({}),
  ) {
    const toRow = (argument: Argument<Row>) => ({
      ...Object.fromEntries(columns.map((column) => [column, argument(column)])),
      ...others(argument),
    });
    this.#statements = new Map(
      sizes.map((size) => [
        size,
        prepareMany<Row, unknown>(size, (places) =>
          kysely.insertInto(table).values(places.map(toRow) as never),
        ),
      ]),
    );
  }

  /** Inserts rows in their order, together with what others of the transaction insert. */
  async insert(transaction: Transaction, rows: readonly Row[]): Promise<void> {
    if (rows.length > 0) await transaction.executeShared(this, rows);
  }

  compile(lists: readonly (readonly Row[])[]): readonly CompiledQuery[] {
    const rows = lists.flat();
    const queries: CompiledQuery[] = [];
    let start = 0;
    while (start < rows.length) {
      const size = sizeOf(rows.slice(start, start + sizes[0]));
      const query = this.#statements.get(size)?.(rows.slice(start, start + size));
      if (query !== undefined) queries.push(query);
      start += size;
    }
    return queries;
  }

  rowsFor(): [] {
    return [];
  }
}

/** How many of the rows one statement takes, from the first on. */
function sizeOf(rows: readonly object[]): number {
  let characters = 0;
  const end = rows.findIndex((row) => {
    for (const value of Object.values(row)) {
      if (typeof value === "string") characters += value.length;
    }
    return characters > maxCharacters;
  });
  return sizes.find((size) => size <= (end < 0 ? rows.length : end)) ?? 1;
}
