import { type Kysely, type RawBuilder, sql } from "kysely";
import { type SessionRow, sessionsTable, type Tables, turnsTable } from "../tables.ts";
import { isLapsed } from "./lapsed.ts";
import { isAnyOf, SharedStatement } from "./shared-statement.ts";
import { type Places, prepare, type Statement } from "./statement.ts";

/**
 * A session, and a turn of it that has not been ended, whether its claim holds or has lapsed; nulls
 * in the turn's place where there is none.
 */
export interface StandingRow extends Pick<
  SessionRow,
  "user_id" | "turn_count" | "last_time" | "deleted" | "head"
> {
  readonly request_id: string | null;
  readonly number: number | null;
  readonly state: string | null;
  readonly replica: string | null;
  /** 1 where the claim has lapsed. */
  readonly lapsed: number;
}

/** How things stand for a turn that is to begin: its session, or a turn that has its id or key. */
export type BeginningRow =
  | ({ readonly kind: "session"; readonly session_id: string } & StandingRow)
  | { readonly kind: "request"; readonly request_id: string }
  | { readonly kind: "key"; readonly request_id: string; readonly idempotency_key: string };

/** How a session stands, with its turns that have not been ended. */
export interface Standing {
  readonly session: Pick<StandingRow, "user_id" | "turn_count" | "last_time" | "deleted" | "head">;
  readonly live: readonly UnendedTurn[];
  readonly lapsed: readonly UnendedTurn[];
}

/** A turn that has not been ended. */
export interface UnendedTurn {
  readonly requestId: string;
  readonly number: number;
  readonly state: string;
  readonly replica: string;
}

/** What rows of a session tell; undefined where there is no such session. */
export function toStanding(rows: readonly StandingRow[]): Standing | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const live: UnendedTurn[] = [];
  const lapsed: UnendedTurn[] = [];
  for (const { request_id: requestId, number, state, replica, lapsed: hasLapsed } of rows) {
    if (requestId === null || number === null || state === null || replica === null) continue;
    (hasLapsed === 1 ? lapsed : live).push({ requestId, number, state, replica });
  }
  return { session: first, live, lapsed };
}

interface InSession {
  readonly sessionId: string;
}

interface Beginning extends InSession {
  readonly requestId: string;
}

interface WithKey {
  readonly key: string;
}

/** A session with its turns that have not been ended, one a row, by number. */
export function prepareStanding(
  kysely: Kysely<Tables>,
  now: RawBuilder<number>,
): Statement<InSession, StandingRow> {
  return prepare((argument) =>
    selectStanding(kysely, now)
      .where("session.session_id", "=", argument("sessionId"))
      .orderBy("turn.number"),
  );
}

/** Sessions as {@link prepareStanding} has them, in any order, and the turns of the request ids. */
export function prepareBeginning(
  kysely: Kysely<Tables>,
  now: RawBuilder<number>,
): SharedStatement<Beginning, BeginningRow> {
  return new SharedStatement<Beginning, BeginningRow>({
    build: (places) => selectBeginning(kysely, now, places),
    answers: isOfBeginning,
  });
}

/** Like {@link prepareBeginning}, and the turns of the idempotency keys. */
export function prepareBeginningWithKey(
  kysely: Kysely<Tables>,
  now: RawBuilder<number>,
): SharedStatement<Beginning & WithKey, BeginningRow> {
  return new SharedStatement<Beginning & WithKey, BeginningRow>({
    build: (places) =>
      selectBeginning(kysely, now, places).unionAll(
        selectSame(kysely, "key").where(isAnyOf("turn.idempotency_key", places, "key")) as never,
      ),
    answers: (row, values) =>
      row.kind === "key" ? row.idempotency_key === values.key : isOfBeginning(row, values),
  });
}

function isOfBeginning(row: BeginningRow, values: Beginning): boolean {
  return row.kind === "session"
    ? row.session_id === values.sessionId
    : row.kind === "request" && row.request_id === values.requestId;
}

// All turns below live_from have ended, so that a session's older turns cost nothing.
function selectStanding(kysely: Kysely<Tables>, now: RawBuilder<number>) {
  return kysely
    .selectFrom(`${sessionsTable} as session`)
    .leftJoin(`${turnsTable} as turn`, (join) =>
      join
        .onRef("turn.session_id", "=", "session.session_id")
        .onRef("turn.number", ">=", "session.live_from")
        .on("turn.replica", "is not", null),
    )
    .select([
      "session.user_id",
      "session.turn_count",
      "session.last_time",
      "session.deleted",
      "session.head",
      "turn.request_id",
      "turn.number",
      "turn.state",
      "turn.replica",
      isLapsed("turn.claim_expires", now).as("lapsed"),
    ]);
}

function selectBeginning<Values extends Beginning>(
  kysely: Kysely<Tables>,
  now: RawBuilder<number>,
  places: Places<Values>,
) {
  return selectStanding(kysely, now)
    .select(["session.session_id", "turn.idempotency_key"])
    .select(literal("session").as("kind"))
    .where(isAnyOf("session.session_id", places, "sessionId"))
    .unionAll(
      selectSame(kysely, "request").where(isAnyOf("turn.request_id", places, "requestId")) as never,
    );
}

/** A turn in the columns of {@link selectBeginning}. */
function selectSame<Kind extends BeginningRow["kind"]>(kysely: Kysely<Tables>, kind: Kind) {
  const none = sql<null>`null`;
  return kysely
    .selectFrom(`${turnsTable} as turn`)
    .select([
      none.as("user_id"),
      none.as("turn_count"),
      none.as("last_time"),
      none.as("deleted"),
      none.as("head"),
      "turn.request_id",
      "turn.number",
      "turn.state",
      "turn.replica",
      sql<number>`0`.as("lapsed"),
      "turn.session_id",
      "turn.idempotency_key",
      literal(kind).as("kind"),
    ]);
}

function literal<Text extends string>(text: Text): RawBuilder<Text> {
  return sql.lit(text);
}
