import {
  type CompiledQuery,
  type Expression,
  expressionBuilder,
  type RawBuilder,
  sql,
  type SqlBool,
} from "kysely";
import { type Places, prepareMany, type Statement } from "./statement.ts";

/** What several may ask for at once, so that it is executed once for all of them. */
export interface Shareable<Values, Row> {
  /** The queries for the values of all who ask. */
  compile(values: readonly Values[]): readonly CompiledQuery<Row>[];
  /** Those of all rows that answer the values of one who asks. */
  rowsFor(values: Values, rows: readonly Row[]): Row[];
}

// How many places one statement has: few forms, so that a driver keeps each one prepared. Where values
// are wanting, the last ones stand there again.
const largest = 64;
const sizes = [1, 2, 4, 8, 16, 32, largest] as const;

/** How a {@link SharedStatement} is made. */
export interface Sharing<Values, Row> {
  /** The query for so many places; of rows it selects what tells whose they are. */
  readonly build: (places: Places<Values>) => { compile(): CompiledQuery };
  /** Whether a row is an answer to the values. By default each row is one to all of them. */
  readonly answers?: (row: Row, values: Values) => boolean;
}

/** A statement with a place for the values of each who asks. Each size is compiled once. */
export class SharedStatement<Values extends object, Row = unknown> implements Shareable<
  Values,
  Row
> {
  readonly #build: Sharing<Values, Row>["build"];
  readonly #answers: Sharing<Values, Row>["answers"];
  readonly #statements = new Map<number, Statement<readonly Values[], Row>>();

  constructor({ build, answers }: Sharing<Values, Row>) {
    this.#build = build;
    this.#answers = answers;
  }

  compile(values: readonly Values[]): readonly CompiledQuery<Row>[] {
    const queries: CompiledQuery<Row>[] = [];
    let start = 0;
    while (start < values.length) {
      const some = values.slice(start, start + largest);
      queries.push(this.#statementFor(some.length)(some));
      start += some.length;
    }
    return queries;
  }

  rowsFor(values: Values, rows: readonly Row[]): Row[] {
    return rows.filter((row) => this.#answers?.(row, values) ?? true);
  }

  #statementFor(count: number): Statement<readonly Values[], Row> {
    const size = sizes.find((each) => each >= count) ?? largest;
    const statement =
      this.#statements.get(size) ??
      (prepareMany(size, this.#build) as Statement<readonly Values[], Row>);
    this.#statements.set(size, statement);
    return statement;
  }
}

interface AnyTable {
  readonly table: Readonly<Record<string, unknown>>;
}

/** The condition that a column has the value of one of the places. */
export function isAnyOf<Values>(
  column: string,
  [first, ...others]: Places<Values>,
  name: keyof Values,
): Expression<SqlBool> {
  const expression = expressionBuilder<AnyTable, "table">();
  const reference = expression.ref(column as `table.${string}`);
  return others.length === 0
    ? expression(reference, "=", first(name))
    : expression(
        reference,
        "in",
        [first, ...others].map((argument) => argument(name)),
      );
}

/** The value of the place whose key a column has: what is to be set in the row of each. */
export class PlacedValues<Values> {
  readonly #key: string;
  readonly #places: Places<Values>;
  readonly #name: keyof Values;

  /** @param key the column, whose values the places have under the name. */
  constructor(key: string, places: Places<Values>, name: keyof Values) {
    this.#key = key;
    this.#places = places;
    this.#name = name;
  }

  /** @param column the column that is set, which tells the type of the values. */
  of<Name extends keyof Values>(column: string, name: Name): RawBuilder<Values[Name]> {
    const [first, ...others] = this.#places;
    if (others.length === 0) return first(name);
    const cases = this.#places.map(
      (argument) => sql`when ${argument(this.#name)} then ${argument(name)}`,
    );
    return sql`case ${sql.ref(this.#key)} ${sql.join(cases, sql` `)} else ${sql.ref(column)} end`;
  }
}
