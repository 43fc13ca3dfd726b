import { TurnkeepError } from "../errors.ts";
import { type JSONValue, toJSONValue } from "../json.ts";
import { toMessagePart } from "../message/message-part.ts";
import { listByUse } from "./memory-store/list-by-use.ts";
import { type Now, SessionEntry } from "./memory-store/session-entry.ts";
import type { TurnEntry as TurnEntryOf } from "./memory-store/turn-entry.ts";
import { type Clock, localTime } from "./record-time.ts";
import type {
  MessagesQuery,
  RowsQuery,
  SessionChange,
  SessionInfo,
  SessionsQuery,
  StoredRows,
} from "./session-index.ts";
import type { HistoryQuery, SessionRecord, SessionStore, TurnMessages } from "./session-store.ts";
import {
  claimLost,
  idempotencyConflict,
  queueFull,
  requestIdTaken,
  runNotFound,
  sessionBusy,
  sessionNotFound,
} from "./turn-refusals.ts";
import type {
  Claims,
  NewTurn,
  TurnChunk,
  TurnEnd,
  TurnFeedback,
  TurnRecord,
  TurnsQuery,
} from "./turn-store.ts";

/** How a {@link MemoryStore} is made. */
export interface MemoryStoreOptions {
  /** The clock records get their times from: the machine's local time by default. */
  readonly clock?: Clock;
}

type TurnEntry = TurnEntryOf<SessionEntry>;

const maxForgottenKeys = 1000;

/**
 * A store in this process's memory: nothing outlives the process. Sessions of a component that
 * runs on its own are kept in one. Claims lapse by the process's clock.
 */
export class MemoryStore implements SessionStore {
  readonly #clock: Clock;
  readonly #sessions = new Map<string, SessionEntry>();
  readonly #turns = new Map<string, TurnEntry>();
  readonly #unended = new Set<TurnEntry>();
  readonly #turnsOfKeys = new Map<string, TurnEntry>();
  readonly #settings = new Map<string, string>();
  #open = true;

  constructor({ clock = localTime }: MemoryStoreOptions = {}) {
    this.#clock = clock;
  }

  async getHistory({
    sessionId,
    messageKey,
    limit,
    requestId,
  }: HistoryQuery): Promise<readonly SessionRecord[]> {
    this.#requireOpen();
    const session = this.#sessions.get(sessionId);
    const reader = requestId === undefined ? undefined : this.#turns.get(requestId);
    const ofSession = reader?.session === session ? reader : undefined;
    return session?.history(messageKey, limit, ofSession) ?? [];
  }

  async appendTurn({
    sessionId,
    requestId,
    messages,
  }: TurnMessages): Promise<readonly SessionRecord[]> {
    this.#requireOpen();
    const session = this.#sessions.get(sessionId) ?? new SessionEntry(sessionId);
    const added = session.add(this.#clock(), requestId, messages);
    this.#sessions.set(sessionId, session);
    return added;
  }

  async beginTurn(given: NewTurn): Promise<{ readonly turn: TurnRecord; readonly isNew: boolean }> {
    this.#requireOpen();
    const turn = { ...given, arguments: copyOf(given.arguments) };
    const known = this.#turnOfKey(turn);
    if (known !== undefined) return { turn: known.session.toRecord(known), isNew: false };
    const now = this.#now();
    const session = this.#sessions.get(turn.sessionId) ?? new SessionEntry(turn.sessionId);
    const versionOf = this.#requireWelcome(turn, session, now);
    if (turn.concurrency === "supersede") {
      for (const live of session.liveTurns(now.moment)) live.askToStop();
    }
    this.#interruptLapsed(session, now);
    if (turn.retryOf !== undefined) session.forget(turn.retryOf);
    const begun = session.begin(now, turn, versionOf);
    this.#sessions.set(turn.sessionId, session);
    this.#turns.set(turn.requestId, begun);
    this.#unended.add(begun);
    if (turn.idempotency !== undefined) this.#turnsOfKeys.set(turn.idempotency.key, begun);
    return { turn: session.toRecord(begun), isNew: true };
  }

  async claimTurn({
    requestId,
    replica,
    claimTime,
  }: Parameters<SessionStore["claimTurn"]>[0]): Promise<TurnRecord> {
    this.#requireOpen();
    const now = this.#now();
    const turn = this.#requireHeld(requestId, replica, now);
    this.#interruptLapsed(turn.session, now);
    if (turn.session.liveTurns(now.moment)[0] === turn) turn.run();
    turn.claimUntil(now.moment + claimTime);
    return turn.session.toRecord(turn);
  }

  async endTurn(end: TurnEnd): Promise<readonly SessionRecord[]> {
    this.#requireOpen();
    const now = this.#now();
    const turn = this.#requireHeld(end.requestId, end.replica, now);
    if (turn.state === "queued" && end.state === "complete") {
      throw claimLost(end.requestId, end.replica);
    }
    const added = turn.session.end(now, turn, end);
    this.#unended.delete(turn);
    return added;
  }

  async renewClaims(replica: string, claimTime: number): Promise<Claims> {
    this.#requireOpen();
    const { moment } = this.#now();
    const held = this.#liveTurns(replica, moment);
    for (const turn of held) turn.claimUntil(moment + claimTime);
    return {
      held: held.map(({ requestId }) => requestId),
      stopRequested: held
        .filter(({ stopRequested }) => stopRequested)
        .map(({ requestId }) => requestId),
    };
  }

  async getStopRequests(replica: string): Promise<readonly string[]> {
    this.#requireOpen();
    return this.#liveTurns(replica, this.#now().moment)
      .filter(({ stopRequested }) => stopRequested)
      .map(({ requestId }) => requestId);
  }

  async interruptLapsed(): Promise<number> {
    this.#requireOpen();
    const now = this.#now();
    const sessions = new Set(Array.from(this.#unended, ({ session }) => session));
    return [...sessions].reduce((sum, session) => sum + this.#interruptLapsed(session, now), 0);
  }

  async appendChunks(replica: string, chunks: readonly TurnChunk[]): Promise<void> {
    this.#requireOpen();
    const { moment } = this.#now();
    const copies = chunks.map((chunk) => ({
      ...chunk,
      fields: copyOf(chunk.fields),
      ...(chunk.parts === undefined ? {} : { parts: chunk.parts.map(toMessagePart) }),
    }));
    for (const chunk of copies) {
      const turn = this.#turns.get(chunk.requestId);
      if (turn?.isLive(moment) === true && turn.replica === replica) turn.keepChunk(chunk);
    }
  }

  async getChunks(requestId: string, from: number): Promise<readonly TurnChunk[]> {
    this.#requireOpen();
    return this.#turns.get(requestId)?.chunks(from) ?? [];
  }

  async requestStop(
    requestId: string,
    userId: string | undefined,
  ): Promise<TurnRecord | undefined> {
    this.#requireOpen();
    const turn = this.#turnOf(requestId, userId);
    if (turn?.isLive(this.#now().moment) === true) turn.askToStop();
    return toRecord(turn);
  }

  async selectTurn(requestId: string, userId: string | undefined): Promise<TurnRecord | undefined> {
    this.#requireOpen();
    const now = this.#now();
    const turn = this.#turnOf(requestId, userId);
    if (turn === undefined) return undefined;
    const { session, sessionId } = turn;
    if (session.liveTurns(now.moment).length > 0) throw sessionBusy(sessionId);
    this.#interruptLapsed(session, now);
    session.choose(turn);
    return toRecord(turn);
  }

  async setFeedback(
    requestId: string,
    userId: string | undefined,
    feedback: TurnFeedback | undefined,
  ): Promise<TurnRecord | undefined> {
    this.#requireOpen();
    const turn = this.#turnOf(requestId, userId);
    turn?.judge(feedback);
    return toRecord(turn);
  }

  async getTurn(requestId: string, userId: string | undefined): Promise<TurnRecord | undefined> {
    this.#requireOpen();
    return toRecord(this.#turnOf(requestId, userId));
  }

  async getTurns({
    sessionId,
    userId,
    before,
    shown = false,
    limit,
  }: TurnsQuery): Promise<readonly TurnRecord[] | undefined> {
    this.#requireOpen();
    const session = this.#shownSession(sessionId, userId);
    return session
      ?.turns(before, limit, shown ? this.#now() : undefined)
      .map((turn) => session.toRecord(turn));
  }

  async getLiveTurns(
    sessionId: string,
    userId: string | undefined,
  ): Promise<readonly string[] | undefined> {
    this.#requireOpen();
    const session = this.#shownSession(sessionId, userId);
    return session?.liveTurns(performance.now()).map(({ requestId }) => requestId);
  }

  async forgetIdempotencyKeys(olderThan: number): Promise<number> {
    this.#requireOpen();
    const moment = this.#now().moment - olderThan;
    let count = 0;
    for (const [key, turn] of this.#turnsOfKeys) {
      if (count === maxForgottenKeys) break;
      if (!turn.endedBefore(moment)) continue;
      this.#turnsOfKeys.delete(key);
      count += 1;
    }
    return count;
  }

  async listSessions({
    userId,
    before,
    limit,
    deleted = false,
    search,
  }: SessionsQuery): Promise<readonly SessionInfo[]> {
    this.#requireOpen();
    const infos = Array.from(this.#sessions.values(), (session) => session.toInfo() ?? []).flat();
    const own = infos.filter((info) => info.userId === userId && info.deleted === deleted);
    return listByUse(own, { before, limit, search });
  }

  async getSession(
    sessionId: string,
    userId: string | undefined,
  ): Promise<SessionInfo | undefined> {
    this.#requireOpen();
    return this.#sessionOf(sessionId, userId)?.toInfo();
  }

  async updateSession(
    sessionId: string,
    userId: string | undefined,
    change: SessionChange,
  ): Promise<SessionInfo | undefined> {
    this.#requireOpen();
    const session = this.#sessionOf(sessionId, userId);
    session?.change(change, this.#now().moment);
    return session?.toInfo();
  }

  async getMessages({
    sessionId,
    userId,
    messageKey,
    before,
    limit,
  }: MessagesQuery): Promise<readonly SessionRecord[] | undefined> {
    this.#requireOpen();
    return this.#shownSession(sessionId, userId)?.messages(messageKey, before, limit);
  }

  async getRows({ sessionId, userId, before, limit }: RowsQuery): Promise<StoredRows | undefined> {
    this.#requireOpen();
    return this.#shownSession(sessionId, userId)?.rows(before, limit);
  }

  async keepSetting(name: string, value: string): Promise<string> {
    this.#requireOpen();
    const kept = this.#settings.get(name) ?? value;
    this.#settings.set(name, kept);
    return kept;
  }

  async check(): Promise<void> {
    this.#requireOpen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open = false;
    this.#sessions.clear();
    this.#turns.clear();
    this.#unended.clear();
    this.#turnsOfKeys.clear();
    this.#settings.clear();
  }

  #sessionOf(sessionId: string, userId: string | undefined): SessionEntry | undefined {
    const session = this.#sessions.get(sessionId);
    return session?.isOf(userId) === true ? session : undefined;
  }

  #shownSession(sessionId: string, userId: string | undefined): SessionEntry | undefined {
    const session = this.#sessions.get(sessionId);
    return session?.isShownTo(userId) === true ? session : undefined;
  }

  #turnOf(requestId: string, userId: string | undefined): TurnEntry | undefined {
    const turn = this.#turns.get(requestId);
    return turn !== undefined && turn.session.isShownTo(userId) ? turn : undefined;
  }

  /** The turn that the idempotency key of a request has begun, where it has. */
  #turnOfKey({ idempotency, sessionId, userId }: NewTurn): TurnEntry | undefined {
    if (idempotency === undefined) return undefined;
    const turn = this.#turnsOfKeys.get(idempotency.key);
    if (turn === undefined) return undefined;
    if (!turn.session.isShownTo(userId)) throw sessionNotFound(sessionId);
    if (turn.bodyHash !== idempotency.bodyHash) throw idempotencyConflict();
    return turn;
  }

  #liveTurns(replica: string, moment: number): TurnEntry[] {
    return [...this.#unended].filter((turn) => turn.isLive(moment) && turn.replica === replica);
  }

  #interruptLapsed(session: SessionEntry, now: Now): number {
    const lapsed = session.interruptLapsed(now);
    for (const turn of lapsed) this.#unended.delete(turn);
    return lapsed.length;
  }

  /** The turn, live and the replica's. */
  #requireHeld(requestId: string, replica: string, { moment }: Now): TurnEntry {
    const turn = this.#turns.get(requestId);
    if (turn?.isLive(moment) !== true || turn.replica !== replica) {
      throw claimLost(requestId, replica);
    }
    return turn;
  }

  /** Refuses a turn that may not begin; the answer is the turn that it is another version of. */
  #requireWelcome(turn: NewTurn, session: SessionEntry, { moment }: Now): TurnEntry | undefined {
    if (session.hasBegun && !session.isShownTo(turn.userId)) throw sessionNotFound(turn.sessionId);
    if (this.#turns.has(turn.requestId)) throw requestIdTaken(turn.requestId);
    const { versionOf } = turn;
    const other = versionOf === undefined ? undefined : this.#turns.get(versionOf);
    if (versionOf !== undefined && other?.session !== session) throw runNotFound(versionOf);
    const live = session.liveTurns(moment);
    if (live.length === 0) return other;
    if (turn.concurrency === "reject") throw sessionBusy(turn.sessionId);
    const queued = live.filter(({ state }) => state === "queued").length;
    if (queued >= turn.queueLimit) throw queueFull(turn);
    return other;
  }

  #now(): Now {
    return { time: this.#clock(), moment: performance.now() };
  }

  #requireOpen(): void {
    if (!this.#open) {
      throw new TurnkeepError("database_unavailable", "The memory store has been closed.");
    }
  }
}

function toRecord(turn: TurnEntry | undefined): TurnRecord | undefined {
  return turn?.session.toRecord(turn);
}

function copyOf(values: { readonly [name: string]: JSONValue }): typeof values {
  return toJSONValue(values, "values") as typeof values;
}
