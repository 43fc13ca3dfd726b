import type { SessionRecord } from "../../session/session-record.ts";
import { claimLost } from "../../session/turn-refusals.ts";
import { becomesChosen, type TurnEnd } from "../../session/turn-store.ts";
import {
  inOneForm,
  laterOf,
  type PendingMessages,
  toPendingMessages,
  toStoredMessages,
} from "../message-rows.ts";
import { followSteps } from "../known-keys.ts";
import { readerOf, type Work } from "../statements/store-statements.ts";
import { fromTurnError } from "../turn-rows.ts";
import { noteAside } from "./choose-path.ts";
import { findChoice } from "./find-choice.ts";
import { removeChunks } from "./fence-chunks.ts";
import { lockSession, lockSessionOf } from "./lock-session.ts";
import { findNewest, type NotYet, type Waiting } from "./newest-row.ts";

/** The end of a turn that is ready to be stored: JSON texts already. */
export interface PendingEnd {
  readonly end: TurnEnd;
  readonly messages: PendingMessages;
  readonly answer: string | null;
  readonly error: string | null;
  /** The length of the JSON texts together. */
  readonly characters: number;
}

/** Makes the end of a turn ready to be stored; throws what making its JSON throws. */
export function toPendingEnd(end: TurnEnd): PendingEnd {
  const adds = end.state === "complete" || end.state === "stopped";
  const messages = toPendingMessages(adds ? end.messages : []);
  const answer = end.answer === undefined ? null : JSON.stringify(end.answer);
  const error = end.error === undefined ? null : fromTurnError(end.error);
  const characters = messages.characters + (answer?.length ?? 0) + (error?.length ?? 0);
  return { end: { ...end }, messages, answer, error, characters };
}

/** What ending a turn has stored. */
export interface EndedTurn {
  readonly records: readonly SessionRecord[];
  readonly endedAt: string;
}

/**
 * Ends a turn: see `endTurn` of `TurnStore`.
 * @param knownSessionId the turn's session; undefined where it is not known.
 */
export async function endTurn(
  work: Work,
  { end, messages, answer, error }: PendingEnd,
  { mayWait, knownSessionId }: Waiting & { readonly knownSessionId: string | undefined },
): Promise<EndedTurn | NotYet> {
  const { transaction, statements, clock, timeStep, knownKeys } = work;
  const { requestId, replica, state } = end;
  const added = messages.messages.map(({ messageKey }) => messageKey);
  const guess = knownKeys.guess(knownSessionId, added);
  const [, found] = await Promise.all([
    knownSessionId === undefined
      ? lockSessionOf(work, requestId)
      : lockSession(work, knownSessionId),
    transaction.executeShared(statements.turns.ending(guess), { requestId, replica }),
  ]);
  const [turn] = found.rows;
  if (turn === undefined || (turn.state === "queued" && state === "complete")) {
    throw claimLost(requestId, replica);
  }
  const { session_id: sessionId, number, last_time: lastTime } = turn;
  const session =
    messages.messages.length === 0
      ? { keys: [], newest: null }
      : (followSteps(turn, guess) ??
        (await knownKeys.find(readerOf(work), statements.messages, sessionId)));
  const place = { ...session, lastTime };
  const { newest, notYet } = await findNewest(work, sessionId, place, { mayWait });
  if (notYet !== undefined) return notYet;
  const isDeleted = Boolean(turn.deleted);
  const choice = await findChoice(work, turn, becomesChosen(end) && !isDeleted);
  const now = clock();
  const { rows, records } = toStoredMessages(messages, {
    sessionId,
    requestId,
    now,
    lastTime,
    newest,
    deleted: isDeleted || choice === "aside",
    timeStep,
  });
  const endedAt = records.at(-1)?.updatedAt ?? laterOf(now, lastTime);
  const sameMessage = messages.values.indexOf(answer ?? "");
  if (typeof choice === "object") await choice.choose();
  const ended = transaction.executeShared(statements.turns.end, {
    requestId,
    session_id: sessionId,
    number,
    state,
    answer: sameMessage < 0 ? answer : null,
    answer_record: rows[sameMessage]?.id ?? null,
    error,
    ended_at: endedAt,
  });
  // None of them needs the others' answers.
  transaction.finishWith(
    Promise.all([
      requireChange(ended, requestId),
      statements.messages.inserts.insert(transaction, rows),
      transaction.executeShared(statements.sessions.setUsed, { sessionId, time: endedAt }),
      removeChunks(work, requestId, { hasChunks: turn.last_chunk !== null }),
      choice === "aside" &&
        noteAside(
          work,
          sessionId,
          rows.map(({ id }) => ({ id, turn: number })),
        ),
    ]),
  );
  return { records, endedAt };
}

/** Whoever ends or interrupts a turn locks its session first, so that none can have come between. */
async function requireChange(
  ended: Promise<{ readonly numAffectedRows?: bigint }>,
  requestId: string,
): Promise<void> {
  const { numAffectedRows } = await ended;
  if (numAffectedRows !== 1n) throw new Error(`The turn ${requestId} was ended meanwhile.`);
}

/** Whether a turn has been ended as {@link endTurn} answered it. */
export async function hasEnded(
  work: Work,
  { requestId, state }: TurnEnd,
  { endedAt }: EndedTurn,
): Promise<boolean> {
  const { transaction, statements } = work;
  // The transaction in question may still be about to be committed.
  await lockSessionOf(work, requestId);
  const { rows } = await transaction.executeQuery(statements.turns.turn({ requestId }));
  return rows.some(
    (turn) =>
      turn.state === state && turn.ended_at !== null && inOneForm(turn.ended_at) === endedAt,
  );
}
