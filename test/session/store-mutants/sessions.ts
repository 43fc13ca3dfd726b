import type {
  SessionChange,
  SessionInfo,
  SessionsQuery,
} from "../../../src/session/session-index.ts";
import type { NewTurn, TurnRecord } from "../../../src/session/turn-store.ts";
import { type SketchSession, SketchStore, type SketchTurn } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

/** Sessions of which something wrong is known. */
export const sessionMutants: readonly StoreMutant[] = [
  {
    fault: "counts the turns of a session that have ended",
    caughtBy: "a session is there once a turn has begun in it, and counts its turns",
    Store: class extends SketchStore {
      override toInfo(session: SketchSession): SessionInfo {
        const turns = this.shelf.turns.filter((turn) => this.hasEnded(turn)).length;
        return { ...super.toInfo(session), turns };
      }
    },
  },
  {
    fault: "counts the complete turns of a session",
    caughtBy: "a session is there once a turn has begun in it, and counts its turns",
    Store: class extends SketchStore {
      override finish(turn: SketchTurn, end: Parameters<SketchStore["finish"]>[1]): void {
        super.finish(turn, end);
        const session = this.sessionOf(turn.sessionId);
        if (session !== undefined && end.state !== "complete") session.turns -= 1;
      }
    },
  },
  {
    fault: "has a title for a session that was given none",
    caughtBy: "a session is called by its first question until it is called otherwise",
    Store: class extends SketchStore {
      override toInfo(session: SketchSession): SessionInfo {
        return { ...super.toInfo(session), title: session.title ?? "" };
      }
    },
  },
  {
    fault: "has not used a session where a turn ended",
    caughtBy: "a session was last used when a turn last began or ended in it",
    Store: class extends SketchStore {
      override finish(turn: SketchTurn, end: Parameters<SketchStore["finish"]>[1]): void {
        const session = this.sessionOf(turn.sessionId);
        const before = session?.updatedAt ?? "";
        super.finish(turn, end);
        if (session !== undefined) session.updatedAt = before;
      }
    },
  },
  {
    fault: "has used a session whose title is changed",
    caughtBy: "a session was last used when a turn last began or ended in it",
    Store: class extends SketchStore {
      override changeTitle(session: SketchSession, change: SessionChange): void {
        super.changeTitle(session, change);
        session.updatedAt = this.turnTime(session.sessionId);
      }
    },
  },
  {
    fault: "has used a session in which a turn is claimed",
    caughtBy: "a session was last used when a turn last began or ended in it",
    Store: class extends SketchStore {
      override mayRun(turn: SketchTurn): boolean {
        this.useSession(turn.sessionId, undefined);
        return super.mayRun(turn);
      }
    },
  },
  {
    fault: "has a session begin with its last turn",
    caughtBy: "a session was last used when a turn last began or ended in it",
    Store: class extends SketchStore {
      override useSession(sessionId: string, userId: string | undefined): SketchSession {
        const session = super.useSession(sessionId, userId);
        session.createdAt = session.updatedAt;
        return session;
      }
    },
  },
  {
    fault: "lists sessions in the order they began",
    caughtBy: "sessions are listed from the most recently used back, in pages",
    Store: class extends SketchStore {
      override compareSessions(one: SketchSession, other: SketchSession): number {
        return one.createdAt < other.createdAt ? 1 : -1;
      }
    },
  },
  {
    fault: "lists the least recently used sessions first",
    caughtBy: "sessions are listed from the most recently used back, in pages",
    Store: class extends SketchStore {
      override compareSessions(one: SketchSession, other: SketchSession): number {
        return super.compareSessions(other, one);
      }
    },
  },
  {
    fault: "lists a session too many",
    caughtBy: "sessions are listed from the most recently used back, in pages",
    Store: class extends SketchStore {
      override async listSessions(query: SessionsQuery): Promise<readonly SessionInfo[]> {
        return super.listSessions({ ...query, limit: query.limit + 1 });
      }
    },
  },
  {
    fault: "skips the sessions of the cursor's time",
    caughtBy: "a page of sessions repeats and skips nothing where many were used at one time",
    Store: class extends SketchStore {
      override isAfter(
        session: SketchSession,
        before: NonNullable<SessionsQuery["before"]>,
      ): boolean {
        return session.updatedAt < before.updatedAt;
      }
    },
  },
  {
    fault: "repeats the sessions of the cursor's time",
    caughtBy: "a page of sessions repeats and skips nothing where many were used at one time",
    Store: class extends SketchStore {
      override isAfter(
        session: SketchSession,
        before: NonNullable<SessionsQuery["before"]>,
      ): boolean {
        return (
          (session.sessionId !== before.sessionId && super.isAfter(session, before)) ||
          (session.updatedAt === before.updatedAt && session.sessionId > before.sessionId)
        );
      }
    },
  },
  {
    fault: "orders sessions by one collation and pages them by another",
    caughtBy: "a page of sessions repeats and skips nothing where many were used at one time",
    Store: class extends SketchStore {
      override compareSessions(one: SketchSession, other: SketchSession): number {
        const order = super.compareSessions(one, other);
        return one.updatedAt === other.updatedAt
          ? other.sessionId.localeCompare(one.sessionId)
          : order;
      }
    },
  },
  {
    fault: "begins a page where the cursor's session stands now",
    caughtBy: "a page of sessions begins behind its cursor, also where that session has moved on",
    Store: class extends SketchStore {
      override isAfter(
        session: SketchSession,
        { sessionId, updatedAt }: NonNullable<SessionsQuery["before"]>,
      ): boolean {
        return super.isAfter(session, this.sessionOf(sessionId) ?? { sessionId, updatedAt });
      }
    },
  },
  {
    fault: "lists deleted sessions beside the others",
    caughtBy: "a page of sessions begins behind its cursor, also where that session has moved on",
    Store: class extends SketchStore {
      override async listSessions(query: SessionsQuery): Promise<readonly SessionInfo[]> {
        const deleted = await super.listSessions({ ...query, deleted: true });
        const others = await super.listSessions({ ...query, deleted: false });
        return query.deleted === undefined ? [...deleted, ...others] : others;
      }
    },
  },
  {
    fault: "cuts titles at 255 UTF-16 units",
    caughtBy: "a title is kept, changed and taken away",
    Store: class extends SketchStore {
      override changeTitle(session: SketchSession, { title }: SessionChange): void {
        super.changeTitle(session, { title: title?.slice(0, 255) ?? title });
      }
    },
  },
  {
    fault: "never takes a title away",
    caughtBy: "a title is kept, changed and taken away",
    Store: class extends SketchStore {
      override changeTitle(session: SketchSession, { title }: SessionChange): void {
        super.changeTitle(session, { title: title ?? undefined });
      }
    },
  },
  {
    fault: "takes the title away with every other change",
    caughtBy: "a title is kept, changed and taken away",
    Store: class extends SketchStore {
      override changeTitle(session: SketchSession, { title }: SessionChange): void {
        super.changeTitle(session, { title: title ?? null });
      }
    },
  },
  {
    fault: "gives the title to every session",
    caughtBy: "a title is kept, changed and taken away",
    Store: class extends SketchStore {
      override changeTitle(_session: SketchSession, change: SessionChange): void {
        for (const session of this.shelf.sessions) super.changeTitle(session, change);
      }
    },
  },
  {
    fault: "writes back a session as it read it a moment before",
    caughtBy: "changes of a session that are made at once are all kept",
    Store: class extends SketchStore {
      override async updateSession(
        sessionId: string,
        userId: string | undefined,
        change: SessionChange,
      ): Promise<SessionInfo | undefined> {
        const before = await this.getSession(sessionId, userId);
        await Promise.resolve();
        return super.updateSession(sessionId, userId, {
          title: before?.title ?? null,
          deleted: before?.deleted,
          ...change,
        });
      }
    },
  },
  {
    fault: "has a session for every record",
    caughtBy:
      "a session that another writer began is there once a turn begins in it, with its messages",
    Store: class extends SketchStore {
      override store(turn: Parameters<SketchStore["store"]>[0]): ReturnType<SketchStore["store"]> {
        this.useSession(turn.sessionId, undefined);
        return super.store(turn);
      }
    },
  },
  {
    fault: "hides what was there before a session's first turn",
    caughtBy:
      "a session that another writer began is there once a turn begins in it, with its messages",
    Store: class extends SketchStore {
      override isDeleted(row: Parameters<SketchStore["isDeleted"]>[0]): boolean {
        const began = this.sessionOf(row.sessionId)?.createdAt ?? "";
        return row.updatedAt < began || super.isDeleted(row);
      }
    },
  },
  {
    fault: "counts the turns of other writers",
    caughtBy:
      "a session that another writer began is there once a turn begins in it, with its messages",
    Store: class extends SketchStore {
      override async beginTurn(
        turn: NewTurn,
      ): Promise<{ readonly turn: TurnRecord; readonly isNew: boolean }> {
        const others = this.sessionOf(turn.sessionId) === undefined ? this.rows().length : 0;
        const begun = await super.beginTurn(turn);
        return { ...begun, turn: { ...begun.turn, number: begun.turn.number + others } };
      }
    },
  },
];
