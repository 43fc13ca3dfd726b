import { queueFull, sessionBusy } from "../../../src/session/turn-refusals.ts";
import type { NewTurn, TurnEnd, TurnRecord } from "../../../src/session/turn-store.ts";
import { type SketchSession, SketchStore, type SketchTurn } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

/** Turns that do not wait as they should. */
export const queueMutants: readonly StoreMutant[] = [
  {
    fault: "lets two turns run at once",
    caughtBy: "turns that come while one is live are queued in the order they came",
    Store: class extends SketchStore {
      override toTurn(turn: NewTurn, session: SketchSession): SketchTurn {
        return { ...super.toTurn(turn, session), state: "running" };
      }
    },
  },
  {
    fault: "claims out of order",
    caughtBy: "a queued turn runs once no live turn is before it, and not sooner",
    Store: class extends SketchStore {
      override mayRun(turn: SketchTurn): boolean {
        return this.liveTurns(turn.sessionId).every(
          (other) => other === turn || other.state !== "running",
        );
      }
    },
  },
  {
    fault: "lets the last run first",
    caughtBy: "a queued turn runs once no live turn is before it, and not sooner",
    Store: class extends SketchStore {
      override mayRun(turn: SketchTurn): boolean {
        return this.liveTurns(turn.sessionId).every((other) => other.number <= turn.number);
      }
    },
  },
  {
    fault: "lets a turn run for as long as it waits",
    caughtBy: "a queued turn runs once no live turn is before it, and not sooner",
    Store: class extends SketchStore {
      override mayRun(): boolean {
        return true;
      }
    },
  },
  {
    fault: "answers a claimed turn as it was before",
    caughtBy: "claimTurn answers the turn as it then is",
    Store: class extends SketchStore {
      override async claimTurn(
        claim: Parameters<SketchStore["claimTurn"]>[0],
      ): Promise<TurnRecord> {
        const before = await this.getTurn(claim.requestId, undefined);
        return { ...(await super.claimTurn(claim)), state: before?.state ?? "queued" };
      }
    },
  },
  {
    fault: "forgets on a claim that the turn was asked to stop",
    caughtBy: "claimTurn answers the turn as it then is",
    Store: class extends SketchStore {
      override mayRun(turn: SketchTurn): boolean {
        turn.stopRequested = false;
        return super.mayRun(turn);
      }
    },
  },
  {
    fault: "waits for turns that ended in the queue",
    caughtBy: "a queued turn that ends makes way for the next",
    Store: class extends SketchStore {
      override mayRun(turn: SketchTurn): boolean {
        return this.shelf.turns.every(
          (other) =>
            other.sessionId !== turn.sessionId ||
            other.number >= turn.number ||
            other.state === "complete",
        );
      }
    },
  },
  {
    fault: "lets a queued turn fail no more than be complete",
    caughtBy: "a queued turn that ends makes way for the next",
    Store: class extends SketchStore {
      override requireEndable(end: TurnEnd): SketchTurn {
        return super.requireEndable(end.state === "failed" ? { ...end, state: "complete" } : end);
      }
    },
  },
  {
    fault: "takes a queued turn for complete",
    caughtBy: "a queued turn cannot be complete",
    Store: class extends SketchStore {
      override requireEndable({ requestId, replica }: TurnEnd): SketchTurn {
        return this.requireHeld(requestId, replica);
      }
    },
  },
  {
    fault: "has one queue for all sessions",
    caughtBy: "the turns of one session do not wait for those of another",
    Store: class extends SketchStore {
      override liveTurns(): SketchTurn[] {
        return this.shelf.turns.filter((turn) => this.isLive(turn));
      }
    },
  },
  {
    fault: "queues with the policy reject",
    caughtBy: "with reject, a turn begins where none of its session is live, else not at all",
    Store: class extends SketchStore {
      override requireRoom(turn: NewTurn): void {
        super.requireRoom({ ...turn, concurrency: "queue" });
      }
    },
  },
  {
    fault: "rejects turns beside running ones alone",
    caughtBy: "with reject, a turn begins where none of its session is live, else not at all",
    Store: class extends SketchStore {
      override requireRoom(turn: NewTurn): void {
        const runs = this.liveTurns(turn.sessionId).some(({ state }) => state === "running");
        super.requireRoom({ ...turn, concurrency: runs ? turn.concurrency : "queue" });
      }
    },
  },
  {
    fault: "rejects turns behind turns that have ended",
    caughtBy: "with reject, a turn begins where none of its session is live, else not at all",
    Store: class extends SketchStore {
      override requireRoom(turn: NewTurn): void {
        const any = this.shelf.turns.some(({ sessionId }) => sessionId === turn.sessionId);
        if (any && turn.concurrency === "reject") throw sessionBusy(turn.sessionId);
        super.requireRoom(turn);
      }
    },
  },
  ...Object.entries({
    "lets one turn more wait than may": 1,
    "lets one turn fewer wait than may": -1,
    "lets any number of turns wait": Infinity,
  }).map(([fault, more]): StoreMutant => ({
    fault,
    caughtBy: "as many turns wait as may, and no more",
    Store: class extends SketchStore {
      override requireRoom(turn: NewTurn): void {
        super.requireRoom({ ...turn, queueLimit: turn.queueLimit + more });
      }
    },
  })),
  {
    fault: "counts the running turn among those that wait",
    caughtBy: "as many turns wait as may, and no more",
    Store: class extends SketchStore {
      override requireRoom(turn: NewTurn): void {
        if (this.liveTurns(turn.sessionId).length > turn.queueLimit - 1) throw queueFull(turn);
        super.requireRoom(turn);
      }
    },
  },
  {
    fault: "lets any number of turns wait that supersede",
    caughtBy: "as many turns wait as may, and no more",
    Store: class extends SketchStore {
      override requireRoom(turn: NewTurn): void {
        if (turn.concurrency !== "supersede") super.requireRoom(turn);
      }
    },
  },
  {
    fault: "looks for room before it looks at the request id",
    caughtBy: "of several reasons to refuse a turn the first is told",
    Store: class extends SketchStore {
      override requireNewId(turn: NewTurn): void {
        this.requireRoom(turn);
        super.requireNewId(turn);
      }
    },
  },
  {
    fault: "looks at the request id before it looks whose session it is",
    caughtBy: "of several reasons to refuse a turn the first is told",
    Store: class extends SketchStore {
      override knownTurn(turn: NewTurn): SketchTurn | undefined {
        if (turn.idempotency === undefined || turn.userId === "bob") this.requireNewId(turn);
        return super.knownTurn(turn);
      }
    },
  },
  {
    fault: "asks nothing to stop when a turn supersedes",
    caughtBy:
      "a turn that supersedes asks the live turns of its session to stop, and waits for them",
    Store: class extends SketchStore {
      override supersede(): void {}
    },
  },
  {
    fault: "asks the running turn alone to stop when one supersedes",
    caughtBy:
      "a turn that supersedes asks the live turns of its session to stop, and waits for them",
    Store: class extends SketchStore {
      override supersede(sessionId: string): void {
        const [running] = this.liveTurns(sessionId);
        if (running !== undefined) running.stopRequested = true;
      }
    },
  },
  {
    fault: "asks turns of every session to stop when one supersedes",
    caughtBy:
      "a turn that supersedes asks the live turns of its session to stop, and waits for them",
    Store: class extends SketchStore {
      override supersede(): void {
        for (const turn of this.shelf.turns) if (this.isLive(turn)) turn.stopRequested = true;
      }
    },
  },
  {
    fault: "asks turns to stop that have ended when one supersedes",
    caughtBy:
      "a turn that supersedes asks the live turns of its session to stop, and waits for them",
    Store: class extends SketchStore {
      override supersede(sessionId: string): void {
        for (const turn of this.shelf.turns) {
          if (turn.sessionId === sessionId) turn.stopRequested = true;
        }
      }
    },
  },
  {
    fault: "asks a turn that supersedes to stop too",
    caughtBy:
      "a turn that supersedes asks the live turns of its session to stop, and waits for them",
    Store: class extends SketchStore {
      override toTurn(turn: NewTurn, session: SketchSession): SketchTurn {
        const stopRequested = turn.concurrency === "supersede";
        return { ...super.toTurn(turn, session), stopRequested };
      }
    },
  },
  {
    fault: "lets a turn run at once that supersedes",
    caughtBy:
      "a turn that supersedes asks the live turns of its session to stop, and waits for them",
    Store: class extends SketchStore {
      override toTurn(turn: NewTurn, session: SketchSession): SketchTurn {
        const begun = super.toTurn(turn, session);
        return { ...begun, state: turn.concurrency === "supersede" ? "running" : begun.state };
      }
    },
  },
  {
    fault: "keeps to itself that a turn was asked to stop",
    caughtBy: "a turn that is asked to stop says so, to its replica too",
    Store: class extends SketchStore {
      override async getStopRequests(): Promise<readonly string[]> {
        return [];
      }
    },
  },
  {
    fault: "tells every replica of every stop",
    caughtBy: "a turn that is asked to stop says so, to its replica too",
    Store: class extends SketchStore {
      override async getStopRequests(): Promise<readonly string[]> {
        return this.shelf.turns
          .filter((turn) => this.isLive(turn) && turn.stopRequested)
          .map(({ requestId }) => requestId);
      }
    },
  },
  {
    fault: "ends a turn that is asked to stop",
    caughtBy: "a turn that is asked to stop says so, to its replica too",
    Store: class extends SketchStore {
      override async requestStop(
        requestId: string,
        userId: string | undefined,
      ): Promise<TurnRecord | undefined> {
        const turn = await super.requestStop(requestId, userId);
        for (const each of this.shelf.turns) {
          if (each.requestId === requestId) this.interruptAll([each]);
        }
        return turn;
      }
    },
  },
  {
    fault: "asks a turn to stop that has ended",
    caughtBy: "a turn that has ended cannot be asked to stop",
    Store: class extends SketchStore {
      override async requestStop(
        requestId: string,
        userId: string | undefined,
      ): Promise<TurnRecord | undefined> {
        const turn = this.findTurn(requestId, userId);
        if (turn !== undefined) turn.stopRequested = true;
        return super.requestStop(requestId, userId);
      }
    },
  },
];
