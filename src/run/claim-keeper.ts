import type { Logger } from "../logger.ts";
import type { TurnStore } from "../session/turn-store.ts";
import { toLoggable } from "./failure.ts";

/** How a {@link ClaimKeeper} is made. */
export interface ClaimKeeperOptions {
  readonly store: TurnStore;
  readonly logger: Logger;
  readonly replica: string;
  /** How long a claim holds without being renewed, in milliseconds. */
  readonly claimTime: number;
  /** How often it is asked whether a run should stop, in milliseconds. */
  readonly stopInterval: number;
  /** Called for each live run that somebody, through any replica, asked to stop. */
  readonly onStop: (requestId: string) => void;
  /** Called with the turns that the store says this replica holds, and when it began to ask. */
  readonly onRenewed: (held: ReadonlySet<string>, asked: number) => void;
}

/**
 * Keeps the claims of a replica's live runs, all in one statement, and hears who is to stop. Does
 * nothing while there are none.
 */
export class ClaimKeeper {
  readonly #options: ClaimKeeperOptions;
  #live = 0;
  #renewal: NodeJS.Timeout | undefined;
  #stops: NodeJS.Timeout | undefined;

  constructor(options: ClaimKeeperOptions) {
    this.#options = options;
  }

  /** Notes that a run is live from now on. */
  add(): void {
    this.#live += 1;
    if (this.#live > 1) return;
    this.#scheduleRenewal();
    this.#scheduleStops();
  }

  /** Notes that a run has ended. */
  remove(): void {
    this.#live -= 1;
    if (this.#live > 0) return;
    clearTimeout(this.#renewal);
    clearTimeout(this.#stops);
    this.#renewal = undefined;
    this.#stops = undefined;
  }

  // A claim is renewed three times in its life, so that one renewal may fail.
  #scheduleRenewal(): void {
    this.#renewal = setTimeout(() => void this.#renew(), this.#options.claimTime / 3);
    this.#renewal.unref();
  }

  #scheduleStops(): void {
    this.#stops = setTimeout(() => void this.#askForStops(), this.#options.stopInterval);
    this.#stops.unref();
  }

  async #renew(): Promise<void> {
    const { store, replica, claimTime, onRenewed, onStop, logger } = this.#options;
    const asked = performance.now();
    try {
      const { held, stopRequested } = await store.renewClaims(replica, claimTime);
      onRenewed(new Set(held), asked);
      for (const requestId of stopRequested) onStop(requestId);
    } catch (error) {
      logger.warn({ error: toLoggable(error, []) }, "the claims on the runs could not be renewed");
    }
    if (this.#live > 0) this.#scheduleRenewal();
  }

  async #askForStops(): Promise<void> {
    const { store, replica, onStop, logger } = this.#options;
    try {
      for (const requestId of await store.getStopRequests(replica)) onStop(requestId);
    } catch (error) {
      logger.debug(
        { error: toLoggable(error, []) },
        "it could not be asked which runs should stop",
      );
    }
    if (this.#live > 0) this.#scheduleStops();
  }
}
