import { Message } from "../../src/message/message.ts";
import type { HistoryQuery, SessionRecord } from "../../src/session/session-store.ts";
import { sessionBusy } from "../../src/session/turn-refusals.ts";
import type { NewTurn, TurnEnd, TurnFeedback, TurnRecord } from "../../src/session/turn-store.ts";
import type { SketchRow, SketchSession, SketchTurn } from "./shelf.ts";
import { SketchSessions } from "./sketch-sessions.ts";

/** How a sketch keeps versions of turns. */
export abstract class SketchVersions extends SketchSessions {
  abstract lapsedTurns(sessionId: string | undefined): SketchTurn[];
  abstract interruptAll(turns: readonly SketchTurn[]): void;
  abstract findTurn(requestId: string, userId: string | undefined): SketchTurn | undefined;

  override async getHistory(query: HistoryQuery): Promise<SessionRecord[]> {
    const reader = this.shelf.turns.find((turn) => turn.requestId === query.requestId);
    if (reader?.sessionId !== query.sessionId || this.isChosen(reader)) {
      return super.getHistory(query);
    }
    return this.historyOf(this.pathTo(query.sessionId, reader.parent), query);
  }

  async selectTurn(requestId: string, userId: string | undefined): Promise<TurnRecord | undefined> {
    this.requireOpen();
    const turn = this.findTurn(requestId, userId);
    if (turn === undefined) return undefined;
    this.requireIdle(turn.sessionId);
    this.interruptAll(this.lapsedTurns(turn.sessionId));
    if (!this.isChosen(turn)) this.choosePath(turn);
    return this.toTurnRecord(turn);
  }

  async setFeedback(
    requestId: string,
    userId: string | undefined,
    feedback: TurnFeedback | undefined,
  ): Promise<TurnRecord | undefined> {
    this.requireOpen();
    const turn = this.findTurn(requestId, userId);
    if (turn === undefined) return undefined;
    turn.feedback = feedback && { ...feedback };
    return this.toTurnRecord(turn);
  }

  toTurnRecord(turn: SketchTurn): TurnRecord {
    const {
      replica: _replica,
      key: _key,
      claimedUntil: _claimed,
      endedMoment: _moment,
      ...rest
    } = turn;
    const { question, answer } = turn;
    return {
      ...rest,
      chosen: this.isChosen(turn),
      versions: this.versionsOf(turn),
      question: Message.fromJSON(JSON.parse(question)),
      answer: answer === undefined ? undefined : Message.fromJSON(JSON.parse(answer)),
    };
  }

  /** What a turn reads that is not on the chosen path. */
  historyOf(
    path: ReadonlySet<number>,
    { sessionId, messageKey, limit }: HistoryQuery,
  ): SessionRecord[] {
    const found = this.rows().filter(
      (row) =>
        row.sessionId === sessionId &&
        row.messageKey === messageKey &&
        !row.deleted &&
        !row.deletedWithSession &&
        path.has(this.turnOf(row)),
    );
    const rows = this.inOrder(found);
    return rows.slice(Math.max(0, rows.length - limit)).map((row) => this.toRecord(row));
  }

  requireIdle(sessionId: string): void {
    if (this.liveTurns(sessionId).length > 0) throw sessionBusy(sessionId);
  }

  override isDeleted(row: SketchRow): boolean {
    return super.isDeleted(row) || row.aside === true;
  }

  /** The number of the turn that a new one follows. */
  parentFor({ sessionId, versionOf }: NewTurn, head: number): number {
    const other = this.shelf.turns.find((turn) => turn.requestId === versionOf);
    if (other !== undefined) return other.parent;
    const last = this.liveTurns(sessionId).at(-1);
    return last === undefined || this.isChosen(last) ? head : this.newestEnd(last);
  }

  isChosen({ sessionId, number }: SketchTurn): boolean {
    return this.chosenPath(sessionId).has(number);
  }

  /** Whether a turn that ends so is chosen. */
  becomesChosen({ state, answer }: Pick<TurnEnd, "state" | "answer">): boolean {
    const hasSaid = answer !== undefined && answer.content !== "";
    return state === "complete" || (state === "stopped" && hasSaid);
  }

  choosePath(turn: SketchTurn): void {
    const { sessionId } = turn;
    const session = this.sessionOf(sessionId);
    if (session === undefined) return;
    for (const row of this.shownRows(session)) row.turn = this.turnOf(row);
    session.head = this.newestEnd(turn);
    const path = this.chosenPath(sessionId);
    for (const row of this.rowsOf(session)) row.aside = !path.has(row.turn ?? 0);
  }

  /** The rows that are of the chosen path. */
  shownRows(session: SketchSession): SketchRow[] {
    return this.rowsOf(session).filter(({ aside }) => aside !== true);
  }

  /** The number of the turn that a row belongs to; 0 for one before all turns. */
  turnOf(row: SketchRow): number {
    if (row.turn !== undefined) return row.turn;
    const own = this.turnsOf(row.sessionId).find((turn) => turn.requestId === row.requestId);
    return own?.number ?? this.lastEnded(row);
  }

  lastEnded({ sessionId, updatedAt }: SketchRow): number {
    const path = this.chosenPath(sessionId);
    const turns = this.turnsOf(sessionId).filter(({ number }) => path.has(number));
    const next = turns.findIndex(({ endedAt }) => endedAt === undefined || endedAt >= updatedAt);
    return (next < 0 ? turns.at(-1) : turns[next - 1])?.number ?? 0;
  }

  versionsOf({ sessionId, parent }: SketchTurn): readonly string[] {
    return this.turnsOf(sessionId)
      .filter((turn) => turn.parent === parent)
      .map(({ requestId }) => requestId);
  }

  /** The turns that are shown of a session: of the path to what is live, else of the chosen one. */
  shownPath(sessionId: string): ReadonlySet<number> {
    const last = this.liveTurns(sessionId).at(-1);
    return last === undefined || this.isChosen(last)
      ? this.chosenPath(sessionId)
      : this.pathTo(sessionId, last.number);
  }

  chosenPath(sessionId: string): ReadonlySet<number> {
    return this.pathTo(sessionId, this.sessionOf(sessionId)?.head ?? 0);
  }

  pathTo(sessionId: string, end: number): ReadonlySet<number> {
    const path = new Set([0]);
    const turns = this.turnsOf(sessionId);
    for (let each = end; each > 0; each = turns[each - 1]?.parent ?? 0) path.add(each);
    return path;
  }

  /** The end of the path from a turn on that goes to the newest each time. */
  newestEnd({ sessionId, number }: SketchTurn): number {
    const next = this.turnsOf(sessionId).findLast((turn) => turn.parent === number);
    return next === undefined ? number : this.newestEnd(next);
  }

  /** The turns of a session, by number. */
  turnsOf(sessionId: string): SketchTurn[] {
    return this.shelf.turns.filter((turn) => turn.sessionId === sessionId);
  }
}
