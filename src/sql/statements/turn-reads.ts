import type { Kysely, RawBuilder } from "kysely";
import {
  messagesTable,
  sessionsTable,
  type Tables,
  type Truth,
  type TurnRow,
  turnsTable,
} from "../tables.ts";
import { isLapsed } from "./lapsed.ts";
import { type Batch, inBatches, prepare, type Statement } from "./statement.ts";

/** A turn with all that its record tells, and what decides who may see it. */
export interface FullTurnRow extends Omit<
  TurnRow,
  "answer_record" | "idempotency_key" | "key_ended" | "claim_expires"
> {
  /** The JSON of the message that is its answer, where the answer is a reference to one. */
  readonly answer_value: string | null;
  /** Whose session it is in. */
  readonly user_id: string | null;
  /** Whether that session is deleted. */
  readonly deleted: Truth;
  /** The end of that session's chosen path; null while no turn of it has versions. */
  readonly head: number | null;
  /** 1 where it has not been ended though its claim has lapsed. */
  readonly lapsed: number;
}

/** The turn of a request id. */
export function prepareTurn(
  kysely: Kysely<Tables>,
  now: RawBuilder<number>,
): Statement<{ readonly requestId: string }, FullTurnRow> {
  return prepare((argument) =>
    selectTurns(kysely, now).where("turn.request_id", "=", argument("requestId")),
  );
}

/** The turns of a session with numbers below one, by number, newest first. */
export function prepareTurns(
  kysely: Kysely<Tables>,
  now: RawBuilder<number>,
): Statement<
  { readonly sessionId: string; readonly before: number; readonly limit: number },
  FullTurnRow
> {
  return prepare((argument) =>
    selectTurns(kysely, now)
      .where("turn.session_id", "=", argument("sessionId"))
      .where("turn.number", "<", argument("before"))
      .orderBy("turn.number", "desc")
      .limit(argument("limit")),
  );
}

/** The turns of a session with some numbers, in any order. */
export function prepareTurnsOf(
  kysely: Kysely<Tables>,
  now: RawBuilder<number>,
): ReturnType<typeof inBatches<number, FullTurnRow, { readonly sessionId: string }>> {
  return inBatches<number, FullTurnRow, { readonly sessionId: string }>((size) =>
    prepare<Batch<number> & { readonly sessionId: string }, FullTurnRow>((argument) =>
      selectTurns(kysely, now)
        .where("turn.session_id", "=", argument("sessionId"))
        .where(
          "turn.number",
          "in",
          Array.from({ length: size }, (_, index) => argument(index)),
        ),
    ),
  );
}

function selectTurns(kysely: Kysely<Tables>, now: RawBuilder<number>) {
  return kysely
    .selectFrom(`${turnsTable} as turn`)
    .innerJoin(`${sessionsTable} as session`, "session.session_id", "turn.session_id")
    .leftJoin(`${messagesTable} as message`, (join) =>
      join
        .onRef("message.id", "=", "turn.answer_record")
        .onRef("message.session_id", "=", "turn.session_id"),
    )
    .select([
      "turn.session_id",
      "turn.number",
      "turn.request_id",
      "turn.retry_of",
      "turn.state",
      "turn.question",
      "turn.arguments",
      "turn.answer",
      "turn.error",
      "turn.stop_requested",
      "turn.body_hash",
      "turn.replica",
      "turn.created_at",
      "turn.ended_at",
      "turn.feedback",
      "turn.feedback_comment",
      "session.user_id",
      "session.deleted",
      "session.head",
      "message.message_value as answer_value",
      isLapsed("turn.claim_expires", now).as("lapsed"),
    ]);
}
