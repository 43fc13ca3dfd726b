import { TurnkeepError } from "../../src/errors.ts";
import { Message } from "../../src/message/message.ts";
import { recordId } from "../../src/session/record-id.ts";
import { type Clock, nextTimes } from "../../src/session/record-time.ts";
import type { HistoryQuery, SessionRecord, TurnMessages } from "../../src/session/session-store.ts";
import type { Shelf, SketchRow } from "./shelf.ts";

/** How a sketch keeps records. */
export class SketchRecords {
  readonly shelf: Shelf;
  readonly clock: Clock;
  isOpen = true;

  constructor(shelf: Shelf, clock: Clock) {
    this.shelf = shelf;
    this.clock = clock;
  }

  async getHistory({ sessionId, messageKey, limit }: HistoryQuery) {
    this.requireOpen();
    const found = this.rows().filter(
      (row) =>
        this.isSame(row.sessionId, sessionId) &&
        this.isSame(row.messageKey, messageKey) &&
        !this.isDeleted(row),
    );
    return this.choose(this.inOrder(found), limit).map((row) => this.toRecord(row));
  }

  async appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
    this.requireOpen();
    return this.store(turn);
  }

  async check(): Promise<void> {
    this.requireOpen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isOpen = false;
  }

  store(turn: TurnMessages): readonly SessionRecord[] {
    const rows = this.toRows(turn);
    for (const row of rows) this.requireAccepted(row);
    this.add(rows);
    return rows.map((row) => this.toRecord(row));
  }

  requireOpen(): void {
    if (!this.isOpen) throw new TurnkeepError("database_unavailable", "The sketch is closed.");
  }

  requireAccepted({ messageKey }: SketchRow): void {
    if (this.shelf.refusedKeys.has(messageKey)) throw new Error(`${messageKey} is refused`);
  }

  rows(): readonly SketchRow[] {
    return this.shelf.rows;
  }

  add(rows: readonly SketchRow[]): void {
    this.shelf.rows.push(...rows);
  }

  toRows({ sessionId, requestId, messages }: TurnMessages): SketchRow[] {
    const times = this.times(this.newestTime(sessionId), messages.length);
    return messages.map(({ messageKey, message }, index) => {
      const time = times[index] ?? "";
      return {
        id: this.toId(time),
        sessionId,
        requestId,
        messageKey,
        value: this.toValue(message),
        createdAt: time,
        updatedAt: time,
        deleted: false,
        deletedWithSession: false,
      };
    });
  }

  newestTime(sessionId: string): string | undefined {
    const times = this.rows()
      .filter((row) => this.isSame(row.sessionId, sessionId))
      .map(({ updatedAt }) => updatedAt);
    return times.reduce<string | undefined>(
      (newest, time) => (newest === undefined || time > newest ? time : newest),
      undefined,
    );
  }

  times(newest: string | undefined, count: number): string[] {
    return nextTimes(this.clock(), newest, count);
  }

  toId(time: string): string {
    return recordId(time);
  }

  toValue(message: Message): string {
    return JSON.stringify(message);
  }

  toRecord({
    value,
    deleted: _deleted,
    deletedWithSession: _with,
    turn: _turn,
    aside: _aside,
    ...row
  }: SketchRow): SessionRecord {
    return { ...row, message: Message.fromJSON(JSON.parse(value)) };
  }

  isSame(stored: string, wanted: string): boolean {
    return stored === wanted;
  }

  isDeleted(row: SketchRow): boolean {
    return row.deleted || row.deletedWithSession;
  }

  /** The rows of a history, oldest first. */
  inOrder(rows: readonly SketchRow[]): readonly SketchRow[] {
    return rows.toSorted((one, other) => (one.updatedAt < other.updatedAt ? -1 : 1));
  }

  choose(rows: readonly SketchRow[], limit: number): readonly SketchRow[] {
    return rows.slice(Math.max(0, rows.length - limit));
  }
}
