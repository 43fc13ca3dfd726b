import type { JSONValue } from "../../json.ts";
import type { SessionInfo } from "../../session/session-index.ts";
import type { SessionRecord } from "../../session/session-store.ts";
import type { TurnFeedback, TurnRecord } from "../../session/turn-store.ts";

/** A session as it is answered. */
export function toSessionJSON(session: SessionInfo): JSONValue {
  return {
    session_id: session.sessionId,
    title: session.title ?? null,
    turns: session.turns,
    created_at: session.createdAt,
    updated_at: session.updatedAt,
    deleted: session.deleted,
  };
}

/** A stored message as it is answered. */
export function toMessageJSON(record: SessionRecord): JSONValue {
  return {
    id: record.id,
    request_id: record.requestId,
    message_key: record.messageKey,
    message: record.message.toJSON(),
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}

/** A turn, which is what a run makes, as it is answered. */
export function toTurnJSON(turn: TurnRecord): JSONValue {
  return {
    request_id: turn.requestId,
    session_id: turn.sessionId,
    number: turn.number,
    parent: turn.parent === 0 ? null : turn.parent,
    chosen: turn.chosen,
    versions: turn.versions,
    retry_of: turn.retryOf ?? null,
    state: turn.state,
    stop_requested: turn.stopRequested,
    question: turn.question.toJSON(),
    answer: turn.answer?.toJSON() ?? null,
    error: turn.error === undefined ? null : toErrorJSON(turn.error),
    feedback: turn.feedback === undefined ? null : toFeedbackJSON(turn.feedback),
    created_at: turn.createdAt,
    ended_at: turn.endedAt ?? null,
  };
}

function toFeedbackJSON({ value, comment }: TurnFeedback): JSONValue {
  return { value, comment: comment ?? null };
}

function toErrorJSON(error: NonNullable<TurnRecord["error"]>): JSONValue {
  return {
    code: error.code,
    status: error.status,
    number: error.number ?? null,
    message: error.message,
  };
}
