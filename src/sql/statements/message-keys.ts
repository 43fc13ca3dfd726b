import {
  type AliasedExpression,
  type CompiledQuery,
  type Expression,
  expressionBuilder,
  type Kysely,
  type QueryCreator,
  type RawBuilder,
  type SelectQueryBuilder,
  sql,
} from "kysely";
import { messagesTable, type Tables } from "../tables.ts";
import { type Shareable, SharedStatement, type Sharing } from "./shared-statement.ts";
import type { Argument, Batch, Statement } from "./statement.ts";

/** The tables, and the common table expression that {@link withKeys} makes. */
export interface KeysTables extends Tables {
  /** The message keys of a session, and at the end a row without one. */
  readonly keys: { readonly message_key: string | null };
}

/**
 * Begins a query that knows the message keys of a session: it steps from one to the next along the
 * index, so that the cost grows with the number of different keys, not of rows.
 */
export function withKeys(
  kysely: Kysely<Tables>,
  sessionId: Expression<string>,
): QueryCreator<KeysTables> {
  // The first row in the index's order, since not every database finds a minimum without reading on.
  const firstKey = () =>
    expressionBuilder<KeysTables>()
      .selectFrom(`${messagesTable} as row`)
      .select("row.message_key")
      .where("row.session_id", "=", sessionId)
      .orderBy("row.message_key")
      .limit(one);
  return kysely.withRecursive("keys(message_key)", (db) =>
    db.selectNoFrom(firstKey().$asScalar().as("message_key")).unionAll((union) =>
      union
        .selectFrom("keys")
        .where("keys.message_key", "is not", null)
        .select(
          firstKey()
            .where(
              "row.message_key",
              ">",
              expressionBuilder<KeysTables, "keys">().ref("keys.message_key").$notNull(),
            )
            .$asScalar()
            .as("message_key"),
        ),
    ),
  );
}

/** In a query of {@link withKeys}: the time of the session's newest row; null where it has none. */
export function newestTime(
  sessionId: Expression<string>,
): SelectQueryBuilder<KeysTables, never, { readonly newest: string | null }> {
  return expressionBuilder<KeysTables>()
    .selectFrom((db) =>
      db
        .selectFrom("keys")
        .select((key) =>
          key
            .selectFrom(`${messagesTable} as row`)
            .select("row.updated_at")
            .where("row.session_id", "=", sessionId)
            .whereRef("row.message_key", "=", "keys.message_key")
            .orderBy("row.updated_at", "desc")
            .limit(one)
            .as("time"),
        )
        .as("newest_of_key"),
    )
    .select((key) => key.fn.max<string | null>("newest_of_key.time").as("newest")) as never;
}

/**
 * A message key that was read from the table, to be compared as the table compares keys: in
 * parentheses.
 */
export function asStored<Key extends string | null>(messageKey: Expression<Key>): Expression<Key> {
  return expressionBuilder<KeysTables>().parens(messageKey);
}

/** The number one as it stands in SQL, where a parameter would have to be given each time. */
export const one: RawBuilder<1> = sql.lit(1);

// How many keys a statement has places for. Nothing equals the null in those that are left over, and
// nothing comes after it.
const keyCounts = [2, 4, 8, 16] as const;
const noKey = null;

/** A statement on message keys, of which the first 16 count. */
export type KeysStatement<Values, Row> = (
  keys: readonly string[],
  values: Values,
) => CompiledQuery<Row>;

/** Prepares a statement on message keys, with more or fewer places as it is asked for. */
export function prepareForKeys<Values extends object, Row>(
  prepareOne: (count: number) => Statement<Values & Batch<string | null>, Row>,
): KeysStatement<Values, Row> {
  const prepared = new Map<number, Statement<Values & Batch<string | null>, Row>>();
  return (keys, values) => {
    const places = placesOf(keys);
    const statement = prepared.get(places.length) ?? prepareOne(places.length);
    prepared.set(places.length, statement);
    return statement(Object.assign({}, values, places));
  };
}

/** Message keys in as many places as a statement has for them. */
function placesOf(keys: readonly string[]): readonly (string | null)[] {
  const length = keyCounts.find((each) => each >= keys.length) ?? 16;
  return Array.from({ length }, (_, place) => keys[place] ?? noKey);
}

/** The message keys that a session has where nothing else is known. */
export const usualKeys: readonly string[] = ["query", "answer"];

/**
 * Like {@link prepareForKeys}, for a statement that those share who ask for it at once with the usual
 * keys.
 */
export function shareForKeys<Values extends object, Row>(
  shareOne: (count: number) => Sharing<Values & Batch<string | null>, Row>,
): (keys: readonly string[]) => Shareable<Values, Row> {
  type WithKeys = Values & Batch<string | null>;
  const shared = new Map<number, SharedStatement<WithKeys, Row>>();
  const forKeys = (keys: readonly string[]): Shareable<Values, Row> => {
    const places = placesOf(keys);
    const statement = shared.get(places.length) ?? new SharedStatement(shareOne(places.length));
    shared.set(places.length, statement);
    const placed = (values: Values): WithKeys => Object.assign({}, values, places);
    return {
      compile: (values) => statement.compile(values.map(placed)),
      rowsFor: (values, rows) => statement.rowsFor(placed(values), rows),
    };
  };
  const usual = forKeys(usualKeys);
  return (keys) => (keys === usualKeys ? usual : forKeys(keys));
}

/** What {@link keySteps} selects. */
export type KeySteps = Readonly<
  Record<"first_key" | `next_${number}` | `newest_${number}`, string | null>
>;

/**
 * To be selected of a session: its first message key, and of each key that is given the one that
 * comes after it and the time of its newest row. Each is one look into the index, in every database,
 * since all that it depends on is given. Some databases read the whole session for {@link withKeys}.
 */
export function keySteps(
  sessionId: Expression<string>,
  argument: Argument<Batch<string | null>>,
  count: number,
): readonly AliasedExpression<string | null, keyof KeySteps>[] {
  const ofSession = () =>
    expressionBuilder<Tables>()
      .selectFrom(`${messagesTable} as row`)
      .where("row.session_id", "=", sessionId);
  const firstKey = () =>
    ofSession().select("row.message_key").orderBy("row.message_key").limit(one);
  const ofKeys = Array.from({ length: count }, (_, place) => {
    const key = asStored(argument(place));
    return [
      firstKey()
        .where("row.message_key", ">", key as Expression<string>)
        .$asScalar()
        .as(`next_${place}` as const),
      ofSession()
        .select("row.updated_at")
        .where("row.message_key", "=", key as Expression<string>)
        .orderBy("row.updated_at", "desc")
        .limit(one)
        .$asScalar()
        .as(`newest_${place}` as const),
    ];
  });
  return [firstKey().$asScalar().as("first_key"), ...ofKeys.flat()];
}
