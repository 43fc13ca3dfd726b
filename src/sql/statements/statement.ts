import { type CompiledQuery, type RawBuilder, sql } from "kysely";

/** What a {@link prepare} function is given to stand for a value in its query. */
export type Argument<Values> = <Name extends keyof Values>(name: Name) => RawBuilder<Values[Name]>;

/** An {@link Argument} for each place of a query that has several. */
export type Places<Values> = readonly [Argument<Values>, ...Argument<Values>[]];

/** A query whose SQL is made once: give it the values, then execute it. */
export type Statement<Values, Row> = (values: Values) => CompiledQuery<Row>;

/**
 * Compiles a query once. In the query, `argument("name")` stands where the value of that name goes.
 */
export function prepare<Values extends object, Row>(
  build: (argument: Argument<Values>) => { compile(): CompiledQuery<Row> },
): Statement<Values, Row> {
  const compiled = build((name) => sql.val(new Place(name)) as RawBuilder<never>).compile();
  return (values) => fill(compiled, ({ name }) => values[name as keyof Values]);
}

/**
 * Compiles a query with several places once, each of which has values of its own. In the query,
 * `places[n]("name")` stands where the value of that name goes of the values of place n. Where there
 * are fewer values than places, the last ones stand in those that are left.
 */
export function prepareMany<Values extends object, Row>(
  count: number,
  build: (places: Places<Values>) => { compile(): CompiledQuery<Row> },
): Statement<readonly Values[], Row> {
  const argumentOf =
    (index: number): Argument<Values> =>
    (name) =>
      sql.val(new Place(name, index)) as RawBuilder<never>;
  const others = Array.from({ length: count - 1 }, (_, index) => argumentOf(index + 1));
  const compiled = build([argumentOf(0), ...others]).compile();
  return (values) =>
    fill(compiled, ({ index, name }) => (values[index] ?? values.at(-1))?.[name as keyof Values]);
}

// How many values one statement has: few forms, so that a driver keeps each one prepared.
const batchSizes = [64, 8, 1] as const;

/** Values by their place in a batch. */
export type Batch<Value> = { readonly [place: number]: Value };

/**
 * Prepares statements on lists of values of any length: they go through them in batches of 64, 8
 * and 1, and where values are wanting in a batch, its first one stands there again. All of them
 * take the same other values.
 */
export function inBatches<Value, Row, Others extends object = object>(
  prepareOne: (size: number) => Statement<Batch<Value> & Others, Row>,
): (values: readonly Value[], others: Others) => readonly CompiledQuery<Row>[] {
  const statements = new Map(batchSizes.map((size) => [size, prepareOne(size)]));
  return (values, others) => {
    const queries: CompiledQuery<Row>[] = [];
    for (let start = 0; start < values.length;) {
      const left = values.length - start;
      const size = batchSizes.findLast((each) => each >= left) ?? batchSizes[0];
      const batch = values.slice(start, start + size);
      const [first] = batch;
      const places = Array.from({ length: size }, (_, index) => batch[index] ?? (first as Value));
      const query = statements.get(size)?.(Object.assign({}, others, places));
      if (query !== undefined) queries.push(query);
      start += size;
    }
    return queries;
  };
}

/** A compiled query with values where its places are. */
function fill<Row>(
  compiled: CompiledQuery<Row>,
  valueAt: (place: Place) => unknown,
): CompiledQuery<Row> {
  const parameters = compiled.parameters.map((parameter) =>
    parameter instanceof Place ? valueAt(parameter) : parameter,
  );
  return { ...compiled, parameters };
}

class Place {
  readonly name: PropertyKey;
  readonly index: number;

  constructor(name: PropertyKey, index = 0) {
    this.name = name;
    this.index = index;
  }
}
