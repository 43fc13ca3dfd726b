import { recordId } from "../record-id.ts";
import { nextTimes } from "../record-time.ts";
import type { SessionChange, SessionInfo, StoredRows } from "../session-index.ts";
import { toTitle } from "../session-title.ts";
import type { SessionRecord, TurnMessages } from "../session-store.ts";
import { becomesChosen, type NewTurn, type TurnEnd, type TurnRecord } from "../turn-store.ts";
import { toRowValues } from "./row-values.ts";
import { TurnEntry } from "./turn-entry.ts";
import { VersionTree } from "./version-tree.ts";

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
  readonly #tree = new VersionTree();
  /** The number of the turn that each record belongs to; 0 for one before them all. */
  readonly #places = new Map<SessionRecord, number>();
  /** The records that are not of the chosen path. */
  readonly #aside = new Set<SessionRecord>();
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

  isShownTo(userId: string | undefined): boolean {
    return this.isOf(userId) && !this.isDeleted;
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
      const others = records.filter(
        (record) => record.requestId !== requestId || this.#aside.has(record),
      );
      records.length = 0;
      for (const record of others) records.push(record);
    }
  }

  /** The newest records under a key, oldest first; of the path that a turn follows, if it is aside. */
  history(messageKey: string, limit: number, reader?: TurnEntry<SessionEntry>): SessionRecord[] {
    if (this.isDeleted) return [];
    const all = this.#recordsOfKeys.get(messageKey) ?? [];
    const records =
      reader === undefined || this.#tree.isChosen(reader.number)
        ? this.#chosen(all)
        : this.#ofPath(all, this.#tree.parentOf(reader.number));
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
    return pageOf(this.#chosen(records), before, limit);
  }

  /** The newest records as rows, newest first, also those that are not of the chosen path. */
  rows(before: Cursor | undefined, limit: number): StoredRows {
    const records = pageOf(this.#records, before, limit + 1);
    return toRowValues(records, limit, (record) => this.#aside.has(record));
  }

  add(
    time: string,
    requestId: string,
    messages: TurnMessages["messages"],
    place: number = this.#lastEnded(),
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
      this.#places.set(record, place);
      if (!this.#tree.isChosen(place)) this.#aside.add(record);
      this.#newestTime = record.updatedAt;
    }
    return added;
  }

  /** The turns with a lower number than `before`, newest first; of the path that is shown, or all. */
  turns(before: number | undefined, limit: number, shown?: Now): TurnEntry<SessionEntry>[] {
    const end = Math.min(this.#turns.length, (before ?? Infinity) - 1);
    if (shown === undefined) {
      return this.#turns.slice(Math.max(0, end - limit), Math.max(0, end)).toReversed();
    }
    const last = this.liveTurns(shown.moment).at(-1)?.number;
    const path = this.#tree.pathTo(this.#tree.shownEnd(last, this.#turns.length));
    return this.#turns
      .filter(({ number }) => number <= end && path.has(number))
      .toReversed()
      .slice(0, limit);
  }

  /** What is told of a turn. */
  toRecord(turn: TurnEntry<SessionEntry>): TurnRecord {
    return { ...turn.toRecord(), ...this.#tree.placeOf(turn) };
  }

  /** Makes a turn and the newest that follow it the chosen path. */
  choose({ number }: TurnEntry<SessionEntry>): void {
    if (this.#tree.isChosen(number)) return;
    this.#tree.choose(number, this.#turns.length);
    const path = this.#tree.pathTo(this.#tree.head(this.#turns.length));
    this.#aside.clear();
    for (const [record, place] of this.#places) if (!path.has(place)) this.#aside.add(record);
  }

  /** @param versionOf the turn that it is another version of. */
  begin(
    { time, moment }: Now,
    turn: NewTurn,
    versionOf: TurnEntry<SessionEntry> | undefined,
  ): TurnEntry<SessionEntry> {
    const createdAt = this.#touch(time, turn);
    const live = this.liveTurns(moment);
    const state = live.length > 0 ? "queued" : "running";
    const number = this.#turns.length + 1;
    const entry = new TurnEntry(this, turn, { number, state, createdAt }, moment);
    if (versionOf === undefined) this.#tree.follow(entry, live.at(-1)?.number);
    else this.#tree.addVersion(entry, versionOf);
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
    if (becomesChosen(end) && !this.isDeleted) this.choose(turn);
    const added = adds ? this.add(time, turn.requestId, end.messages, turn.number) : [];
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

  #chosen(records: readonly SessionRecord[]): readonly SessionRecord[] {
    return this.#aside.size === 0 ? records : records.filter((record) => !this.#aside.has(record));
  }

  #ofPath(records: readonly SessionRecord[], end: number): readonly SessionRecord[] {
    const path = this.#tree.pathTo(end);
    return records.filter((record) => path.has(this.#places.get(record) ?? 0));
  }

  /** The last turn of the chosen path before which all have ended, too. */
  #lastEnded(): number {
    const first = [...this.#unended].find(({ number }) => this.#tree.isChosen(number));
    return first === undefined
      ? this.#tree.head(this.#turns.length)
      : this.#tree.parentOf(first.number);
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

/** The newest records before one, newest first. */
function pageOf(
  records: readonly SessionRecord[],
  before: Cursor | undefined,
  limit: number,
): SessionRecord[] {
  const end =
    before === undefined
      ? records.length
      : records.findLastIndex((record) => isOlder(record, before)) + 1;
  return records.slice(Math.max(0, end - limit), end).toReversed();
}

function isOlder(record: Cursor, other: Cursor): boolean {
  return (
    record.updatedAt < other.updatedAt ||
    (record.updatedAt === other.updatedAt && record.id < other.id)
  );
}
