import type { TurnRecord, TurnStore } from "../session/turn-store.ts";

/** How a {@link RunQueue} is made. */
export interface RunQueueOptions {
  readonly store: TurnStore;
  readonly replica: string;
  /** How long a claim holds without being renewed, in milliseconds. */
  readonly claimTime: number;
}

interface Waiting {
  readonly number: number;
  /** Ends a pause between two questions at once. */
  wake: () => void;
}

/** How long the first of a session's waiting turns pauses before it asks again, in milliseconds. */
const shortestPause = 20;
const longestPause = 250;

/**
 * Where this replica's queued turns wait until it is their turn in their session. Of a session only
 * the first asks the store: at once when a run of this replica ends, else at an interval.
 */
export class RunQueue {
  readonly #options: RunQueueOptions;
  readonly #sessions = new Map<string, Waiting[]>();

  constructor(options: RunQueueOptions) {
    this.#options = options;
  }

  /**
   * Fulfilled when the turn runs, or when it is halted before that.
   * @throws TurnkeepError of `claimTurn` of the store.
   */
  async wait({ requestId, sessionId, number }: TurnRecord, halted: Promise<void>): Promise<void> {
    const { store, replica, claimTime } = this.#options;
    const waiting: Waiting = { number, wake: () => undefined };
    const ofSession = this.#sessions.get(sessionId) ?? [];
    this.#sessions.set(sessionId, ofSession);
    ofSession.push(waiting);
    ofSession.sort((one, other) => one.number - other.number);
    const halt = { seen: false };
    const heed = async (): Promise<void> => {
      await halted;
      halt.seen = true;
      waiting.wake();
    };
    void heed();
    try {
      for (let pause = shortestPause; !halt.seen; pause = Math.min(pause * 1.5, longestPause)) {
        if (ofSession[0] === waiting) {
          const turn = await store.claimTurn({ requestId, replica, claimTime });
          if (turn.state !== "queued") return;
          await this.#pause(waiting, pause);
        } else {
          await this.#pause(waiting, undefined);
          pause = shortestPause;
        }
      }
    } finally {
      ofSession.splice(ofSession.indexOf(waiting), 1);
      if (ofSession.length === 0) this.#sessions.delete(sessionId);
      else this.advance(sessionId);
    }
  }

  /** Lets the session's first waiting turn ask at once. */
  advance(sessionId: string): void {
    this.#sessions.get(sessionId)?.[0]?.wake();
  }

  #pause(waiting: Waiting, milliseconds: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer =
        milliseconds === undefined
          ? undefined
          : setTimeout(resolve, milliseconds * (0.5 + Math.random()));
      waiting.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
