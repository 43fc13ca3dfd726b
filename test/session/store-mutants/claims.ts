import { parseTime } from "../../../src/session/record-time.ts";
import type { Claims, NewTurn, TurnRecord } from "../../../src/session/turn-store.ts";
import { SketchStore, type SketchTurn } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

/** Claims that hold too long, or not long enough. */
export const claimMutants: readonly StoreMutant[] = [
  {
    fault: "does not ask whose a turn is",
    caughtBy: "a replica holds its own turns alone",
    Store: class extends SketchStore {
      override isHeld(turn: SketchTurn): boolean {
        return this.isLive(turn);
      }
    },
  },
  {
    fault: "forgets the claim check at the end",
    caughtBy: "a claim that has lapsed never holds again, found or not",
    Store: class extends SketchStore {
      override requireEndable(end: Parameters<SketchStore["requireEndable"]>[0]): SketchTurn {
        const turn = this.shelf.turns.find(({ requestId }) => requestId === end.requestId);
        return turn?.endedAt === undefined && turn?.replica === end.replica
          ? turn
          : super.requireEndable(end);
      }
    },
  },
  {
    fault: "lets a turn that was interrupted be ended by its replica",
    caughtBy:
      "a replica that comes after another's claim lapsed runs, and the other cannot end its turn",
    Store: class extends SketchStore {
      override requireEndable(end: Parameters<SketchStore["requireEndable"]>[0]): SketchTurn {
        const turn = this.shelf.turns.find(({ requestId }) => requestId === end.requestId);
        return turn?.state === "interrupted" ? turn : super.requireEndable(end);
      }
    },
  },
  {
    fault: "renews the claims of turns that have ended",
    caughtBy:
      "a replica's renewal answers the live turns that it holds, and which are asked to stop",
    Store: class extends SketchStore {
      override renewable(replica: string): SketchTurn[] {
        return this.shelf.turns.filter(
          (turn) => turn.replica === replica && turn.claimedUntil > this.moment(),
        );
      }
    },
  },
  {
    fault: "renews the claims of running turns alone",
    caughtBy:
      "a replica's renewal answers the live turns that it holds, and which are asked to stop",
    Store: class extends SketchStore {
      override renewable(replica: string): SketchTurn[] {
        return super.renewable(replica).filter(({ state }) => state === "running");
      }
    },
  },
  {
    fault: "renews the claims of all replicas",
    caughtBy:
      "a replica's renewal answers the live turns that it holds, and which are asked to stop",
    Store: class extends SketchStore {
      override renewable(): SketchTurn[] {
        return this.shelf.turns.filter((turn) => this.isLive(turn));
      }
    },
  },
  {
    fault: "revives a lapsed claim by a renewal",
    caughtBy: "a claim that has lapsed never holds again, found or not",
    Store: class extends SketchStore {
      override renewable(replica: string): SketchTurn[] {
        return this.shelf.turns.filter((turn) => turn.replica === replica && !this.hasEnded(turn));
      }
    },
  },
  {
    fault: "revives a lapsed claim by a claim",
    caughtBy: "a claim that has lapsed never holds again, found or not",
    Store: class extends SketchStore {
      override async claimTurn(claim: {
        readonly requestId: string;
        readonly replica: string;
        readonly claimTime: number;
      }): Promise<TurnRecord> {
        for (const turn of this.shelf.turns) {
          if (turn.requestId === claim.requestId && !this.hasEnded(turn)) {
            turn.claimedUntil = Infinity;
          }
        }
        return super.claimTurn(claim);
      }
    },
  },
  {
    fault: "does not say in a renewal what was asked to stop",
    caughtBy:
      "a replica's renewal answers the live turns that it holds, and which are asked to stop",
    Store: class extends SketchStore {
      override async renewClaims(replica: string, claimTime: number): Promise<Claims> {
        return { ...(await super.renewClaims(replica, claimTime)), stopRequested: [] };
      }
    },
  },
  {
    fault: "takes all claims for lapsed once one has",
    caughtBy: "a claim that lapses by itself does so in its time, and a longer one does not",
    Store: class extends SketchStore {
      override lapsedTurns(sessionId: string | undefined): SketchTurn[] {
        const lapsed = super.lapsedTurns(sessionId);
        return lapsed.length === 0
          ? lapsed
          : this.shelf.turns.filter((turn) => !this.hasEnded(turn));
      }
    },
  },
  {
    fault: "lets every claim lapse after 20 ms",
    caughtBy: "a claim holds for as long as it is renewed, and the renewal counts from now",
    Store: class extends SketchStore {
      override async renewClaims(replica: string, claimTime: number): Promise<Claims> {
        return super.renewClaims(replica, Math.min(claimTime, 20));
      }
    },
  },
  {
    fault: "never makes a claim longer than it began with",
    caughtBy: "a claim holds for as long as it is renewed, and the renewal counts from now",
    Store: class extends SketchStore {
      override async renewClaims(replica: string, claimTime: number): Promise<Claims> {
        const until = new Map(this.shelf.turns.map((turn) => [turn, turn.claimedUntil]));
        const claims = await super.renewClaims(replica, claimTime);
        for (const [turn, before] of until) turn.claimedUntil = Math.min(before, turn.claimedUntil);
        return claims;
      }
    },
  },
  {
    fault: "never makes a claim shorter",
    caughtBy: "a renewal and a claim set a claim anew, also to a shorter time",
    Store: class extends SketchStore {
      override async renewClaims(replica: string, claimTime: number): Promise<Claims> {
        return super.renewClaims(replica, Math.max(claimTime, 1000));
      }
    },
  },
  {
    fault: "does not renew the claim of a turn that goes on waiting",
    caughtBy: "a renewal and a claim set a claim anew, also to a shorter time",
    Store: class extends SketchStore {
      override async claimTurn(claim: {
        readonly requestId: string;
        readonly replica: string;
        readonly claimTime: number;
      }): Promise<TurnRecord> {
        const turn = this.shelf.turns.find(({ requestId }) => requestId === claim.requestId);
        const before = turn?.claimedUntil;
        const record = await super.claimTurn(claim);
        if (turn?.state === "queued") turn.claimedUntil = before ?? 0;
        return record;
      }
    },
  },
  {
    fault: "lets claims lapse by the clock of records",
    caughtBy: "claims do not lapse by the clock that records get their times from",
    Store: class extends SketchStore {
      override moment(): number {
        return Number(parseTime(this.clock())) / 1000;
      }
    },
  },
  {
    fault: "never lets a turn run behind a replica that died",
    caughtBy:
      "a replica that comes after another's claim lapsed runs, and the other cannot end its turn",
    Store: class extends SketchStore {
      override liveTurns(sessionId: string): SketchTurn[] {
        return this.shelf.turns.filter(
          (turn) => turn.sessionId === sessionId && !this.hasEnded(turn),
        );
      }
      override lapsedTurns(): SketchTurn[] {
        return [];
      }
    },
  },
  {
    fault: "finds lapsed claims when a turn begins, and not when one waits",
    caughtBy: "a turn that waits runs once the claims before it have lapsed",
    Store: class extends SketchStore {
      override mayRun(turn: SketchTurn): boolean {
        return this.shelf.turns.every(
          (other) =>
            other.sessionId !== turn.sessionId ||
            other.number >= turn.number ||
            (other.state !== "interrupted" && this.hasEnded(other)),
        );
      }
    },
  },
  {
    fault: "interrupts the lapsed turns of every session when a turn begins",
    caughtBy: "a turn whose claim has lapsed keeps its state until it is interrupted",
    Store: class extends SketchStore {
      override lapsedTurns(): SketchTurn[] {
        return super.lapsedTurns(undefined);
      }
    },
  },
  {
    fault: "reads a turn whose claim has lapsed as interrupted",
    caughtBy: "a turn whose claim has lapsed keeps its state until it is interrupted",
    Store: class extends SketchStore {
      override toTurnRecord(turn: SketchTurn): TurnRecord {
        const record = super.toTurnRecord(turn);
        const hasLapsed = !this.hasEnded(turn) && !this.isLive(turn);
        return hasLapsed ? { ...record, state: "interrupted" } : record;
      }
    },
  },
  {
    fault: "counts turns among those that wait whose claim has lapsed",
    caughtBy: "a turn whose claim has lapsed is not live",
    Store: class extends SketchStore {
      override requireRoom(turn: NewTurn): void {
        const claims = this.shelf.turns.map((each) => each.claimedUntil);
        for (const each of this.shelf.turns) each.claimedUntil = Infinity;
        try {
          super.requireRoom(turn);
        } finally {
          for (const [index, each] of this.shelf.turns.entries()) {
            each.claimedUntil = claims[index] ?? 0;
          }
        }
      }
    },
  },
  {
    fault: "asks a turn to stop whose claim has lapsed",
    caughtBy: "a turn whose claim has lapsed is not live",
    Store: class extends SketchStore {
      override async requestStop(
        requestId: string,
        userId: string | undefined,
      ): Promise<TurnRecord | undefined> {
        const turn = this.findTurn(requestId, userId);
        if (turn !== undefined && !this.hasEnded(turn)) turn.stopRequested = true;
        return super.requestStop(requestId, userId);
      }
    },
  },
  {
    fault: "interrupts turns for a turn that it refuses",
    caughtBy: "a turn that is refused interrupts nothing and asks nothing to stop",
    Store: class extends SketchStore {
      override requireRoom(turn: NewTurn): void {
        this.interruptAll(this.lapsedTurns(turn.sessionId));
        super.requireRoom(turn);
      }
    },
  },
  {
    fault: "asks turns to stop for a turn that it refuses",
    caughtBy: "a turn that is refused interrupts nothing and asks nothing to stop",
    Store: class extends SketchStore {
      override requireRoom(turn: NewTurn): void {
        if (turn.concurrency === "supersede") this.supersede(turn.sessionId);
        super.requireRoom(turn);
      }
    },
  },
];
