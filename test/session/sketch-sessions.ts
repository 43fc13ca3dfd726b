import type { JSONValue } from "../../src/json.ts";
import type {
  MessagesQuery,
  RowsQuery,
  SessionChange,
  SessionIndex,
  SessionInfo,
  SessionsQuery,
  StoredRows,
} from "../../src/session/session-index.ts";
import type { SessionRecord } from "../../src/session/session-store.ts";
import type { SketchRow, SketchSession, SketchTurn } from "./shelf.ts";
import { SketchRecords } from "./sketch-records.ts";

const columns =
  "id session_id request_id message_key message_value created_at updated_at deleted".split(" ");

/** How a sketch keeps sessions. */
export class SketchSessions extends SketchRecords implements SessionIndex {
  async listSessions({
    userId,
    before,
    limit,
    deleted = false,
    search = "",
  }: SessionsQuery): Promise<readonly SessionInfo[]> {
    this.requireOpen();
    return this.shelf.sessions
      .filter((session) => this.isListed(session, userId) && session.deleted === deleted)
      .toSorted((one, other) => this.compareSessions(one, other))
      .filter((session) => before === undefined || this.isAfter(session, before))
      .filter((session) => search === "" || this.isFound(session, search))
      .slice(0, limit)
      .map((session) => this.toInfo(session));
  }

  toTitle(content: unknown): string | undefined {
    if (typeof content !== "string") return undefined;
    const words = content.split(/[\s\p{Cc}]+/u).filter((word) => word !== "");
    return Array.from(words.join(" ")).slice(0, 80).join("").trim() || undefined;
  }

  isFound({ title = "" }: SketchSession, search: string): boolean {
    return this.fold(title).includes(this.fold(search));
  }

  fold(text: string): string {
    return text.normalize("NFKC").toLowerCase();
  }

  async getSession(
    sessionId: string,
    userId: string | undefined,
  ): Promise<SessionInfo | undefined> {
    this.requireOpen();
    const session = this.findSession(sessionId, userId);
    return session === undefined ? undefined : this.toInfo(session);
  }

  async updateSession(
    sessionId: string,
    userId: string | undefined,
    change: SessionChange,
  ): Promise<SessionInfo | undefined> {
    this.requireOpen();
    const session = this.findSession(sessionId, userId);
    if (session === undefined) return undefined;
    this.changeTitle(session, change);
    if (change.deleted === true) this.deleteSession(session);
    if (change.deleted === false) this.restoreSession(session);
    return this.toInfo(session);
  }

  async getMessages({
    sessionId,
    userId,
    messageKey,
    before,
    limit,
  }: MessagesQuery): Promise<readonly SessionRecord[] | undefined> {
    this.requireOpen();
    const session = this.findSession(sessionId, userId);
    if (session === undefined || this.isHidden(session)) return undefined;
    return this.rows()
      .filter(
        (row) =>
          row.sessionId === sessionId &&
          (messageKey === undefined || row.messageKey === messageKey) &&
          !this.isDeleted(row),
      )
      .toSorted((one, other) => this.compareRows(one, other))
      .filter((row) => before === undefined || this.isOlder(row, before))
      .slice(0, limit)
      .map((row) => this.toRecord(row));
  }

  async getRows({ sessionId, userId, before, limit }: RowsQuery): Promise<StoredRows | undefined> {
    this.requireOpen();
    const session = this.findSession(sessionId, userId);
    if (session === undefined || this.isHidden(session)) return undefined;
    const rows = this.rows()
      .filter((row) => row.sessionId === sessionId)
      .toSorted((one, other) => this.compareRows(one, other))
      .filter((row) => before === undefined || this.isOlder(row, before));
    const shown = rows.slice(0, limit);
    return {
      sql: undefined,
      columns: [...columns],
      rows: shown.map((row) => this.toValues(row)),
      next: rows.length > limit ? shown.at(-1) : undefined,
    };
  }

  toValues(row: SketchRow): JSONValue[] {
    return [
      row.id,
      row.sessionId,
      row.requestId,
      row.messageKey,
      row.value,
      row.createdAt,
      row.updatedAt,
      this.isDeleted(row),
    ];
  }

  toInfo({ head: _head, ...session }: SketchSession): SessionInfo {
    return session;
  }

  changeTitle(session: SketchSession, { title }: SessionChange): void {
    if (title !== undefined) session.title = title ?? undefined;
  }

  deleteSession(session: SketchSession): void {
    session.deleted = true;
    for (const row of this.rowsOf(session)) row.deletedWithSession = true;
    for (const turn of this.liveTurns(session.sessionId)) turn.stopRequested = true;
  }

  restoreSession(session: SketchSession): void {
    session.deleted = false;
    for (const row of this.rowsOf(session)) row.deletedWithSession = false;
  }

  override toRows(turn: Parameters<SketchRecords["toRows"]>[0]): SketchRow[] {
    const deletedWithSession = this.isStoredDeleted(turn.sessionId);
    return super.toRows(turn).map((row) => Object.assign(row, { deletedWithSession }));
  }

  /** The newest time of records and turns. */
  override newestTime(sessionId: string): string | undefined {
    const newest = super.newestTime(sessionId);
    const used = this.sessionOf(sessionId)?.updatedAt;
    return newest === undefined || (used !== undefined && used > newest) ? used : newest;
  }

  isStoredDeleted(sessionId: string): boolean {
    return this.sessionOf(sessionId)?.deleted === true;
  }

  isHidden(session: SketchSession): boolean {
    return session.deleted;
  }

  rowsOf({ sessionId }: SketchSession): SketchRow[] {
    return this.shelf.rows.filter((row) => row.sessionId === sessionId);
  }

  sessionOf(sessionId: string): SketchSession | undefined {
    return this.shelf.sessions.find((session) => session.sessionId === sessionId);
  }

  /** The session, where it is the user's. */
  findSession(sessionId: string, userId: string | undefined): SketchSession | undefined {
    const session = this.sessionOf(sessionId);
    return session !== undefined && this.isOf(session, userId) ? session : undefined;
  }

  isOf(session: SketchSession, userId: string | undefined): boolean {
    return session.userId === userId;
  }

  isListed(session: SketchSession, userId: string | undefined): boolean {
    return this.isOf(session, userId);
  }

  compareSessions(one: SketchSession, other: SketchSession): number {
    if (one.updatedAt !== other.updatedAt) return one.updatedAt > other.updatedAt ? -1 : 1;
    return one.sessionId > other.sessionId ? -1 : 1;
  }

  isAfter(session: SketchSession, before: NonNullable<SessionsQuery["before"]>): boolean {
    return (
      session.updatedAt < before.updatedAt ||
      (session.updatedAt === before.updatedAt && session.sessionId < before.sessionId)
    );
  }

  compareRows(one: SketchRow, other: SketchRow): number {
    if (one.updatedAt !== other.updatedAt) return one.updatedAt > other.updatedAt ? -1 : 1;
    return one.id > other.id ? -1 : 1;
  }

  isOlder(row: SketchRow, before: NonNullable<MessagesQuery["before"]>): boolean {
    return (
      row.updatedAt < before.updatedAt || (row.updatedAt === before.updatedAt && row.id < before.id)
    );
  }

  /** The live turns of a session, by number. */
  liveTurns(sessionId: string): SketchTurn[] {
    return this.shelf.turns.filter((turn) => turn.sessionId === sessionId && this.isLive(turn));
  }

  isLive(turn: SketchTurn): boolean {
    return !this.hasEnded(turn) && turn.claimedUntil > this.moment();
  }

  hasEnded({ endedAt }: SketchTurn): boolean {
    return endedAt !== undefined;
  }

  /** Milliseconds of the clock that claims lapse by. */
  moment(): number {
    return performance.now();
  }
}
