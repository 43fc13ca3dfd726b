import type { Kysely } from "kysely";
import type { Tables } from "../tables.ts";
import type { Transaction } from "../transaction.ts";
import { prepare, type Statement } from "./statement.ts";

// How many rows one statement has: few forms, so that a driver keeps each one prepared, and few
// enough values for every database.
const sizes = [64, 16, 4, 2, 1] as const;
// How many characters the rows of one statement have at the most, unless one alone has more: a
// database takes a statement of a limited length.
const maxCharacters = 1_000_000;

/** Inserts rows into a table, several a statement. */
export class BatchInsert<Row extends object> {
  readonly #columns: readonly (keyof Row & string)[];
  readonly #statements: ReadonlyMap<number, Statement<readonly unknown[], unknown>>;

  /** @param columns the columns that are given; the others are null. */
  constructor(
    kysely: Kysely<Tables>,
    table: keyof Tables,
    columns: readonly (keyof Row & string)[],
  ) {
    this.#columns = columns;
    this.#statements = new Map(
      sizes.map((size) => [size, prepareInsert(kysely, table, columns, size)]),
    );
  }

  /** Inserts rows in their order. The statements do not wait for each other's answers. */
  async insert(transaction: Transaction, rows: readonly Row[]): Promise<void> {
    const inserts: Promise<unknown>[] = [];
    let start = 0;
    while (start < rows.length) {
      const size = sizeOf(rows.slice(start, start + sizes[0]));
      const statement = this.#statements.get(size);
      if (statement !== undefined) {
        const batch = rows.slice(start, start + size);
        inserts.push(
          transaction.executeQuery(
            statement(batch.flatMap((row) => this.#columns.map((column) => row[column]))),
          ),
        );
      }
      start += size;
    }
    await Promise.all(inserts);
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

function prepareInsert(
  kysely: Kysely<Tables>,
  table: keyof Tables,
  columns: readonly string[],
  size: number,
): Statement<readonly unknown[], unknown> {
  return prepare((argument) =>
    kysely
      .insertInto(table)
      .values(
        Array.from({ length: size }, (_, row) =>
          Object.fromEntries(
            columns.map((column, index) => [column, argument(row * columns.length + index)]),
          ),
        ) as never,
      ),
  );
}
