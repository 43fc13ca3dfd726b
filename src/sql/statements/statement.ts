import { type CompiledQuery, type RawBuilder, sql } from "kysely";

/** What a {@link prepare} function is given to stand for a value in its query. */
export type Argument<Values> = <Name extends keyof Values>(name: Name) => RawBuilder<Values[Name]>;

/** A query whose SQL is made once: give it the values, then execute it. */
export type Statement<Values, Row> = (values: Values) => CompiledQuery<Row>;

/**
 * Compiles a query once. In the query, `argument("name")` stands where the value of that name goes.
 */
export function prepare<Values extends object, Row>(
  build: (argument: Argument<Values>) => { compile(): CompiledQuery<Row> },
): Statement<Values, Row> {
  const compiled = build((name) => sql.val(new Place(name)) as RawBuilder<never>).compile();
  return (values) => ({
    ...compiled,
    parameters: compiled.parameters.map((parameter) =>
      parameter instanceof Place ? values[parameter.name as keyof Values] : parameter,
    ),
  });
}

class Place {
  readonly name: PropertyKey;

  constructor(name: PropertyKey) {
    this.name = name;
  }
}
