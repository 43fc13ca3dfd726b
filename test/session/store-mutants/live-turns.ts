import { SketchStore, type SketchTurn } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

const byNumber = "a session's live turns are those that run or wait, by their numbers";
const toUser =
  "live turns are shown to the session's user alone, and to nobody while it is deleted";

/** Stores that are wrong about what is live. */
export const liveTurnMutants: readonly StoreMutant[] = [
  mutant("tells live turns by their ids", byNumber, (turns) =>
    turns.toSorted((one, other) => (one.requestId < other.requestId ? -1 : 1)),
  ),
  mutant("tells the running turn alone as live", byNumber, (turns) =>
    turns.filter(({ state }) => state === "running"),
  ),
  {
    fault: "tells the live turns of all sessions",
    caughtBy: byNumber,
    Store: class extends SketchStore {
      override async getLiveTurns(
        sessionId: string,
        userId: string | undefined,
      ): Promise<readonly string[] | undefined> {
        const own = await super.getLiveTurns(sessionId, userId);
        return (
          own &&
          this.shelf.turns.filter((turn) => this.isLive(turn)).map(({ requestId }) => requestId)
        );
      }
    },
  },
  {
    fault: "tells turns as live whose claims have lapsed",
    caughtBy: "a turn whose claim has lapsed is not among the live ones",
    Store: class extends SketchStore {
      override async getLiveTurns(
        sessionId: string,
        userId: string | undefined,
      ): Promise<readonly string[] | undefined> {
        const own = await super.getLiveTurns(sessionId, userId);
        return (
          own &&
          this.shelf.turns
            .filter((turn) => turn.sessionId === sessionId && !this.hasEnded(turn))
            .map(({ requestId }) => requestId)
        );
      }
    },
  },
  {
    fault: "tells anybody which turns are live",
    caughtBy: toUser,
    Store: class extends SketchStore {
      override async getLiveTurns(sessionId: string): Promise<readonly string[] | undefined> {
        return super.getLiveTurns(sessionId, this.sessionOf(sessionId)?.userId);
      }
    },
  },
  {
    fault: "tells the live turns of a deleted session",
    caughtBy: toUser,
    Store: class extends SketchStore {
      override async getLiveTurns(
        sessionId: string,
        userId: string | undefined,
      ): Promise<readonly string[] | undefined> {
        const session = this.findSession(sessionId, userId);
        return session && this.liveTurns(sessionId).map(({ requestId }) => requestId);
      }
    },
  },
];

function mutant(
  fault: string,
  caughtBy: string,
  change: (turns: SketchTurn[]) => SketchTurn[],
): StoreMutant {
  return {
    fault,
    caughtBy,
    Store: class extends SketchStore {
      override async getLiveTurns(
        sessionId: string,
        userId: string | undefined,
      ): Promise<readonly string[] | undefined> {
        const own = await super.getLiveTurns(sessionId, userId);
        return own && change(this.liveTurns(sessionId)).map(({ requestId }) => requestId);
      }
    },
  };
}
