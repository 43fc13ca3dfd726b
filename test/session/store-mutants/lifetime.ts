import type { SessionRecord, TurnMessages } from "../../../src/session/session-store.ts";
import type { TurnEnd } from "../../../src/session/turn-store.ts";
import { type SketchRow, SketchStore } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

/** Stores that end wrongly. */
export const lifetimeMutants: readonly StoreMutant[] = [
  {
    fault: "forgets when it is closed",
    caughtBy: "a store that is opened again has every turn as it was",
    Store: class extends SketchStore {
      override async [Symbol.asyncDispose](): Promise<void> {
        if (this.isOpen) this.shelf.rows = [];
        await super[Symbol.asyncDispose]();
      }
    },
  },
  {
    fault: "keeps turns to itself until it is closed",
    caughtBy: "a turn that one store has stored is seen by another at once",
    Store: class extends SketchStore {
      own: SketchRow[] = [];
      override rows(): readonly SketchRow[] {
        return [...this.shelf.rows, ...this.own];
      }
      override add(rows: readonly SketchRow[]): void {
        this.own.push(...rows);
      }
      override async [Symbol.asyncDispose](): Promise<void> {
        super.add(this.own);
        this.own = [];
        await super[Symbol.asyncDispose]();
      }
    },
  },
  {
    fault: "gives up what is under way when it is closed",
    caughtBy: "disposing stores what was appended before it",
    Store: class extends SketchStore {
      override async appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
        await Promise.resolve();
        return super.appendTurn(turn);
      }
    },
  },
  {
    fault: "gives up its turns when it is closed",
    caughtBy: "a store that is opened again has every session and turn as it was, and goes on",
    Store: class extends SketchStore {
      override async [Symbol.asyncDispose](): Promise<void> {
        for (const turn of this.shelf.turns) turn.claimedUntil = 0;
        await super[Symbol.asyncDispose]();
      }
    },
  },
  {
    fault: "loses chunks when it is closed",
    caughtBy: "a store that is opened again has every session and turn as it was, and goes on",
    Store: class extends SketchStore {
      override async [Symbol.asyncDispose](): Promise<void> {
        this.shelf.chunks = [];
        await super[Symbol.asyncDispose]();
      }
    },
  },
  {
    fault: "gives up the ends that are under way when it is closed",
    caughtBy: "disposing finishes the turns that were begun and ended before it",
    Store: class extends SketchStore {
      override async endTurn(end: TurnEnd): Promise<readonly SessionRecord[]> {
        await Promise.resolve();
        return super.endTurn(end);
      }
    },
  },
  ...closedMethods({
    "reads turns": { getTurns: async () => undefined },
    "keeps settings": { keepSetting: async () => "value" },
    "tells which turns are live": { getLiveTurns: async () => [] },
    "claims turns": { renewClaims: async () => ({ held: [], stopRequested: [] }) },
    "keeps chunks": { appendChunks: async () => undefined },
    "selects versions": { selectTurn: async () => undefined },
    "keeps feedback": { setFeedback: async () => undefined },
    "lists sessions": { listSessions: async () => [] },
  }),
  {
    fault: "goes on after it is closed",
    caughtBy: "after disposing every method fails, and disposing again does nothing",
    Store: class extends SketchStore {
      override requireOpen(): void {}
    },
  },
  {
    fault: "fails when it is closed twice",
    caughtBy: "after disposing every method fails, and disposing again does nothing",
    Store: class extends SketchStore {
      override async [Symbol.asyncDispose](): Promise<void> {
        this.requireOpen();
        await super[Symbol.asyncDispose]();
      }
    },
  },
  {
    fault: "never finds itself well",
    caughtBy: "an open store is well",
    Store: class extends SketchStore {
      override async check(): Promise<void> {
        throw new Error("not well");
      }
    },
  },
];

function closedMethods(
  methods: Readonly<Record<string, Partial<SketchStore>>>,
): readonly StoreMutant[] {
  return Object.entries(methods).map(([fault, method]) => ({
    fault: `${fault} after it is closed`,
    caughtBy: "after disposing every method fails, and disposing again does nothing",
    Store: class extends SketchStore {
      override async [Symbol.asyncDispose](): Promise<void> {
        await super[Symbol.asyncDispose]();
        Object.assign(this, method);
      }
    },
  }));
}
