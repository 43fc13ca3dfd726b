import { toPart } from "../turn-part.ts";
import type { NewTurn, TurnChunk, TurnEnd, TurnFeedback, TurnRecord } from "../turn-store.ts";

/** What a turn knows of itself; its place in the tree is its session's to tell. */
export type OwnRecord = Omit<TurnRecord, "parent" | "chosen" | "versions">;

/** A turn in memory, and the session it is in. Moments are milliseconds of `performance.now()`. */
export class TurnEntry<Session> {
  readonly session: Session;
  readonly replica: string;
  readonly #chunks = new Map<number, TurnChunk>();
  #record: OwnRecord;
  #claimedUntil: number;
  #endedAt: number | undefined;

  constructor(
    session: Session,
    turn: NewTurn,
    state: Pick<TurnRecord, "number" | "state" | "createdAt">,
    moment: number,
  ) {
    this.session = session;
    this.replica = turn.replica;
    this.#claimedUntil = moment + turn.claimTime;
    this.#record = {
      ...state,
      requestId: turn.requestId,
      sessionId: turn.sessionId,
      retryOf: turn.retryOf,
      question: turn.question,
      arguments: turn.arguments,
      answer: undefined,
      error: undefined,
      feedback: undefined,
      stopRequested: false,
      bodyHash: turn.idempotency?.bodyHash,
      endedAt: undefined,
    };
  }

  get requestId(): string {
    return this.#record.requestId;
  }

  get sessionId(): string {
    return this.#record.sessionId;
  }

  get number(): number {
    return this.#record.number;
  }

  get hasEnded(): boolean {
    return this.#endedAt !== undefined;
  }

  get state(): TurnRecord["state"] {
    return this.#record.state;
  }

  get stopRequested(): boolean {
    return this.#record.stopRequested;
  }

  get bodyHash(): string | undefined {
    return this.#record.bodyHash;
  }

  /** Whether it is queued or running, and its replica's claim holds. */
  isLive(moment: number): boolean {
    return this.#endedAt === undefined && this.#claimedUntil > moment;
  }

  endedBefore(moment: number): boolean {
    return this.#endedAt !== undefined && this.#endedAt < moment;
  }

  /** A copy of its bookkeeping. */
  toRecord(): OwnRecord {
    return { ...this.#record };
  }

  judge(feedback: TurnFeedback | undefined): void {
    this.#record = { ...this.#record, feedback: feedback && { ...feedback } };
  }

  claimUntil(moment: number): void {
    this.#claimedUntil = moment;
  }

  run(): void {
    this.#record = { ...this.#record, state: "running" };
  }

  askToStop(): void {
    this.#record = { ...this.#record, stopRequested: true };
  }

  keepChunk(chunk: TurnChunk): void {
    if (!this.#chunks.has(chunk.number)) this.#chunks.set(chunk.number, chunk);
  }

  /** The chunks from a number on, in order. */
  chunks(from: number): TurnChunk[] {
    return [...this.#chunks.values()]
      .filter(({ number }) => number >= from)
      .toSorted((one, other) => one.number - other.number);
  }

  end(
    { state, answer, error }: Pick<TurnEnd, "state" | "answer" | "error">,
    time: string,
    moment: number,
  ): void {
    this.#record = {
      ...this.#record,
      state,
      answer,
      error: error === undefined ? undefined : { ...error },
      endedAt: time,
    };
    this.#chunks.clear();
    this.#endedAt = moment;
  }

  interrupt(time: string, moment: number): void {
    const answer = toPart(this.chunks(0));
    this.end({ state: "interrupted", answer, error: undefined }, time, moment);
  }
}
