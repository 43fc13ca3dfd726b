import type {
  MessagesQuery,
  SessionChange,
  SessionInfo,
} from "../../../src/session/session-index.ts";
import type { SessionRecord } from "../../../src/session/session-store.ts";
import type { NewTurn, TurnRecord, TurnsQuery } from "../../../src/session/turn-store.ts";
import { type SketchSession, SketchStore, type SketchTurn } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

/** Forms of a user's id under which databases take different users for the same. */
const forms: Readonly<Record<string, (userId: string | undefined) => string | undefined>> = {
  "folds case": (userId) => userId?.toLowerCase(),
  "ignores spaces at the end": (userId) => userId?.trimEnd(),
  "takes no user for the user undefined": String,
  "takes no user for the user null": (userId) => userId ?? "null",
};

/** Stores that show what is another's, on one method each. */
export const ownershipMutants: readonly StoreMutant[] = [
  ...Object.entries(forms).map(([fault, form]): StoreMutant => ({
    fault: `${fault} where it asks for the user`,
    caughtBy: "a session is not shown to another user",
    Store: class extends SketchStore {
      override isOf(session: SketchSession, userId: string | undefined): boolean {
        return form(session.userId) === form(userId);
      }
    },
  })),
  {
    fault: "takes a session of nobody for everybody's",
    caughtBy: "a session is not shown to another user",
    Store: class extends SketchStore {
      override isOf(session: SketchSession, userId: string | undefined): boolean {
        return session.userId === undefined || super.isOf(session, userId);
      }
    },
  },
  {
    fault: "takes a caller without a user for everybody",
    caughtBy: "a session is not shown to another user",
    Store: class extends SketchStore {
      override isOf(session: SketchSession, userId: string | undefined): boolean {
        return userId === undefined || super.isOf(session, userId);
      }
    },
  },
  {
    fault: "finds nothing of a caller without a user, as null equals nothing",
    caughtBy: "a session is not shown to another user",
    Store: class extends SketchStore {
      override isOf(session: SketchSession, userId: string | undefined): boolean {
        return userId !== undefined && super.isOf(session, userId);
      }
    },
  },
  {
    fault: "begins a turn in another user's session",
    caughtBy: "a turn cannot begin in another user's session",
    Store: class extends SketchStore {
      override requireAllowed(): void {}
    },
  },
  {
    fault: "asks another user's turns to stop before it looks whose they are",
    caughtBy: "a turn cannot begin in another user's session",
    Store: class extends SketchStore {
      override requireAllowed(turn: NewTurn): void {
        if (turn.concurrency === "supersede") this.supersede(turn.sessionId);
        super.requireAllowed(turn);
      }
    },
  },
  {
    fault: "tells another user that a session is busy",
    caughtBy: "a turn cannot begin in another user's session",
    Store: class extends SketchStore {
      override requireAllowed(turn: NewTurn): void {
        this.requireRoom(turn);
        super.requireAllowed(turn);
      }
    },
  },
  {
    fault: "shows another user's turn",
    caughtBy: "a turn is not shown to another user",
    Store: class extends SketchStore {
      override async getTurn(requestId: string): Promise<TurnRecord | undefined> {
        const turn = this.shelf.turns.find((each) => each.requestId === requestId);
        return turn === undefined ? undefined : this.toTurnRecord(turn);
      }
    },
  },
  {
    fault: "shows another user's turn for as long as it is live",
    caughtBy: "a turn is not shown to another user",
    Store: class extends SketchStore {
      override async getTurn(
        requestId: string,
        userId: string | undefined,
      ): Promise<TurnRecord | undefined> {
        const turn = this.shelf.turns.find((each) => each.requestId === requestId);
        return turn !== undefined && this.isLive(turn)
          ? this.toTurnRecord(turn)
          : super.getTurn(requestId, userId);
      }
    },
  },
  {
    fault: "shows the turns of another user's session",
    caughtBy: "a session's turns are not shown to another user",
    Store: class extends SketchStore {
      override async getTurns(query: TurnsQuery): Promise<readonly TurnRecord[] | undefined> {
        const { userId } = this.sessionOf(query.sessionId) ?? query;
        return super.getTurns({ ...query, userId });
      }
    },
  },
  {
    fault: "shows the turns of another user's session from the second page on",
    caughtBy: "a session's turns are not shown to another user",
    Store: class extends SketchStore {
      override async getTurns(query: TurnsQuery): Promise<readonly TurnRecord[] | undefined> {
        const { userId } = this.sessionOf(query.sessionId) ?? query;
        return super.getTurns(query.before === undefined ? query : { ...query, userId });
      }
    },
  },
  {
    fault: "says that another user's session has no turns, and so that it is there",
    caughtBy: "a session's turns are not shown to another user",
    Store: class extends SketchStore {
      override async getTurns(query: TurnsQuery): Promise<readonly TurnRecord[] | undefined> {
        const isThere = this.sessionOf(query.sessionId) !== undefined;
        return (await super.getTurns(query)) ?? (isThere ? [] : undefined);
      }
    },
  },
  {
    fault: "stops another user's turn",
    caughtBy: "a turn is not stopped by another user",
    Store: class extends SketchStore {
      override async requestStop(
        requestId: string,
        userId: string | undefined,
      ): Promise<TurnRecord | undefined> {
        for (const turn of this.shelf.turns) {
          if (turn.requestId === requestId && this.isLive(turn)) turn.stopRequested = true;
        }
        return super.requestStop(requestId, userId);
      }
    },
  },
  {
    fault: "shows another user's turn to whoever would stop it",
    caughtBy: "a turn is not stopped by another user",
    Store: class extends SketchStore {
      override async requestStop(
        requestId: string,
        userId: string | undefined,
      ): Promise<TurnRecord | undefined> {
        const turn = this.shelf.turns.find((each) => each.requestId === requestId);
        const answer = await super.requestStop(requestId, userId);
        return answer ?? (turn === undefined ? undefined : this.toTurnRecord(turn));
      }
    },
  },
  {
    fault: "shows another user's session",
    caughtBy: "a session is not shown to another user",
    Store: class extends SketchStore {
      override async getSession(sessionId: string): Promise<SessionInfo | undefined> {
        const session = this.sessionOf(sessionId);
        return session === undefined ? undefined : this.toInfo(session);
      }
    },
  },
  {
    fault: "shows another user's session once it is deleted",
    caughtBy: "a session is not shown to another user",
    Store: class extends SketchStore {
      override async getSession(
        sessionId: string,
        userId: string | undefined,
      ): Promise<SessionInfo | undefined> {
        const session = this.sessionOf(sessionId);
        return session?.deleted === true
          ? this.toInfo(session)
          : super.getSession(sessionId, userId);
      }
    },
  },
  {
    fault: "lists the sessions of all users",
    caughtBy: "a session is not listed to another user",
    Store: class extends SketchStore {
      override isListed(): boolean {
        return true;
      }
    },
  },
  {
    fault: "lists the deleted sessions of all users",
    caughtBy: "a session is not listed to another user",
    Store: class extends SketchStore {
      override isListed(session: SketchSession, userId: string | undefined): boolean {
        return session.deleted || super.isListed(session, userId);
      }
    },
  },
  {
    fault: "changes another user's session",
    caughtBy: "a session is not changed by another user",
    Store: class extends SketchStore {
      override async updateSession(
        sessionId: string,
        userId: string | undefined,
        change: SessionChange,
      ): Promise<SessionInfo | undefined> {
        const session = this.sessionOf(sessionId);
        if (session !== undefined) this.changeTitle(session, change);
        return super.updateSession(sessionId, userId, change);
      }
    },
  },
  {
    fault: "restores another user's session",
    caughtBy: "a session is not changed by another user",
    Store: class extends SketchStore {
      override async updateSession(
        sessionId: string,
        userId: string | undefined,
        change: SessionChange,
      ): Promise<SessionInfo | undefined> {
        const session = this.sessionOf(sessionId);
        if (session !== undefined && change.deleted === false) this.restoreSession(session);
        return super.updateSession(sessionId, userId, change);
      }
    },
  },
  {
    fault: "shows the messages of another user's session",
    caughtBy: "messages are not shown to another user",
    Store: class extends SketchStore {
      override async getMessages(
        query: MessagesQuery,
      ): Promise<readonly SessionRecord[] | undefined> {
        const { userId } = this.sessionOf(query.sessionId) ?? query;
        return super.getMessages({ ...query, userId });
      }
    },
  },
  {
    fault: "shows the messages of another user's session under one key",
    caughtBy: "messages are not shown to another user",
    Store: class extends SketchStore {
      override async getMessages(
        query: MessagesQuery,
      ): Promise<readonly SessionRecord[] | undefined> {
        const { userId } = this.sessionOf(query.sessionId) ?? query;
        return super.getMessages(query.messageKey === undefined ? query : { ...query, userId });
      }
    },
  },
  {
    fault: "ignores accents in users' ids",
    caughtBy: "users whose ids look alike have nothing in common",
    Store: class extends SketchStore {
      override isOf(session: SketchSession, userId: string | undefined): boolean {
        const form = (text: string | undefined): string | undefined =>
          text?.normalize("NFD").replaceAll(/\p{M}/gu, "");
        return form(session.userId) === form(userId);
      }
    },
  },
  {
    fault: "cuts users' ids at 254 characters",
    caughtBy: "users whose ids look alike have nothing in common",
    Store: class extends SketchStore {
      override isOf(session: SketchSession, userId: string | undefined): boolean {
        return session.userId?.slice(0, 254) === userId?.slice(0, 254);
      }
    },
  },
  {
    fault: "folds case in request ids",
    caughtBy: "turns and sessions whose ids look alike are different ones",
    Store: class extends SketchStore {
      override findTurn(requestId: string, userId: string | undefined): SketchTurn | undefined {
        const same = this.shelf.turns.find(
          (turn) => turn.requestId.toLowerCase() === requestId.toLowerCase(),
        );
        return super.findTurn(same?.requestId ?? requestId, userId);
      }
    },
  },
  {
    fault: "ignores spaces at the end of session ids",
    caughtBy: "turns and sessions whose ids look alike are different ones",
    Store: class extends SketchStore {
      override sessionOf(sessionId: string): SketchSession | undefined {
        return this.shelf.sessions.find(
          (session) => session.sessionId.trimEnd() === sessionId.trimEnd(),
        );
      }
    },
  },
  {
    fault: "gives a session to the user who came last",
    caughtBy: "the first turn decides whose session it is, and no other turn",
    Store: class extends SketchStore {
      override requireAllowed({ sessionId, userId }: NewTurn): void {
        const session = this.sessionOf(sessionId);
        if (session !== undefined) Object.assign(session, { userId });
      }
    },
  },
];
