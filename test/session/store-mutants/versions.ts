import type { HistoryQuery, SessionRecord } from "../../../src/session/session-store.ts";
import type {
  NewTurn,
  TurnFeedback,
  TurnRecord,
  TurnsQuery,
} from "../../../src/session/turn-store.ts";
import {
  type SketchRow,
  type SketchSession,
  SketchStore,
  type SketchTurn,
} from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

const takesPlace =
  "a version that is complete takes the place of the other and of what follows that one";
const leaves = "a version that ends without having said anything leaves the other one chosen";
const reads = "a version reads what came before it, while others read the chosen path";
const selects = "a turn that is selected brings its path back, with the newest that follows it";
const others = "what another writer adds goes with the turn that it came behind";
const byUser =
  "a turn is selected by its session's user, while none is live, and then stays as it is";
const isKept = "what is thought of an answer is kept, replaced and taken back";

/** Versions that are mixed up, and lost. */
export const versionMutants: readonly StoreMutant[] = [
  {
    fault: "shows all versions of a turn one after another",
    caughtBy: takesPlace,
    Store: class extends SketchStore {
      override choosePath(turn: SketchTurn): void {
        super.choosePath(turn);
        for (const row of this.shelf.rows) row.aside = false;
      }
    },
  },
  {
    fault: "hides the other version, and not what follows it",
    caughtBy: takesPlace,
    Store: class extends SketchStore {
      override choosePath(turn: SketchTurn): void {
        super.choosePath(turn);
        const siblings = this.turnsOf(turn.sessionId).filter(
          (other) => other.parent === turn.parent,
        );
        for (const row of this.shelf.rows) {
          row.aside &&= siblings.some(({ number }) => number === row.turn);
        }
      }
    },
  },
  {
    fault: "changes the times of records that it hides",
    caughtBy: takesPlace,
    Store: class extends SketchStore {
      override choosePath(turn: SketchTurn): void {
        super.choosePath(turn);
        for (const row of this.shelf.rows) {
          if (row.aside === true) Object.assign(row, { updatedAt: this.clock() });
        }
      }
    },
  },
  {
    fault: "hides the other version when the new one begins",
    caughtBy: takesPlace,
    Store: class extends SketchStore {
      override toTurn(turn: NewTurn, session: SketchSession): SketchTurn {
        for (const row of this.shelf.rows) row.aside ||= row.requestId === turn.versionOf;
        return super.toTurn(turn, session);
      }
    },
  },
  {
    fault: "has no versions of a session's first turn",
    caughtBy: "the first turn has versions, too, and a version has others",
    Store: class extends SketchStore {
      override parentFor(turn: NewTurn, head: number): number {
        const parent = super.parentFor(turn, head);
        return turn.versionOf !== undefined && parent === 0 ? 1 : parent;
      }
    },
  },
  {
    fault: "tells of two versions at the most",
    caughtBy: "the first turn has versions, too, and a version has others",
    Store: class extends SketchStore {
      override versionsOf(turn: SketchTurn): readonly string[] {
        return super.versionsOf(turn).slice(0, 2);
      }
    },
  },
  {
    fault: "chooses a version however it ends",
    caughtBy: leaves,
    Store: class extends SketchStore {
      override becomesChosen(): boolean {
        return true;
      }
    },
  },
  {
    fault: "chooses a version that was stopped before it said anything",
    caughtBy: leaves,
    Store: class extends SketchStore {
      override becomesChosen({ state }: { readonly state: string }): boolean {
        return state === "complete" || state === "stopped";
      }
    },
  },
  {
    fault: "shows what a version adds that is not chosen",
    caughtBy: leaves,
    Store: class extends SketchStore {
      override async endTurn(
        end: Parameters<SketchStore["endTurn"]>[0],
      ): Promise<readonly SessionRecord[]> {
        const records = await super.endTurn(end);
        for (const row of this.shelf.rows) row.aside &&= row.requestId !== end.requestId;
        return records;
      }
    },
  },
  {
    fault: "chooses complete versions alone",
    caughtBy: "a version that was stopped after it had said something is chosen",
    Store: class extends SketchStore {
      override becomesChosen({ state }: { readonly state: string }): boolean {
        return state === "complete";
      }
    },
  },
  {
    fault: "lets a version read the one that it is another of",
    caughtBy: reads,
    Store: class extends SketchStore {
      override async getHistory({ requestId: _requestId, ...query }: HistoryQuery) {
        return super.getHistory(query);
      }
    },
  },
  {
    fault: "lets a version read nothing",
    caughtBy: reads,
    Store: class extends SketchStore {
      override historyOf(): SessionRecord[] {
        return [];
      }
    },
  },
  {
    fault: "lets a version read what is chosen alone",
    caughtBy: reads,
    Store: class extends SketchStore {
      override historyOf(path: ReadonlySet<number>, query: HistoryQuery): SessionRecord[] {
        const chosen = this.chosenPath(query.sessionId);
        return super.historyOf(new Set([...path].filter((each) => chosen.has(each))), query);
      }
    },
  },
  {
    fault: "selects a turn without what follows it",
    caughtBy: selects,
    Store: class extends SketchStore {
      override newestEnd({ number }: SketchTurn): number {
        return number;
      }
    },
  },
  {
    fault: "selects the oldest that follows a turn",
    caughtBy: selects,
    Store: class extends SketchStore {
      override newestEnd({ sessionId, number }: SketchTurn): number {
        const next = this.turnsOf(sessionId).find((turn) => turn.parent === number);
        return next === undefined ? number : this.newestEnd(next);
      }
    },
  },
  {
    fault: "moves on along the path of a turn that is chosen already",
    caughtBy: selects,
    Store: class extends SketchStore {
      override async selectTurn(
        requestId: string,
        userId: string | undefined,
      ): Promise<TurnRecord | undefined> {
        const turn = this.findTurn(requestId, userId);
        const record = await super.selectTurn(requestId, userId);
        if (turn !== undefined) this.choosePath(turn);
        return record;
      }
    },
  },
  {
    fault: "takes a selection for a use of the session",
    caughtBy:
      "a version moves nothing in the list of sessions until it ends, and selecting nothing at all",
    Store: class extends SketchStore {
      override async selectTurn(
        requestId: string,
        userId: string | undefined,
      ): Promise<TurnRecord | undefined> {
        const record = await super.selectTurn(requestId, userId);
        if (record !== undefined) this.useSession(record.sessionId, userId);
        return record;
      }
    },
  },
  {
    fault: "shows records again that others had marked as deleted",
    caughtBy: "records that others have marked as deleted stay so, whichever version is chosen",
    Store: class extends SketchStore {
      override choosePath(turn: SketchTurn): void {
        super.choosePath(turn);
        for (const row of this.shelf.rows) row.deleted = false;
      }
    },
  },
  {
    fault: "never hides what others have written",
    caughtBy: others,
    Store: class extends SketchStore {
      override lastEnded(): number {
        return 0;
      }
    },
  },
  {
    fault: "loses what others have written behind another version",
    caughtBy: others,
    Store: class extends SketchStore {
      override lastEnded(row: SketchRow): number {
        return super.lastEnded(row) === 0 ? 0 : Number.NaN;
      }
    },
  },
  {
    fault: "selects a turn of another user",
    caughtBy: byUser,
    Store: class extends SketchStore {
      override async selectTurn(requestId: string): Promise<TurnRecord | undefined> {
        const turn = this.shelf.turns.find((each) => each.requestId === requestId);
        const session = this.sessionOf(turn?.sessionId ?? "");
        return super.selectTurn(requestId, session?.userId);
      }
    },
  },
  {
    fault: "selects a turn while another runs",
    caughtBy: byUser,
    Store: class extends SketchStore {
      override requireIdle(): void {}
    },
  },
  {
    fault: "makes a version of whatever is named",
    caughtBy: "a version of a turn that the session has not is refused, and nothing is written",
    Store: class extends SketchStore {
      override requireOther(): void {}
    },
  },
  {
    fault: "lets what is asked for behind a version follow the other one",
    caughtBy: "what is asked for behind a version follows that one, also where it fails",
    Store: class extends SketchStore {
      override parentFor(turn: NewTurn, head: number): number {
        return turn.versionOf === undefined ? head : super.parentFor(turn, head);
      }
    },
  },
  {
    fault: "shows all turns",
    caughtBy:
      "the turns that are shown are those of the path to what is live, else of the chosen one",
    Store: class extends SketchStore {
      override async getTurns(query: TurnsQuery): Promise<readonly TurnRecord[] | undefined> {
        return super.getTurns({ ...query, shown: false });
      }
    },
  },
  {
    fault: "shows the chosen path while a version is made",
    caughtBy:
      "the turns that are shown are those of the path to what is live, else of the chosen one",
    Store: class extends SketchStore {
      override shownPath(sessionId: string): ReadonlySet<number> {
        return this.chosenPath(sessionId);
      }
    },
  },
  {
    fault: "chooses a version that ends in a deleted session",
    caughtBy: "restoring a session brings back its chosen path alone",
    Store: class extends SketchStore {
      override chooseEnded(turn: SketchTurn): void {
        this.choosePath(turn);
      }
    },
  },
  {
    fault: "restores all versions with a session",
    caughtBy: "restoring a session brings back its chosen path alone",
    Store: class extends SketchStore {
      override restoreSession(session: SketchSession): void {
        super.restoreSession(session);
        for (const row of this.rowsOf(session)) row.aside = false;
      }
    },
  },
  {
    fault: "cuts a comment short",
    caughtBy: isKept,
    Store: class extends SketchStore {
      override async setFeedback(
        requestId: string,
        userId: string | undefined,
        feedback: TurnFeedback | undefined,
      ): Promise<TurnRecord | undefined> {
        const comment = feedback?.comment?.slice(0, 255);
        return super.setFeedback(requestId, userId, feedback && { ...feedback, comment });
      }
    },
  },
  {
    fault: "keeps the comment when the feedback is replaced",
    caughtBy: isKept,
    Store: class extends SketchStore {
      override async setFeedback(
        requestId: string,
        userId: string | undefined,
        feedback: TurnFeedback | undefined,
      ): Promise<TurnRecord | undefined> {
        const before = this.findTurn(requestId, userId)?.feedback?.comment;
        const comment = feedback?.comment ?? before;
        return super.setFeedback(requestId, userId, feedback && { ...feedback, comment });
      }
    },
  },
  {
    fault: "never takes feedback back",
    caughtBy: isKept,
    Store: class extends SketchStore {
      override async setFeedback(
        requestId: string,
        userId: string | undefined,
        feedback: TurnFeedback | undefined,
      ): Promise<TurnRecord | undefined> {
        return feedback === undefined
          ? this.getTurn(requestId, userId)
          : super.setFeedback(requestId, userId, feedback);
      }
    },
  },
  {
    fault: "forgets feedback when it is closed",
    caughtBy:
      "what one store does with versions another sees at once, and so does one that is opened later",
    Store: class extends SketchStore {
      readonly #feedback = new Map<string, TurnFeedback | undefined>();
      override async setFeedback(
        requestId: string,
        userId: string | undefined,
        feedback: TurnFeedback | undefined,
      ): Promise<TurnRecord | undefined> {
        this.#feedback.set(requestId, feedback);
        return this.getTurn(requestId, userId);
      }
      override toTurnRecord(turn: SketchTurn): TurnRecord {
        return { ...super.toTurnRecord(turn), feedback: this.#feedback.get(turn.requestId) };
      }
    },
  },
];
