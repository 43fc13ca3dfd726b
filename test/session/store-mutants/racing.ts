import { setTimeout } from "node:timers/promises";
import type { SessionRecord, TurnMessages } from "../../../src/session/session-store.ts";
import type { NewTurn, TurnEnd, TurnRecord } from "../../../src/session/turn-store.ts";
import { type SketchSession, SketchStore, type SketchTurn } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

type Begun = { readonly turn: TurnRecord; readonly isNew: boolean };

/** Turns that get in each other's way. */
export const racingMutants: readonly StoreMutant[] = [
  {
    fault: "gives turns that begin at the same time the same number",
    caughtBy: "100 turns that are begun at once on one session run one at a time, by their numbers",
    Store: class extends SketchStore {
      override async beginTurn(turn: NewTurn): Promise<Begun> {
        const number = this.shelf.turns.length + 1;
        await Promise.resolve();
        const begun = await super.beginTurn(turn);
        const [last] = this.shelf.turns.slice(-1);
        if (last !== undefined) Object.assign(last, { number });
        return { ...begun, turn: { ...begun.turn, number } };
      }
    },
  },
  {
    fault: "lets turns run by their request ids",
    caughtBy: "100 turns that are begun at once on one session run one at a time, by their numbers",
    Store: class extends SketchStore {
      override mayRun(turn: SketchTurn): boolean {
        return this.liveTurns(turn.sessionId).every(({ requestId }) => requestId >= turn.requestId);
      }
    },
  },
  {
    fault: "looks whether a turn may run before it waits for its write",
    caughtBy: "turns that wait at the same time never run together, and each sees those before it",
    Store: class extends SketchStore {
      override async beginTurn(turn: NewTurn): Promise<Begun> {
        const isFree = this.liveTurns(turn.sessionId).length === 0;
        await Promise.resolve();
        const begun = await super.beginTurn(turn);
        const [last] = this.shelf.turns.slice(-1);
        if (last === undefined || !isFree) return begun;
        last.state = "running";
        return { ...begun, turn: this.toTurnRecord(last) };
      }
    },
  },
  {
    fault: "lets the next run before an end is stored",
    caughtBy: "turns that wait at the same time never run together, and each sees those before it",
    Store: class extends SketchStore {
      override async endTurn(end: TurnEnd): Promise<readonly SessionRecord[]> {
        this.finish(this.requireEndable(end), end);
        await setTimeout(5);
        const turn = this.shelf.turns.find(({ requestId }) => requestId === end.requestId);
        const { messages, requestId } = end;
        return this.store({ sessionId: turn?.sessionId ?? "", requestId, messages });
      }
    },
  },
  {
    fault: "knows of its own turns alone what is live",
    caughtBy: "turns of two stores never run together, and each sees those before it",
    Store: class extends SketchStore {
      readonly own = new Set<string>();
      override toTurn(turn: NewTurn, session: SketchSession): SketchTurn {
        this.own.add(turn.requestId);
        return super.toTurn(turn, session);
      }
      override liveTurns(sessionId: string): SketchTurn[] {
        return super.liveTurns(sessionId).filter(({ requestId }) => this.own.has(requestId));
      }
    },
  },
  {
    fault: "looks who holds a turn before it waits for its write",
    caughtBy: "a turn that is ended many times at once ends once",
    Store: class extends SketchStore {
      override async endTurn(end: TurnEnd): Promise<readonly SessionRecord[]> {
        const turn = this.requireEndable(end);
        await Promise.resolve();
        const { requestId, sessionId } = turn;
        const { messages } = end;
        const records = this.adds(end) ? this.store({ requestId, sessionId, messages }) : [];
        this.finish(turn, end);
        return records;
      }
    },
  },
  {
    fault: "takes turns with itself where it ends them, and not with other stores",
    caughtBy: "a turn that is ended by two stores at once ends once",
    Store: class extends SketchStore {
      readonly ended = new Set<string>();
      override requireEndable(end: TurnEnd): SketchTurn {
        const turn = this.shelf.turns.find(({ requestId }) => requestId === end.requestId);
        if (turn === undefined || this.ended.has(end.requestId)) return super.requireEndable(end);
        this.ended.add(end.requestId);
        return turn;
      }
    },
  },
  {
    fault: "remembers whether a session is deleted",
    caughtBy: "what one store knows of turns and sessions another sees at once",
    Store: class extends SketchStore {
      readonly open = new Set<string>();
      override requireAllowed(turn: NewTurn): void {
        if (this.open.has(turn.sessionId)) return;
        super.requireAllowed(turn);
        this.open.add(turn.sessionId);
      }
    },
  },
  {
    fault: "writes stop requests where its own turns alone see them",
    caughtBy: "what one store knows of turns and sessions another sees at once",
    Store: class extends SketchStore {
      readonly asked = new Set<string>();
      override async requestStop(
        requestId: string,
        userId: string | undefined,
      ): Promise<TurnRecord | undefined> {
        this.asked.add(requestId);
        const turn = await super.getTurn(requestId, userId);
        return turn === undefined ? undefined : { ...turn, stopRequested: true };
      }
      override async getStopRequests(replica: string): Promise<readonly string[]> {
        return this.heldTurns(replica)
          .map(({ requestId }) => requestId)
          .filter((requestId) => this.asked.has(requestId));
      }
    },
  },
  {
    fault: "trusts its own memory of what it holds",
    caughtBy: "a store that lost its claim to another store stores nothing",
    Store: class extends SketchStore {
      readonly own = new Map<string, SketchTurn>();
      override async beginTurn(turn: NewTurn): Promise<Begun> {
        const begun = await super.beginTurn(turn);
        const [last] = this.shelf.turns.slice(-1);
        if (last !== undefined) this.own.set(turn.requestId, last);
        return begun;
      }
      override requireHeld(requestId: string, replica: string): SketchTurn {
        return this.own.get(requestId) ?? super.requireHeld(requestId, replica);
      }
    },
  },
  {
    fault: "fails the ends and beginnings beside one that fails",
    caughtBy: "of work that is done at once, what is refused fails alone",
    Store: class extends SketchStore {
      failed = false;
      override async endTurn(end: TurnEnd): Promise<readonly SessionRecord[]> {
        await setTimeout(1);
        try {
          if (this.failed) throw new Error("the group failed");
          return await super.endTurn(end);
        } catch (error) {
          this.failed = true;
          throw error;
        }
      }
    },
  },
  {
    fault: "keeps a session of a turn that it refuses",
    caughtBy: "of work that is done at once, what is refused fails alone",
    Store: class extends SketchStore {
      override requireNewId(turn: NewTurn): void {
        this.useSession(turn.sessionId, turn.userId);
        super.requireNewId(turn);
      }
    },
  },
  {
    fault: "ends a turn whose messages it cannot store",
    caughtBy: "of an end that is refused midway nothing is stored, and its turn goes on",
    Store: class extends SketchStore {
      override async endTurn(end: TurnEnd): Promise<readonly SessionRecord[]> {
        const turn = this.requireEndable(end);
        try {
          return await super.endTurn(end);
        } catch (error) {
          this.finish(turn, end);
          throw error;
        }
      }
    },
  },
  {
    fault: "stores what it can of an end that fails",
    caughtBy: "of an end that is refused midway nothing is stored, and its turn goes on",
    Store: class extends SketchStore {
      override store(turn: TurnMessages): readonly SessionRecord[] {
        return turn.messages.flatMap((message) => super.store({ ...turn, messages: [message] }));
      }
    },
  },
  {
    fault: "removes the chunks of an end that fails",
    caughtBy: "of an end that is refused midway nothing is stored, and its turn goes on",
    Store: class extends SketchStore {
      override async endTurn(end: TurnEnd): Promise<readonly SessionRecord[]> {
        this.removeChunks(this.requireEndable(end));
        return super.endTurn(end);
      }
    },
  },
];
