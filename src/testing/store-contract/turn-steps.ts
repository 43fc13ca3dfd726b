import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { inspect } from "node:util";
import { type ErrorCode, isTurnkeepError } from "../../errors.ts";
import { Message } from "../../message/message.ts";
import type { SessionStore } from "../../session/session-store.ts";
import type { NewTurn, TurnEnd, TurnRecord, TurnState } from "../../session/turn-store.ts";

// What several groups of cases do with turns.

/** Longer than any case takes, in milliseconds. */
export const longClaim = 3_600_000;

/** A request for a turn: of no user, by the replica "replica", with a long claim, to be queued. */
export function newTurn(
  sessionId: string,
  requestId: string,
  changes: Partial<NewTurn> = {},
): NewTurn {
  return {
    requestId,
    sessionId,
    userId: undefined,
    question: new Message(`the question of ${requestId}`),
    arguments: {},
    retryOf: undefined,
    idempotency: undefined,
    replica: "replica",
    claimTime: longClaim,
    concurrency: "queue",
    queueLimit: 1000,
    ...changes,
  };
}

/** Begins a new turn, as {@link newTurn} has it. */
export async function begin(
  store: SessionStore,
  sessionId: string,
  requestId: string,
  changes: Partial<NewTurn> = {},
): Promise<TurnRecord> {
  const { turn, isNew } = await store.beginTurn(newTurn(sessionId, requestId, changes));
  assert.equal(isNew, true, `${requestId} is not new`);
  return turn;
}

/**
 * How a turn of the replica "replica" ends: complete, with one message for each key, in the order of
 * the keys; that under "answer" is the answer.
 */
export function ending(
  requestId: string,
  contents: Readonly<Record<string, unknown>> = {},
  changes: Partial<TurnEnd> = {},
): TurnEnd {
  const messages = Object.entries(contents).map(([messageKey, content]) => ({
    messageKey,
    message: new Message(content),
  }));
  const answer = messages.find(({ messageKey }) => messageKey === "answer")?.message;
  const replica = "replica";
  return { requestId, replica, state: "complete", messages, answer, error: undefined, ...changes };
}

/** Lets a queued turn of the replica "replica" run, where it may; the answer is its state. */
export async function claim(store: SessionStore, requestId: string): Promise<TurnState> {
  const { state } = await store.claimTurn({ requestId, replica: "replica", claimTime: longClaim });
  return state;
}

/** Asserts that the work fails with the code. */
export async function refused(code: ErrorCode, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    assert.ok(isTurnkeepError(error), `not an error of turnkeep: ${inspect(error)}`);
    assert.equal(error.code, code, error.message);
    return;
  }
  assert.fail(`it should have failed with ${code}`);
}

/** The states of a session's turns, by number. */
export async function statesOf(
  store: SessionStore,
  sessionId: string,
  userId?: string,
): Promise<TurnState[]> {
  const turns = (await store.getTurns({ sessionId, userId, limit: 1_000_000 })) ?? [];
  return turns.map(({ state }) => state).toReversed();
}

/** A turn in a form to be compared: its messages as JSON text. */
export function comparableTurn(turn: TurnRecord | undefined): object | undefined {
  if (turn === undefined) return undefined;
  const { question, answer, ...rest } = turn;
  return { ...rest, question: JSON.stringify(question), answer: JSON.stringify(answer) };
}

/** Waits until something holds that takes time; fails after half a minute. */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `never: ${what}`);
    await setTimeout(10);
  }
}
