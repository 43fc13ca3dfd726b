import { toJSONValue } from "../../json.ts";
import {
  idempotencyConflict,
  queueFull,
  requestIdTaken,
  sessionBusy,
  sessionNotFound,
} from "../../session/turn-refusals.ts";
import { toTitle } from "../../session/session-title.ts";
import type { NewTurn, TurnRecord } from "../../session/turn-store.ts";
import { laterOf } from "../message-rows.ts";
import { isShown } from "../session-rows.ts";
import { readerOf, type Work } from "../statements/store-statements.ts";
import { type BeginningRow, type Standing, toStanding } from "../statements/turn-standing.ts";
import { toTurns } from "../turn-places.ts";
import { interruptTurns } from "./interrupt-turns.ts";
import { cutOff } from "../time-step.ts";
import { lockSession } from "./lock-session.ts";
import { findPlace, keepPlace, type TurnPlace } from "./place-turn.ts";

/** A turn that is ready to be stored: JSON texts already. */
export interface PendingTurn {
  readonly turn: NewTurn;
  readonly question: string;
  /** Null where there are none. */
  readonly arguments: string | null;
  /** The length of the JSON texts together. */
  readonly characters: number;
}

/** What `beginTurn` answers. */
export interface BegunTurn {
  readonly turn: TurnRecord;
  readonly isNew: boolean;
}

/** Makes a turn ready to be stored; throws what making its JSON throws. */
export function toPendingTurn(given: NewTurn): PendingTurn {
  const turn = {
    ...given,
    arguments: toJSONValue(given.arguments, "arguments") as NewTurn["arguments"],
  };
  const question = JSON.stringify(turn.question);
  const hasArguments = Object.keys(turn.arguments).length > 0;
  const texts = hasArguments ? JSON.stringify(turn.arguments) : null;
  const characters = question.length + (texts?.length ?? 0);
  return { turn, question, arguments: texts, characters };
}

/** Registers a turn: see `beginTurn` of `TurnStore`. */
export async function beginTurn(work: Work, pending: PendingTurn): Promise<BegunTurn> {
  const { turn } = pending;
  const [, rows] = await Promise.all([
    lockSession(work, turn.sessionId),
    readBeginning(work, turn),
  ]);
  const known = rows.find((row) => row.kind === "key");
  if (known !== undefined) {
    return { turn: await findKnown(work, turn, known.request_id), isNew: false };
  }
  const standing = toStanding(rows.filter((row) => row.kind === "session"));
  if (standing !== undefined && !isShown(standing.session, turn.userId)) {
    throw sessionNotFound(turn.sessionId);
  }
  if (rows.some(({ kind }) => kind === "request")) throw requestIdTaken(turn.requestId);
  const place = await findPlace(work, turn, standing);
  requireRoom(turn, standing);
  return { turn: await insertTurn(work, pending, standing, place), isNew: true };
}

/** The turn as {@link beginTurn} has begun it, where that was committed. */
export async function findBegun(
  work: Work,
  { sessionId, requestId, number, createdAt }: TurnRecord,
): Promise<BegunTurn | undefined> {
  const { transaction, statements } = work;
  // The transaction in question may still be about to be committed.
  await lockSession(work, sessionId);
  const { rows } = await transaction.executeQuery(statements.turns.turn({ requestId }));
  const turns = await toTurns(readerOf(work), statements, rows);
  const turn = turns.find((each) => each.number === number);
  return turn?.createdAt === createdAt ? { turn, isNew: true } : undefined;
}

async function readBeginning(
  { transaction, statements }: Work,
  { sessionId, requestId, idempotency }: NewTurn,
): Promise<readonly BeginningRow[]> {
  const { turns } = statements;
  const ids = { sessionId, requestId };
  const { rows } = await (idempotency === undefined
    ? transaction.executeShared(turns.beginning, ids)
    : transaction.executeShared(turns.beginningWithKey, { ...ids, key: idempotency.key }));
  return rows;
}

/** The turn that the request's idempotency key has begun. */
async function findKnown(
  work: Work,
  { sessionId, userId, idempotency }: NewTurn,
  requestId: string,
): Promise<TurnRecord> {
  const { transaction, statements } = work;
  const { rows } = await transaction.executeQuery(statements.turns.turn({ requestId }));
  const [row] = rows;
  if (row === undefined || !isShown(row, userId)) {
    throw sessionNotFound(sessionId);
  }
  if (row.body_hash !== idempotency?.bodyHash) throw idempotencyConflict();
  const [record] = await toTurns(readerOf(work), statements, [row]);
  if (record === undefined) throw sessionNotFound(sessionId);
  return record;
}

function requireRoom(turn: NewTurn, standing: Standing | undefined): void {
  const live = standing?.live ?? [];
  if (live.length === 0) return;
  if (turn.concurrency === "reject") throw sessionBusy(turn.sessionId);
  const queued = live.filter(({ state }) => state === "queued").length;
  if (queued >= turn.queueLimit) throw queueFull(turn);
}

async function insertTurn(
  work: Work,
  { turn, question, arguments: texts }: PendingTurn,
  standing: Standing | undefined,
  place: TurnPlace,
): Promise<TurnRecord> {
  const { transaction, statements } = work;
  const { sessionId, requestId, retryOf, idempotency, replica, claimTime } = turn;
  const live = standing?.live ?? [];
  const number = (standing?.session.turn_count ?? 0) + 1;
  const state = live.length > 0 ? "queued" : "running";
  const liveFrom = Math.min(number, ...live.map((each) => each.number));
  const createdAt =
    standing === undefined
      ? await insertSession(work, turn)
      : laterOf(work.clock(), (await interruptTurns(work, sessionId, standing)).time);
  if (retryOf !== undefined) await hideMessages(work, sessionId, retryOf);
  const row = {
    session_id: sessionId,
    number,
    request_id: requestId,
    retry_of: retryOf ?? null,
    state,
    question,
    arguments: texts,
    idempotency_key: idempotency?.key ?? null,
    body_hash: idempotency?.bodyHash ?? null,
    replica,
    claimTime,
    created_at: createdAt,
  };
  const { turns, sessions } = statements;
  const stops = { sessionId, from: liveFrom, to: number - 1 };
  const isSuperseding = turn.concurrency === "supersede" && live.length > 0;
  // None of them needs the others' answers.
  transaction.finishWith(
    Promise.all([
      turns.inserts.insert(transaction, [row]),
      standing &&
        transaction.executeShared(sessions.countTurn, {
          sessionId,
          number,
          liveFrom,
          time: createdAt,
        }),
      isSuperseding && transaction.executeQuery(turns.requestStops(stops)),
      keepPlace(work, sessionId, place),
    ]),
  );
  const { parent, chosen, versions } = place;
  return {
    requestId,
    sessionId,
    number,
    parent,
    chosen,
    versions,
    retryOf,
    state,
    question: turn.question,
    arguments: turn.arguments,
    answer: undefined,
    error: undefined,
    feedback: undefined,
    stopRequested: false,
    bodyHash: idempotency?.bodyHash,
    createdAt,
    endedAt: undefined,
  };
}

/** Marks the messages of a turn as deleted. */
async function hideMessages(work: Work, sessionId: string, requestId: string): Promise<void> {
  const {
    transaction,
    statements: { messages, turns },
    timeStep,
    knownKeys,
  } = work;
  const [turn] = (await transaction.executeQuery(turns.turn({ requestId }))).rows;
  if (turn === undefined) return;
  const from = cutOff(turn.created_at, timeStep);
  const { keys } = await knownKeys.find(readerOf(work), messages, sessionId);
  await Promise.all(
    keys.map(async (messageKey) => {
      const { rows } = await transaction.executeQuery(
        messages.idsOfTurn({ sessionId, requestId, messageKey, from }),
      );
      for (const { id } of rows) {
        await transaction.executeQuery(messages.markOneDeleted({ sessionId, id }));
      }
    }),
  );
}

/** Inserts the session of its first turn; the answer is when that begins. */
async function insertSession(
  work: Work,
  { sessionId, userId, question }: NewTurn,
): Promise<string> {
  const { transaction, statements, clock, knownKeys } = work;
  // Others may have stored messages in it.
  const { newest } = await knownKeys.find(readerOf(work), statements.messages, sessionId);
  const createdAt = laterOf(clock(), newest);
  await transaction.executeQuery(
    statements.sessions.insert({
      sessionId,
      userId: userId ?? null,
      title: toTitle(question) ?? null,
      createdAt,
    }),
  );
  return createdAt;
}
