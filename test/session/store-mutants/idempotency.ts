import { idempotencyConflict, sessionNotFound } from "../../../src/session/turn-refusals.ts";
import type { NewTurn, TurnRecord } from "../../../src/session/turn-store.ts";
import { type SketchSession, SketchStore, type SketchTurn } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

type Begun = { readonly turn: TurnRecord; readonly isNew: boolean };

/** Requests that are made twice, or not at all. */
export const idempotencyMutants: readonly StoreMutant[] = [
  {
    fault: "loses the idempotency key",
    caughtBy: "a known idempotency key answers its turn as it is, and nothing is written",
    Store: class extends SketchStore {
      override toTurn(turn: NewTurn, session: SketchSession): SketchTurn {
        return { ...super.toTurn(turn, session), key: undefined };
      }
    },
  },
  {
    fault: "loses the idempotency key when the turn fails",
    caughtBy: "a known idempotency key answers its turn as it is, and nothing is written",
    Store: class extends SketchStore {
      override finish(turn: SketchTurn, end: Parameters<SketchStore["finish"]>[1]): void {
        super.finish(turn, end);
        if (end.state === "failed") turn.key = undefined;
      }
    },
  },
  {
    fault: "takes a known turn for a new one",
    caughtBy: "a known idempotency key answers its turn as it is, and nothing is written",
    Store: class extends SketchStore {
      override async beginTurn(turn: NewTurn): Promise<Begun> {
        return { ...(await super.beginTurn(turn)), isNew: true };
      }
    },
  },
  {
    fault: "answers a known turn as it began",
    caughtBy: "a known idempotency key answers its turn as it is, and nothing is written",
    Store: class extends SketchStore {
      readonly begun = new Map<string, Begun>();
      override async beginTurn(turn: NewTurn): Promise<Begun> {
        const begun = await super.beginTurn(turn);
        const { requestId } = begun.turn;
        if (begun.isNew) this.begun.set(requestId, begun);
        return { turn: this.begun.get(requestId)?.turn ?? begun.turn, isNew: begun.isNew };
      }
    },
  },
  {
    fault: "refuses a known request by the policy",
    caughtBy: "with a known idempotency key the rest of the request does not count",
    Store: class extends SketchStore {
      override knownTurn(turn: NewTurn): SketchTurn | undefined {
        this.requireRoom(turn);
        return super.knownTurn(turn);
      }
    },
  },
  {
    fault: "refuses the request id of a known request",
    caughtBy: "with a known idempotency key the rest of the request does not count",
    Store: class extends SketchStore {
      override knownTurn(turn: NewTurn): SketchTurn | undefined {
        this.requireNewId(turn);
        return super.knownTurn(turn);
      }
    },
  },
  {
    fault: "asks the known turn to stop with supersede",
    caughtBy: "with a known idempotency key the rest of the request does not count",
    Store: class extends SketchStore {
      override knownTurn(turn: NewTurn): SketchTurn | undefined {
        const known = super.knownTurn(turn);
        if (turn.concurrency === "supersede") this.supersede(turn.sessionId);
        return known;
      }
    },
  },
  {
    fault: "knows a key in its session alone",
    caughtBy: "with a known idempotency key the rest of the request does not count",
    Store: class extends SketchStore {
      override knownTurn(turn: NewTurn): SketchTurn | undefined {
        const known = super.knownTurn(turn);
        return known?.sessionId === turn.sessionId ? known : undefined;
      }
    },
  },
  {
    fault: "gives a known turn to the replica that asks again",
    caughtBy: "with a known idempotency key the rest of the request does not count",
    Store: class extends SketchStore {
      override knownTurn(turn: NewTurn): SketchTurn | undefined {
        const known = super.knownTurn(turn);
        if (known !== undefined) Object.assign(known, { replica: turn.replica });
        return known;
      }
    },
  },
  {
    fault: "interrupts lapsed turns for a known request",
    caughtBy: "with a known idempotency key nothing is interrupted",
    Store: class extends SketchStore {
      override knownTurn(turn: NewTurn): SketchTurn | undefined {
        const known = super.knownTurn(turn);
        if (known !== undefined) this.interruptAll(this.lapsedTurns(known.sessionId));
        return known;
      }
    },
  },
  {
    fault: "makes a turn whose claim has lapsed anew",
    caughtBy: "with a known idempotency key nothing is interrupted",
    Store: class extends SketchStore {
      override knownTurn(turn: NewTurn): SketchTurn | undefined {
        const known = super.knownTurn(turn);
        return known === undefined || this.hasEnded(known) || this.isLive(known)
          ? known
          : undefined;
      }
    },
  },
  {
    fault: "ignores the body hash",
    caughtBy: "a known idempotency key with another body is refused",
    Store: class extends SketchStore {
      override requireSameBody(): void {}
    },
  },
  {
    fault: "compares the beginning of the body hash",
    caughtBy: "a known idempotency key with another body is refused",
    Store: class extends SketchStore {
      override requireSameBody(known: SketchTurn, bodyHash: string): void {
        if (known.bodyHash?.slice(0, 32) !== bodyHash.slice(0, 32)) throw idempotencyConflict();
      }
    },
  },
  {
    fault: "looks at the request id before the key's body",
    caughtBy: "a known idempotency key with another body is refused",
    Store: class extends SketchStore {
      override requireSameBody(known: SketchTurn, bodyHash: string): void {
        if (known.bodyHash !== bodyHash) {
          this.requireNewId({ requestId: known.requestId } as NewTurn);
        }
      }
    },
  },
  {
    fault: "cuts idempotency keys",
    caughtBy: "turns with other keys, or with none, are turns of their own",
    Store: class extends SketchStore {
      override async beginTurn(turn: NewTurn): Promise<Begun> {
        const { idempotency } = turn;
        if (idempotency === undefined) return super.beginTurn(turn);
        const key = idempotency.key.slice(0, 63);
        return super.beginTurn({ ...turn, idempotency: { ...idempotency, key } });
      }
    },
  },
  {
    fault: "takes no key for a key",
    caughtBy: "turns with other keys, or with none, are turns of their own",
    Store: class extends SketchStore {
      override async beginTurn(turn: NewTurn): Promise<Begun> {
        return super.beginTurn({
          ...turn,
          idempotency: turn.idempotency ?? { key: "", bodyHash: "" },
        });
      }
    },
  },
  {
    fault: "shows another user's turn to whoever has its key",
    caughtBy: "a known key of a session that the user has not, or has deleted, shows nothing",
    Store: class extends SketchStore {
      override knownTurn(turn: NewTurn): SketchTurn | undefined {
        const { key } = turn.idempotency ?? {};
        return this.shelf.turns.find((known) => key !== undefined && known.key === key);
      }
    },
  },
  {
    fault: "shows a deleted session's turn to whoever has its key",
    caughtBy: "a known key of a session that the user has not, or has deleted, shows nothing",
    Store: class extends SketchStore {
      override knownTurn(turn: NewTurn): SketchTurn | undefined {
        const { key } = turn.idempotency ?? {};
        const known = this.shelf.turns.find((each) => key !== undefined && each.key === key);
        if (known === undefined) return undefined;
        if (this.findSession(known.sessionId, turn.userId) === undefined) {
          throw sessionNotFound(turn.sessionId);
        }
        return known;
      }
    },
  },
  {
    fault: "tells another user that a key is taken",
    caughtBy: "a known key of a session that the user has not, or has deleted, shows nothing",
    Store: class extends SketchStore {
      override knownTurn(turn: NewTurn): SketchTurn | undefined {
        const { key = "", bodyHash = "" } = turn.idempotency ?? {};
        for (const known of this.shelf.turns) {
          if (known.key === key) this.requireSameBody(known, bodyHash);
        }
        return super.knownTurn(turn);
      }
    },
  },
  {
    fault: "uses up the key of a turn that it refuses",
    caughtBy: "a refused turn leaves its idempotency key unused",
    Store: class extends SketchStore {
      override requireRoom(turn: NewTurn): void {
        try {
          super.requireRoom(turn);
        } catch (error) {
          const [any] = this.shelf.turns;
          if (any !== undefined) {
            any.key = turn.idempotency?.key;
            Object.assign(any, { bodyHash: turn.idempotency?.bodyHash });
          }
          throw error;
        }
      }
    },
  },
  {
    fault: "looks for a key before it waits for its write",
    caughtBy: "50 turns that are begun at once with one idempotency key are one",
    Store: class extends SketchStore {
      override async beginTurn(turn: NewTurn): Promise<Begun> {
        if (this.knownTurn(turn) !== undefined) return super.beginTurn(turn);
        await Promise.resolve();
        const { idempotency, ...rest } = turn;
        const begun = await super.beginTurn({ ...rest, idempotency: undefined });
        const [last] = this.shelf.turns.slice(-1);
        if (last !== undefined) {
          Object.assign(last, { key: idempotency?.key, bodyHash: idempotency?.bodyHash });
        }
        return begun;
      }
    },
  },
  {
    fault: "knows the keys of its own turns alone",
    caughtBy: "turns that two stores begin at once with one idempotency key are one",
    Store: class extends SketchStore {
      readonly own = new Set<string>();
      override knownTurn(turn: NewTurn): SketchTurn | undefined {
        const { key = "" } = turn.idempotency ?? {};
        return this.own.has(key) ? super.knownTurn(turn) : undefined;
      }
      override toTurn(turn: NewTurn, session: SketchSession): SketchTurn {
        this.own.add(turn.idempotency?.key ?? "");
        return super.toTurn(turn, session);
      }
    },
  },
  {
    fault: "forgets the keys of live turns",
    caughtBy:
      "an idempotency key is forgotten when its turn ended long enough ago, and can be used anew",
    Store: class extends SketchStore {
      override isOlderThan(turn: SketchTurn, milliseconds: number): boolean {
        return turn.endedMoment === undefined || super.isOlderThan(turn, milliseconds);
      }
    },
  },
  {
    fault: "forgets keys however old they are",
    caughtBy:
      "an idempotency key is forgotten when its turn ended long enough ago, and can be used anew",
    Store: class extends SketchStore {
      override isOlderThan(turn: SketchTurn): boolean {
        return turn.endedMoment !== undefined;
      }
    },
  },
  {
    fault: "counts keys that it forgot before, or that there never were",
    caughtBy:
      "an idempotency key is forgotten when its turn ended long enough ago, and can be used anew",
    Store: class extends SketchStore {
      override async forgetIdempotencyKeys(olderThan: number): Promise<number> {
        await super.forgetIdempotencyKeys(olderThan);
        return this.shelf.turns.filter((turn) => this.isOlderThan(turn, olderThan)).length;
      }
    },
  },
  {
    fault: "says that it forgets a key, and does not",
    caughtBy:
      "an idempotency key is forgotten when its turn ended long enough ago, and can be used anew",
    Store: class extends SketchStore {
      readonly forgotten = new Set<SketchTurn>();
      override async forgetIdempotencyKeys(olderThan: number): Promise<number> {
        const old = this.shelf.turns.filter(
          (turn) =>
            turn.key !== undefined &&
            !this.forgotten.has(turn) &&
            this.isOlderThan(turn, olderThan),
        );
        for (const turn of old) this.forgotten.add(turn);
        return old.length;
      }
    },
  },
  {
    fault: "forgets any number of keys at a time",
    caughtBy: "at most a thousand idempotency keys are forgotten at a time",
    Store: class extends SketchStore {
      override async forgetIdempotencyKeys(olderThan: number): Promise<number> {
        let count = 0;
        for (let more = 1; more > 0; count += more) {
          more = await super.forgetIdempotencyKeys(olderThan);
        }
        return count;
      }
    },
  },
];
