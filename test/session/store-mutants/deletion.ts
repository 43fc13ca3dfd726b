import { setTimeout } from "node:timers/promises";
import type { SessionChange, SessionInfo } from "../../../src/session/session-index.ts";
import { type SketchSession, SketchStore, type SketchTurn } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

const hidden = "a deleted session is hidden from every reader, and listed as deleted";
const restored = "a restored session is as it was";

/** Sessions that are deleted too little, or too much. */
export const deletionMutants: readonly StoreMutant[] = [
  {
    fault: "still reads a deleted session's history",
    caughtBy: hidden,
    Store: class extends SketchStore {
      override async getHistory(query: Parameters<SketchStore["getHistory"]>[0]) {
        const session = this.sessionOf(query.sessionId);
        if (session?.deleted !== true) return super.getHistory(query);
        this.restoreSession(session);
        const records = await super.getHistory(query);
        this.deleteSession(session);
        return records;
      }
    },
  },
  {
    fault: "still shows a deleted session's messages and turns",
    caughtBy: hidden,
    Store: class extends SketchStore {
      override isHidden(): boolean {
        return false;
      }
    },
  },
  {
    fault: "still shows a turn of a deleted session",
    caughtBy: hidden,
    Store: class extends SketchStore {
      override findTurn(requestId: string, userId: string | undefined): SketchTurn | undefined {
        return this.shelf.turns.find(
          (turn) =>
            turn.requestId === requestId && this.findSession(turn.sessionId, userId) !== undefined,
        );
      }
    },
  },
  {
    fault: "still begins turns in a deleted session",
    caughtBy: hidden,
    Store: class extends SketchStore {
      override requireAllowed(): void {}
    },
  },
  {
    fault: "does not show a deleted session to its owner",
    caughtBy: hidden,
    Store: class extends SketchStore {
      override findSession(
        sessionId: string,
        userId: string | undefined,
      ): SketchSession | undefined {
        const session = super.findSession(sessionId, userId);
        return session?.deleted === true ? undefined : session;
      }
    },
  },
  {
    fault: "deletes the records of every session",
    caughtBy: hidden,
    Store: class extends SketchStore {
      override rowsOf(): ReturnType<SketchStore["rowsOf"]> {
        return this.shelf.rows;
      }
    },
  },
  {
    fault: "deletes a session's records for good",
    caughtBy: restored,
    Store: class extends SketchStore {
      override deleteSession(session: SketchSession): void {
        super.deleteSession(session);
        this.shelf.rows = this.shelf.rows.filter(
          ({ sessionId }) => sessionId !== session.sessionId,
        );
      }
    },
  },
  {
    fault: "restores what it deleted the first time alone",
    caughtBy: restored,
    Store: class extends SketchStore {
      override deleteSession(session: SketchSession): void {
        for (const row of this.rowsOf(session)) if (row.deletedWithSession) row.deleted = true;
        super.deleteSession(session);
      }
    },
  },
  {
    fault: "gives records the time they were restored at",
    caughtBy: restored,
    Store: class extends SketchStore {
      override restoreSession(session: SketchSession): void {
        super.restoreSession(session);
        const updatedAt = this.turnTime(session.sessionId);
        for (const row of this.rowsOf(session)) Object.assign(row, { updatedAt });
      }
    },
  },
  {
    fault: "changes a title or deletes, and not both",
    caughtBy: "a session can be deleted and restored with a title",
    Store: class extends SketchStore {
      override async updateSession(
        sessionId: string,
        userId: string | undefined,
        change: SessionChange,
      ): Promise<SessionInfo | undefined> {
        const { title, ...rest } = change;
        return super.updateSession(sessionId, userId, title === undefined ? rest : { title });
      }
    },
  },
  {
    fault: "restores a session whose title is changed",
    caughtBy: "a session can be deleted and restored with a title",
    Store: class extends SketchStore {
      override async updateSession(
        sessionId: string,
        userId: string | undefined,
        { title, deleted = false }: SessionChange,
      ): Promise<SessionInfo | undefined> {
        return super.updateSession(sessionId, userId, { title, deleted });
      }
    },
  },
  {
    fault: "brings back what was deleted before",
    caughtBy: "restoring a session leaves those records deleted that were so before",
    Store: class extends SketchStore {
      override restoreSession(session: SketchSession): void {
        super.restoreSession(session);
        for (const row of this.rowsOf(session)) row.deleted = false;
      }
    },
  },
  {
    fault: "brings back what was deleted before when the session is deleted twice",
    caughtBy: "restoring a session leaves those records deleted that were so before",
    Store: class extends SketchStore {
      deletions = 0;
      override deleteSession(session: SketchSession): void {
        super.deleteSession(session);
        this.deletions += 1;
        if (this.deletions > 1) for (const row of this.rowsOf(session)) row.deleted = false;
      }
    },
  },
  {
    fault: "lets the turns of a deleted session go on",
    caughtBy:
      "deleting a session asks its live turns to stop, and hides what they store until it is restored",
    Store: class extends SketchStore {
      override deleteSession(session: SketchSession): void {
        session.deleted = true;
        for (const row of this.rowsOf(session)) row.deletedWithSession = true;
      }
    },
  },
  {
    fault: "takes the turns of a deleted session from their replica",
    caughtBy:
      "deleting a session asks its live turns to stop, and hides what they store until it is restored",
    Store: class extends SketchStore {
      override isHeld(turn: SketchTurn, replica: string): boolean {
        return super.isHeld(turn, replica) && !this.isStoredDeleted(turn.sessionId);
      }
    },
  },
  {
    fault: "shows what is stored in a deleted session",
    caughtBy:
      "deleting a session asks its live turns to stop, and hides what they store until it is restored",
    Store: class extends SketchStore {
      override isStoredDeleted(): boolean {
        return false;
      }
    },
  },
  {
    fault: "drops what is stored in a deleted session",
    caughtBy:
      "deleting a session asks its live turns to stop, and hides what they store until it is restored",
    Store: class extends SketchStore {
      override add(rows: Parameters<SketchStore["add"]>[0]): void {
        super.add(rows.filter(({ deletedWithSession }) => !deletedWithSession));
      }
    },
  },
  {
    fault: "looks whether a session is deleted before it waits for its write",
    caughtBy: "a session that is deleted while its turns are stored is hidden and restored whole",
    Store: class extends SketchStore {
      override async updateSession(
        sessionId: string,
        userId: string | undefined,
        change: SessionChange,
      ): Promise<SessionInfo | undefined> {
        const session = this.findSession(sessionId, userId);
        const rows = session === undefined ? [] : this.rowsOf(session);
        await setTimeout(5);
        const info = await super.updateSession(sessionId, userId, change);
        for (const row of this.shelf.rows) row.deletedWithSession &&= rows.includes(row);
        return info;
      }
    },
  },
  {
    fault: "asks turns to stop that have ended when their session is deleted",
    caughtBy: restored,
    Store: class extends SketchStore {
      override deleteSession(session: SketchSession): void {
        super.deleteSession(session);
        for (const turn of this.shelf.turns) turn.stopRequested = true;
      }
    },
  },
];
