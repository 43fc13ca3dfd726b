import { recordId } from "../record-id.ts";
import { nextTimes } from "../record-time.ts";
import type { SessionChange, SessionInfo } from "../session-index.ts";
import { toTitle } from "../session-title.ts";
import type { SessionRecord, TurnMessages } from "../session-store.ts";
import type { NewTurn, TurnEnd } from "../turn-store.ts";
import { TurnEntry } from "./turn-entry.ts";

type Cursor = Pick<SessionRecord, "updatedAt" | "id">;

/** The present: as records have it, and in milliseconds of `performance.now()`. */
export interface Now {
  readonly time: string;
  readonly moment: number;
}

/** A session in memory. */
export class SessionEntry {
  readonly #sessionId: string;
  readonly #records: SessionRecord[] = [];
  readonly #recordsOfKeys = new Map<string, SessionRecord[]>();
  /** By number. */
  readonly #turns: TurnEntry<SessionEntry>[] = [];
  /** Those that have not ended, by number. */
  readonly #unended = new Set<TurnEntry<SessionEntry>>();
  /** Of the newest record, or the beginning or end of a turn where that was later. */
  #newestTime: string | undefined;
  /** Undefined until a turn has begun. */
  #info: Omit<SessionInfo, "sessionId" | "turns"> | undefined;

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  get isDeleted(): boolean {
    return this.#info?.deleted === true;
  }

  /** Whether a turn has begun in it. */
  get hasBegun(): boolean {
    return this.#info !== undefined;
  }

  /** The live turns, by number. */
  liveTurns(moment: number): TurnEntry<SessionEntry>[] {
    return [...this.#unended].filter((turn) => turn.isLive(moment));
  }

  isOf(userId: string | undefined): boolean {
    return this.#info !== undefined && this.#info.userId === userId;
  }

  /** What is known of a session in which a turn has begun. */
  toInfo(): SessionInfo | undefined {
    if (this.#info === undefined) return undefined;
    return { sessionId: this.#sessionId, turns: this.#turns.length, ...this.#info };
  }

  change({ title, deleted }: SessionChange, moment: number): void {
    if (this.#info === undefined) return;
    this.#info = {
      ...this.#info,
      ...(title === undefined ? {} : { title: title ?? undefined }),
      ...(deleted === undefined ? {} : { deleted }),
    };
    if (deleted === true) for (const turn of this.liveTurns(moment)) turn.askToStop();
  }

  /** Leaves the records of a run out of everything that is read. */
  forget(requestId: string): void {
    for (const records of [this.#records, ...this.#recordsOfKeys.values()]) {
      const others = records.filter((record) => record.requestId !== requestId);
      records.length = 0;
      for (const record of others) records.push(record);
    }
  }

  /** The newest records under a key, oldest first. */
  history(messageKey: string, limit: number): SessionRecord[] {
    if (this.isDeleted) return [];
    const records = this.#recordsOfKeys.get(messageKey) ?? [];
    return records.slice(Math.max(0, records.length - limit));
  }

  /** The newest records, newest first. */
  messages(
    messageKey: string | undefined,
    before: Cursor | undefined,
    limit: number,
  ): SessionRecord[] {
    const records =
      messageKey === undefined ? this.#records : (this.#recordsOfKeys.get(messageKey) ?? []);
    const end =
      before === undefined
        ? records.length
        : records.findLastIndex((record) => isOlder(record, before)) + 1;
    return records.slice(Math.max(0, end - limit), end).toReversed();
  }

  add(
    time: string,
    requestId: string,
    messages: TurnMessages["messages"],
  ): readonly SessionRecord[] {
    const sessionId = this.#sessionId;
    const times = nextTimes(time, this.#newestTime, messages.length);
    const added = messages.map(({ messageKey, message }, index): SessionRecord => {
      const createdAt = times[index] ?? time;
      const id = recordId(createdAt);
      return { id, sessionId, requestId, messageKey, message, createdAt, updatedAt: createdAt };
    });
    for (const record of added) {
      this.#records.push(record);
      const records = this.#recordsOfKeys.get(record.messageKey);
      if (records === undefined) this.#recordsOfKeys.set(record.messageKey, [record]);
      else records.push(record);
      this.#newestTime = record.updatedAt;
    }
    return added;
  }

  /** The turns with a lower number than `before`, newest first. */
  turns(before: number | undefined, limit: number): TurnEntry<SessionEntry>[] {
    const end = Math.min(this.#turns.length, (before ?? Infinity) - 1);
    return this.#turns.slice(Math.max(0, end - limit), Math.max(0, end)).toReversed();
  }

  begin({ time, moment }: Now, turn: NewTurn): TurnEntry<SessionEntry> {
    const createdAt = this.#touch(time, turn);
    const state = this.liveTurns(moment).length > 0 ? "queued" : "running";
    const number = this.#turns.length + 1;
    const entry = new TurnEntry(this, turn, { number, state, createdAt }, moment);
    this.#turns.push(entry);
    this.#unended.add(entry);
    return entry;
  }

  end(
    { time, moment }: Now,
    turn: TurnEntry<SessionEntry>,
    end: TurnEnd,
  ): readonly SessionRecord[] {
    const adds = end.state === "complete" || end.state === "stopped";
    const added = adds ? this.add(time, turn.requestId, end.messages) : [];
    turn.end(end, this.#touch(time), moment);
    this.#unended.delete(turn);
    return added;
  }

  /** Interrupts the turns whose claim has lapsed; the answer is those. */
  interruptLapsed({ time, moment }: Now): TurnEntry<SessionEntry>[] {
    const lapsed = [...this.#unended].filter((turn) => !turn.isLive(moment));
    for (const turn of lapsed) {
      turn.interrupt(this.#touch(time), moment);
      this.#unended.delete(turn);
    }
    return lapsed;
  }

  /** Notes that a turn begins or ends; the answer is when, which is not before anything else. */
  #touch(time: string, first?: NewTurn): string {
    const last = this.#newestTime ?? time;
    const updatedAt = last > time ? last : time;
    this.#newestTime = updatedAt;
    const info = this.#info ?? {
      userId: first?.userId,
      title: first && toTitle(first.question),
      createdAt: updatedAt,
      deleted: false,
    };
    this.#info = { ...info, updatedAt };
    return updatedAt;
  }
}

function isOlder(record: Cursor, other: Cursor): boolean {
  return (
    record.updatedAt < other.updatedAt ||
    (record.updatedAt === other.updatedAt && record.id < other.id)
  );
}
