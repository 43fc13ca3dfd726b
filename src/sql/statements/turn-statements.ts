import { expressionBuilder, type Kysely, type RawBuilder, sql } from "kysely";
import {
  chunksTable,
  sessionsTable,
  type Tables,
  type Truth,
  type TurnRow,
  turnsTable,
} from "../tables.ts";
import { type KeySteps, keySteps, one, shareForKeys } from "./message-keys.ts";
import { BatchInsert } from "./batch-insert.ts";
import { isAnyOf, PlacedValues, type Shareable, SharedStatement } from "./shared-statement.ts";
import { type Argument, inBatches, prepare, type Statement } from "./statement.ts";
import { type FullTurnRow, prepareTurn, prepareTurns, prepareTurnsOf } from "./turn-reads.ts";
import {
  prepareBeginning,
  prepareBeginningWithKey,
  prepareStanding,
  type StandingRow,
} from "./turn-standing.ts";

/** What must be known of a turn that is to be ended. */
export interface EndingRow extends Pick<
  TurnRow,
  "request_id" | "replica" | "session_id" | "number" | "state"
> {
  /** The last time that was given to anything in its session. */
  readonly last_time: string;
  readonly deleted: Truth;
  /** The end of its session's chosen path; null while no turn of it has versions. */
  readonly head: number | null;
  /** The number of its last chunk, or null where it has none. */
  readonly last_chunk: number | null;
}

/** How a turn ends, as its row has it. */
export type EndedColumns = Pick<
  TurnRow,
  "state" | "answer" | "answer_record" | "error" | "ended_at"
>;

type TurnPlace = Pick<TurnRow, "session_id" | "number">;
type Insertion = Omit<
  TurnRow,
  | Exclude<keyof EndedColumns, "state">
  | "stop_requested"
  | "key_ended"
  | "claim_expires"
  | "feedback"
  | "feedback_comment"
>;

interface Claim {
  readonly replica: string;
}

interface OfRequest {
  readonly requestId: string;
}

interface ClaimTime {
  /** In milliseconds. */
  readonly claimTime: number;
}

/** The statements on the table of turns, each compiled once. */
export class TurnStatements {
  readonly turn: Statement<{ readonly requestId: string }, FullTurnRow>;
  readonly turns: ReturnType<typeof prepareTurns>;
  /** See {@link prepareTurnsOf}. */
  readonly turnsOf: ReturnType<typeof prepareTurnsOf>;
  readonly standing: Statement<{ readonly sessionId: string }, StandingRow>;
  readonly beginning: ReturnType<typeof prepareBeginning>;
  readonly beginningWithKey: ReturnType<typeof prepareBeginningWithKey>;
  readonly inserts: BatchInsert<Insertion & ClaimTime>;
  /** The turn of a request id, where the replica holds it, and {@link keySteps} of its session. */
  readonly ending: ReturnType<typeof prepareEnding>;
  /** Ends a turn that has not been ended. */
  readonly end: SharedStatement<OfRequest & TurnPlace & EndedColumns>;
  /** Ends a turn, where the replica's claim has lapsed. */
  readonly interrupt: Statement<TurnPlace & Claim & EndedColumns, unknown>;
  /** Gives a turn a state and renews its claim, where the replica holds it. */
  readonly claim: Statement<TurnPlace & Claim & ClaimTime & Pick<TurnRow, "state">, unknown>;
  /** Renews all claims that a replica holds. */
  readonly renew: Statement<Claim & ClaimTime, unknown>;
  /** Renews the claims that a replica holds on some turns. */
  readonly renewSome: ReturnType<typeof inBatches<string, unknown, Claim & ClaimTime>>;
  /**
   * Locks the turns that a replica holds, but for those that another transaction is writing to;
   * undefined where nothing needs to be locked.
   */
  readonly lockHeld: Statement<Claim, Pick<TurnRow, "request_id">> | undefined;
  /** Locks the row of a turn; undefined where nothing needs to be locked. */
  readonly lock: Statement<TurnPlace, Pick<TurnRow, "state">> | undefined;
  /** The turns that a replica holds. */
  readonly held: Statement<Claim, Pick<TurnRow, "request_id" | "stop_requested">>;
  /** Those among them that were asked to stop. */
  readonly stopRequested: Statement<Claim, Pick<TurnRow, "request_id">>;
  readonly setFeedback: Statement<
    TurnPlace & Pick<TurnRow, "feedback" | "feedback_comment">,
    unknown
  >;
  /** Asks the live turns of a session whose numbers are from one to another to stop. */
  readonly requestStops: Statement<
    { readonly sessionId: string; readonly from: number; readonly to: number },
    unknown
  >;
  /** The sessions of turns whose claims have lapsed, of as many turns as asked for. */
  readonly lapsed: Statement<{ readonly limit: number }, Pick<TurnRow, "session_id">>;
  /** Turns that have idempotency keys and ended so many milliseconds ago or earlier. */
  readonly oldKeys: Statement<{ readonly olderThan: number; readonly limit: number }, TurnPlace>;
  readonly forgetKey: Statement<TurnPlace, unknown>;
  /** Asks for every column, and at most one row. */
  readonly probe: Statement<object, TurnRow>;

  /** @param now the expression for the present time of the database's clock. */
  constructor(kysely: Kysely<Tables>, now: RawBuilder<number>, locksRows: boolean) {
    this.turn = prepareTurn(kysely, now);
    this.turns = prepareTurns(kysely, now);
    this.turnsOf = prepareTurnsOf(kysely, now);
    this.standing = prepareStanding(kysely, now);
    this.beginning = prepareBeginning(kysely, now);
    this.beginningWithKey = prepareBeginningWithKey(kysely, now);
    this.inserts = new BatchInsert(kysely, turnsTable, insertedColumns, (argument) => ({
      stop_requested: false,
      claim_expires: sql`${now} + ${argument("claimTime")}`,
    }));
    this.ending = prepareEnding(kysely, now);
    this.end = prepareEnd(kysely, now);
    this.interrupt = prepare((argument) =>
      updateEnded(kysely, now, argument)
        .where("session_id", "=", argument("session_id"))
        .where("number", "=", argument("number"))
        .where("replica", "=", argument("replica"))
        .where("claim_expires", "<=", now),
    );
    this.claim = prepare((argument) =>
      kysely
        .updateTable(turnsTable)
        .set((row) => ({
          state: argument("state"),
          claim_expires: row(now, "+", argument("claimTime")),
        }))
        .where("session_id", "=", argument("session_id"))
        .where("number", "=", argument("number"))
        .where("replica", "=", argument("replica"))
        .where("claim_expires", ">", now),
    );
    const updateHeld = (argument: Argument<Claim & ClaimTime>) =>
      kysely
        .updateTable(turnsTable)
        .set((row) => ({ claim_expires: row(now, "+", argument("claimTime")) }))
        .where("replica", "=", argument("replica"))
        .where("claim_expires", ">", now);
    this.renew = prepare(updateHeld);
    this.renewSome = inBatches<string, unknown, Claim & ClaimTime>((size) =>
      prepare((argument) =>
        updateHeld(argument).where(
          "request_id",
          "in",
          Array.from({ length: size }, (_, index) => argument(index)),
        ),
      ),
    );
    const selectHeld = (argument: Argument<Claim>) =>
      kysely
        .selectFrom(turnsTable)
        .where("replica", "=", argument("replica"))
        .where("claim_expires", ">", now);
    this.lock = locksRows
      ? prepare((argument) =>
          kysely
            .selectFrom(turnsTable)
            .select("state")
            .where("session_id", "=", argument("session_id"))
            .where("number", "=", argument("number"))
            .forUpdate(),
        )
      : undefined;
    this.lockHeld = locksRows
      ? prepare((argument) => selectHeld(argument).select("request_id").forUpdate().skipLocked())
      : undefined;
    this.held = prepare((argument) =>
      selectHeld(argument).select(["request_id", "stop_requested"]),
    );
    this.stopRequested = prepare((argument) =>
      selectHeld(argument).select("request_id").where("stop_requested", "=", true),
    );
    this.setFeedback = prepare((argument) =>
      kysely
        .updateTable(turnsTable)
        .set({
          feedback: argument("feedback"),
          feedback_comment: argument("feedback_comment"),
        })
        .where("session_id", "=", argument("session_id"))
        .where("number", "=", argument("number")),
    );
    this.requestStops = prepare((argument) =>
      kysely
        .updateTable(turnsTable)
        .set({ stop_requested: true })
        .where("session_id", "=", argument("sessionId"))
        .where("number", ">=", argument("from"))
        .where("number", "<=", argument("to"))
        .where("claim_expires", ">", now),
    );
    // Every replica's name sorts behind the empty text, so that this goes along the claims alone.
    this.lapsed = prepare((argument) =>
      kysely
        .selectFrom(turnsTable)
        .select("session_id")
        .where("replica", ">", "")
        .where("claim_expires", "<=", now)
        .limit(argument("limit")),
    );
    this.oldKeys = prepare((argument) =>
      kysely
        .selectFrom(turnsTable)
        .select(["session_id", "number"])
        .where((row) => row("key_ended", "<=", row(now, "-", argument("olderThan"))))
        .orderBy("key_ended")
        .limit(argument("limit")),
    );
    this.forgetKey = prepare((argument) =>
      kysely
        .updateTable(turnsTable)
        .set({ idempotency_key: null, key_ended: null })
        .where("session_id", "=", argument("session_id"))
        .where("number", "=", argument("number"))
        .where("key_ended", "is not", null),
    );
    this.probe = prepare(() => kysely.selectFrom(turnsTable).select(columns).limit(1));
  }
}

const columns = [
  "session_id",
  "number",
  "request_id",
  "retry_of",
  "state",
  "question",
  "arguments",
  "answer",
  "answer_record",
  "error",
  "stop_requested",
  "idempotency_key",
  "body_hash",
  "key_ended",
  "replica",
  "claim_expires",
  "created_at",
  "ended_at",
  "feedback",
  "feedback_comment",
] as const satisfies readonly (keyof TurnRow)[];

const insertedColumns = [
  "session_id",
  "number",
  "request_id",
  "retry_of",
  "state",
  "question",
  "arguments",
  "idempotency_key",
  "body_hash",
  "replica",
  "created_at",
] as const satisfies readonly (keyof Insertion)[];

function prepareEnding(
  kysely: Kysely<Tables>,
  now: RawBuilder<number>,
): (keys: readonly string[]) => Shareable<Claim & OfRequest, EndingRow & KeySteps> {
  return shareForKeys<Claim & OfRequest, EndingRow & KeySteps>((count) => ({
    build: (places) => {
      const sessionId =
        places.length > 1
          ? expressionBuilder<{ turn: TurnRow }, "turn">().ref("turn.session_id")
          : kysely
              .selectFrom(`${turnsTable} as ending`)
              .select("ending.session_id")
              .where(isAnyOf("ending.request_id", places, "requestId"))
              .$asScalar();
      return kysely
        .selectFrom(`${turnsTable} as turn`)
        .innerJoin(`${sessionsTable} as session`, "session.session_id", "turn.session_id")
        .select((row) => [
          "turn.request_id",
          "turn.replica",
          "turn.session_id",
          "turn.number",
          "turn.state",
          "session.last_time",
          "session.deleted",
          "session.head",
          row
            .selectFrom(`${chunksTable} as chunk`)
            .select("chunk.number")
            .whereRef("chunk.request_id", "=", "turn.request_id")
            .orderBy("chunk.number", "desc")
            .limit(one)
            .as("last_chunk"),
        ])
        .select(keySteps(sessionId, places[0], count))
        .where(isAnyOf("turn.request_id", places, "requestId"))
        .where("turn.claim_expires", ">", now) as never;
    },
    answers: (row, values) => row.request_id === values.requestId && row.replica === values.replica,
  }));
}

function prepareEnd(kysely: Kysely<Tables>, now: RawBuilder<number>): TurnStatements["end"] {
  return new SharedStatement({
    build: (places) => {
      const values = new PlacedValues("request_id", places, "requestId");
      const update = updateEnded(kysely, now, (column) => values.of(column, column)).where(
        "replica",
        "is not",
        null,
      );
      const [first, ...others] = places;
      return others.length > 0
        ? update.where(isAnyOf("request_id", places, "requestId"))
        : update
            .where("session_id", "=", first("session_id"))
            .where("number", "=", first("number"));
    },
  });
}

/** Sets what a turn has that has ended, however it did. */
function updateEnded(
  kysely: Kysely<Tables>,
  now: RawBuilder<number>,
  valueOf: Argument<EndedColumns>,
) {
  return kysely.updateTable(turnsTable).set({
    state: valueOf("state"),
    answer: valueOf("answer"),
    answer_record: valueOf("answer_record"),
    error: valueOf("error"),
    ended_at: valueOf("ended_at"),
    replica: null,
    claim_expires: null,
    key_ended: sql<
      number | null
    >`case when ${sql.ref("idempotency_key")} is not null then ${now} end`,
  });
}
