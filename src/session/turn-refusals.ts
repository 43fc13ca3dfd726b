import { TurnkeepError } from "../errors.ts";
import type { NewTurn } from "./turn-store.ts";

// Why a store refuses a turn, in the same words for every store.

/** The session belongs to somebody else, or is deleted: which of both is not for the caller to know. */
export function sessionNotFound(sessionId: string): TurnkeepError {
  return new TurnkeepError(
    "session_not_found",
    `There is no session ${JSON.stringify(sessionId)}. Use the id of one of your own, or none to begin a session.`,
  );
}

/** The idempotency key came with another body before. */
export function idempotencyConflict(): TurnkeepError {
  return new TurnkeepError(
    "idempotency_conflict",
    "The idempotency key was used for another request before. Send each request with a key of its own, and the same key only with the same body.",
  );
}

/** Another turn has the request id. */
export function requestIdTaken(requestId: string): TurnkeepError {
  return new TurnkeepError(
    "request_id_taken",
    `There is a run ${JSON.stringify(requestId)} already. Give each request an id of its own, or none.`,
  );
}

/** A turn of the session is live, and the policy is `reject`. */
export function sessionBusy(sessionId: string): TurnkeepError {
  return new TurnkeepError(
    "session_busy",
    `The session ${JSON.stringify(sessionId)} is still answering. Wait for that answer, or stop it.`,
  );
}

/** As many turns of the session wait as may. */
export function queueFull({ sessionId, queueLimit }: NewTurn): TurnkeepError {
  return new TurnkeepError(
    "queue_full",
    `The session ${JSON.stringify(sessionId)} has ${queueLimit} waiting turns, the most it may: try again later.`,
  );
}

/** The replica does not hold the turn, or holds it no longer. */
export function claimLost(requestId: string, replica: string): TurnkeepError {
  return new TurnkeepError(
    "claim_lost",
    `The replica ${JSON.stringify(replica)} does not hold the run ${JSON.stringify(requestId)}: its claim has lapsed, or the run has ended. Nothing of it is stored.`,
  );
}

/** Where the user has no run of that id. */
export function runNotFound(requestId: string): TurnkeepError {
  return new TurnkeepError("run_not_found", `There is no run ${JSON.stringify(requestId)}.`);
}
