import type { Message } from "../../src/message/message.ts";
import { localTime } from "../../src/session/record-time.ts";
import type { SessionRecord, SessionStore } from "../../src/session/session-store.ts";
import { toPart } from "../../src/session/turn-part.ts";
import {
  claimLost,
  idempotencyConflict,
  queueFull,
  requestIdTaken,
  runNotFound,
  sessionBusy,
  sessionNotFound,
} from "../../src/session/turn-refusals.ts";
import type {
  Claims,
  NewTurn,
  TurnChunk,
  TurnEnd,
  TurnRecord,
  TurnsQuery,
} from "../../src/session/turn-store.ts";
import type { StoreFixture } from "../../src/testing/store-fixture.ts";
import { Shelf, type SketchSession, type SketchTurn } from "./shelf.ts";
import { SketchVersions } from "./sketch-versions.ts";

export type { Shelf, SketchRow, SketchSession, SketchTurn } from "./shelf.ts";

/** How a turn ends, on request or because its claim has lapsed. */
export type SketchEnd = Omit<TurnEnd, "messages"> & Partial<Pick<TurnEnd, "messages">>;

/**
 * A store as simple as one can be that passes the contract, in steps that can each be broken.
 */
export class SketchStore extends SketchVersions implements SessionStore {
  async beginTurn(turn: NewTurn): Promise<{ readonly turn: TurnRecord; readonly isNew: boolean }> {
    this.requireOpen();
    const known = this.knownTurn(turn);
    if (known !== undefined) return { turn: this.toTurnRecord(known), isNew: false };
    this.requireAllowed(turn);
    this.requireNewId(turn);
    this.requireOther(turn);
    this.requireRoom(turn);
    if (turn.concurrency === "supersede") this.supersede(turn.sessionId);
    this.interruptAll(this.lapsedTurns(turn.sessionId));
    this.hideRetried(turn);
    const begun = this.toTurn(turn, this.useSession(turn.sessionId, turn.userId, turn.question));
    this.shelf.turns.push(begun);
    return { turn: this.toTurnRecord(begun), isNew: true };
  }

  hideRetried({ retryOf, sessionId }: NewTurn): void {
    for (const row of this.shelf.rows) {
      const isIts = row.requestId === retryOf && row.sessionId === sessionId;
      if (isIts && row.aside !== true) row.deleted = true;
    }
  }

  async claimTurn({
    requestId,
    replica,
    claimTime,
  }: {
    readonly requestId: string;
    readonly replica: string;
    readonly claimTime: number;
  }): Promise<TurnRecord> {
    this.requireOpen();
    const turn = this.requireHeld(requestId, replica);
    this.interruptAll(this.lapsedTurns(turn.sessionId));
    if (this.mayRun(turn)) turn.state = "running";
    turn.claimedUntil = this.moment() + claimTime;
    return this.toTurnRecord(turn);
  }

  async endTurn(end: TurnEnd): Promise<readonly SessionRecord[]> {
    this.requireOpen();
    const turn = this.requireEndable(end);
    const { sessionId, requestId } = turn;
    const { messages } = end;
    if (this.becomesChosen(end) && !this.isChosen(turn)) this.chooseEnded(turn);
    const records = this.adds(end) ? this.store({ sessionId, requestId, messages }) : [];
    for (const row of this.shelf.rows) {
      if (row.requestId === requestId && row.sessionId === sessionId) {
        Object.assign(row, { turn: turn.number, aside: !this.isChosen(turn) });
      }
    }
    this.finish(turn, end);
    return records;
  }

  async renewClaims(replica: string, claimTime: number): Promise<Claims> {
    this.requireOpen();
    const held = this.renewable(replica);
    for (const turn of held) turn.claimedUntil = this.moment() + claimTime;
    return { held: held.map(toRequestId), stopRequested: held.filter(isAsked).map(toRequestId) };
  }

  async getStopRequests(replica: string): Promise<readonly string[]> {
    this.requireOpen();
    return this.heldTurns(replica).filter(isAsked).map(toRequestId);
  }

  async interruptLapsed(): Promise<number> {
    this.requireOpen();
    const lapsed = this.lapsedTurns(undefined);
    this.interruptAll(lapsed);
    return lapsed.length;
  }

  async appendChunks(replica: string, chunks: readonly TurnChunk[]): Promise<void> {
    this.requireOpen();
    for (const chunk of chunks) {
      if (this.takesChunk(replica, chunk)) this.shelf.chunks.push(structuredClone(chunk));
    }
  }

  async getChunks(requestId: string, from: number): Promise<readonly TurnChunk[]> {
    this.requireOpen();
    return this.chunksOf(requestId).filter(({ number }) => number >= from);
  }

  async requestStop(
    requestId: string,
    userId: string | undefined,
  ): Promise<TurnRecord | undefined> {
    this.requireOpen();
    const turn = this.findTurn(requestId, userId);
    if (turn !== undefined && this.isLive(turn)) turn.stopRequested = true;
    return turn === undefined ? undefined : this.toTurnRecord(turn);
  }

  async getTurn(requestId: string, userId: string | undefined): Promise<TurnRecord | undefined> {
    this.requireOpen();
    const turn = this.findTurn(requestId, userId);
    return turn === undefined ? undefined : this.toTurnRecord(turn);
  }

  async getTurns({
    sessionId,
    userId,
    before = Infinity,
    shown = false,
    limit,
  }: TurnsQuery): Promise<readonly TurnRecord[] | undefined> {
    this.requireOpen();
    const session = this.findSession(sessionId, userId);
    if (session === undefined || this.isHidden(session)) return undefined;
    const path = shown ? this.shownPath(sessionId) : undefined;
    return this.turnsOf(sessionId)
      .filter(({ number }) => number < before && path?.has(number) !== false)
      .toSorted((one, other) => other.number - one.number)
      .slice(0, limit)
      .map((turn) => this.toTurnRecord(turn));
  }

  async getLiveTurns(
    sessionId: string,
    userId: string | undefined,
  ): Promise<readonly string[] | undefined> {
    this.requireOpen();
    const session = this.findSession(sessionId, userId);
    if (session === undefined || this.isHidden(session)) return undefined;
    return this.liveTurns(sessionId).map(toRequestId);
  }

  async keepSetting(name: string, value: string): Promise<string> {
    this.requireOpen();
    const kept = this.shelf.settings.get(name) ?? value;
    this.shelf.settings.set(name, kept);
    return kept;
  }

  async forgetIdempotencyKeys(olderThan: number): Promise<number> {
    this.requireOpen();
    const old = this.shelf.turns
      .filter((turn) => turn.key !== undefined && this.isOlderThan(turn, olderThan))
      .slice(0, 1000);
    for (const turn of old) turn.key = undefined;
    return old.length;
  }

  /** The turn that the request's idempotency key has begun already. */
  knownTurn({ idempotency, userId, sessionId }: NewTurn): SketchTurn | undefined {
    if (idempotency === undefined) return undefined;
    const known = this.shelf.turns.find((turn) => turn.key === idempotency.key);
    if (known === undefined) return undefined;
    const session = this.findSession(known.sessionId, userId);
    if (session === undefined || session.deleted) throw sessionNotFound(sessionId);
    this.requireSameBody(known, idempotency.bodyHash);
    return known;
  }

  requireSameBody(known: SketchTurn, bodyHash: string): void {
    if (known.bodyHash !== bodyHash) throw idempotencyConflict();
  }

  requireAllowed({ sessionId, userId }: NewTurn): void {
    const session = this.sessionOf(sessionId);
    if (session === undefined) return;
    if (session.deleted || !this.isOf(session, userId)) throw sessionNotFound(sessionId);
  }

  requireNewId({ requestId }: NewTurn): void {
    if (this.shelf.turns.some((turn) => turn.requestId === requestId)) {
      throw requestIdTaken(requestId);
    }
  }

  requireOther({ versionOf, sessionId }: NewTurn): void {
    if (versionOf === undefined) return;
    const isThere = this.turnsOf(sessionId).some(({ requestId }) => requestId === versionOf);
    if (!isThere) throw runNotFound(versionOf);
  }

  /** Chooses a turn that has ended, unless its session is deleted. */
  chooseEnded(turn: SketchTurn): void {
    if (this.sessionOf(turn.sessionId)?.deleted !== true) this.choosePath(turn);
  }

  requireRoom(turn: NewTurn): void {
    const live = this.liveTurns(turn.sessionId);
    if (live.length === 0) return;
    if (turn.concurrency === "reject") throw sessionBusy(turn.sessionId);
    const queued = live.filter(({ state }) => state === "queued").length;
    if (queued >= turn.queueLimit) throw queueFull(turn);
  }

  supersede(sessionId: string): void {
    for (const turn of this.liveTurns(sessionId)) turn.stopRequested = true;
  }

  mayRun(turn: SketchTurn): boolean {
    return this.liveTurns(turn.sessionId).every((other) => other.number >= turn.number);
  }

  requireHeld(requestId: string, replica: string): SketchTurn {
    const turn = this.shelf.turns.find((each) => each.requestId === requestId);
    if (turn === undefined || !this.isHeld(turn, replica)) throw claimLost(requestId, replica);
    return turn;
  }

  requireEndable({ requestId, replica, state }: TurnEnd): SketchTurn {
    const turn = this.requireHeld(requestId, replica);
    if (turn.state === "queued" && state === "complete") throw claimLost(requestId, replica);
    return turn;
  }

  isHeld(turn: SketchTurn, replica: string): boolean {
    return turn.replica === replica && this.isLive(turn);
  }

  heldTurns(replica: string): SketchTurn[] {
    return this.shelf.turns.filter((turn) => this.isHeld(turn, replica));
  }

  /** The turns whose claims are renewed for a replica. */
  renewable(replica: string): SketchTurn[] {
    return this.heldTurns(replica);
  }

  adds({ state }: TurnEnd): boolean {
    return state === "complete" || state === "stopped";
  }

  finish(turn: SketchTurn, { state, answer, error }: SketchEnd): void {
    turn.state = state;
    turn.answer = answer === undefined ? undefined : this.toValue(answer);
    turn.error = error === undefined ? undefined : { ...error };
    turn.endedAt = this.useSession(turn.sessionId, undefined).updatedAt;
    turn.endedMoment = this.moment();
    this.removeChunks(turn);
  }

  removeChunks({ requestId }: SketchTurn): void {
    this.shelf.chunks = this.shelf.chunks.filter((chunk) => chunk.requestId !== requestId);
  }

  /** The turns whose claim has lapsed, of a session or of all. */
  lapsedTurns(sessionId: string | undefined): SketchTurn[] {
    return this.shelf.turns.filter(
      (turn) =>
        !this.hasEnded(turn) &&
        !this.isLive(turn) &&
        (sessionId === undefined || turn.sessionId === sessionId),
    );
  }

  interruptAll(turns: readonly SketchTurn[]): void {
    for (const turn of turns) {
      const answer = this.toPart(this.chunksOf(turn.requestId));
      const { requestId, replica } = turn;
      this.finish(turn, { requestId, replica, state: "interrupted", answer, error: undefined });
    }
  }

  toPart(chunks: readonly TurnChunk[]): Message | undefined {
    return toPart(chunks);
  }

  takesChunk(replica: string, { requestId, number }: TurnChunk): boolean {
    const turn = this.shelf.turns.find((each) => each.requestId === requestId);
    if (turn === undefined || !this.isHeld(turn, replica)) return false;
    return this.chunksOf(requestId).every((kept) => kept.number !== number);
  }

  chunksOf(requestId: string): TurnChunk[] {
    return this.shelf.chunks
      .filter((chunk) => chunk.requestId === requestId)
      .toSorted((one, other) => one.number - other.number);
  }

  /** The turn, where it is the user's. */
  findTurn(requestId: string, userId: string | undefined): SketchTurn | undefined {
    const turn = this.shelf.turns.find((each) => each.requestId === requestId);
    if (turn === undefined) return undefined;
    const session = this.findSession(turn.sessionId, userId);
    return session === undefined || this.isHidden(session) ? undefined : turn;
  }

  isOlderThan({ endedMoment }: SketchTurn, milliseconds: number): boolean {
    return endedMoment !== undefined && this.moment() - endedMoment > milliseconds;
  }

  /** The session as a turn begins or ends in it. */
  useSession(
    sessionId: string,
    userId: string | undefined,
    question?: NewTurn["question"],
  ): SketchSession {
    const updatedAt = this.turnTime(sessionId);
    const session = this.sessionOf(sessionId);
    if (session !== undefined) return Object.assign(session, { updatedAt });
    const made: SketchSession = {
      sessionId,
      userId,
      title: question && this.toTitle(question.content),
      turns: 0,
      createdAt: updatedAt,
      updatedAt,
      deleted: false,
      head: 0,
    };
    this.shelf.sessions.push(made);
    return made;
  }

  /** When a turn begins or ends: now, and not before anything else of its session. */
  turnTime(sessionId: string): string {
    const now = this.clock();
    const newest = this.newestTime(sessionId) ?? now;
    return newest > now ? newest : now;
  }

  toTurn(turn: NewTurn, session: SketchSession): SketchTurn {
    const isFree = this.liveTurns(turn.sessionId).length === 0;
    const parent = this.parentFor(turn, session.head);
    session.turns += 1;
    if (turn.versionOf === undefined && parent === session.head) session.head = session.turns;
    return {
      requestId: turn.requestId,
      sessionId: turn.sessionId,
      number: session.turns,
      parent,
      retryOf: turn.retryOf,
      replica: turn.replica,
      question: this.toValue(turn.question),
      arguments: structuredClone(turn.arguments),
      createdAt: session.updatedAt,
      bodyHash: turn.idempotency?.bodyHash,
      key: turn.idempotency?.key,
      state: isFree ? "running" : "queued",
      claimedUntil: this.moment() + turn.claimTime,
      stopRequested: false,
      answer: undefined,
      error: undefined,
      feedback: undefined,
      endedAt: undefined,
      endedMoment: undefined,
    };
  }
}

/** A fixture whose stores are sketches of the given class. */
export function sketchFixture(Sketch: typeof SketchStore = SketchStore): StoreFixture {
  const shelf = new Shelf();
  return {
    open: async ({ clock = localTime } = {}) => new Sketch(shelf, clock),
    async addRecord({ message, ...record }) {
      const value = JSON.stringify(message);
      shelf.rows.push({ ...record, value, deleted: false, deletedWithSession: false });
    },
    async markDeleted(recordId) {
      for (const row of shelf.rows) if (row.id === recordId) row.deleted = true;
    },
    async refuseKey(messageKey) {
      shelf.refusedKeys.add(messageKey);
    },
  };
}

function toRequestId({ requestId }: SketchTurn): string {
  return requestId;
}

function isAsked({ stopRequested }: SketchTurn): boolean {
  return stopRequested;
}
