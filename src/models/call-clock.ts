import { TurnkeepError } from "../errors.ts";

/**
 * The time one call may take, and the signal that ends it: aborted when the caller's signal is, or
 * when the time is over. To be ended when the call has.
 */
export class CallClock {
  readonly #label: string;
  readonly #outer: AbortSignal | undefined;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(label: string, timeout: number, outer: AbortSignal | undefined) {
    this.#label = label;
    this.#outer = outer;
    this.#timer = setTimeout(() => this.#expire(`its whole answer within ${timeout} ms`), timeout);
    if (outer?.aborted === true) this.#onAbort();
    outer?.addEventListener("abort", this.#onAbort);
  }

  /** Aborted when the call has to end. Its reason is what the call then throws. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Waits for `promise`, not longer than `timeout` milliseconds where that is given. Rejects with
   * the signal's reason as soon as that is aborted, whatever becomes of the promise.
   */
  async wait<Result>(promise: PromiseLike<Result>, timeout?: number): Promise<Result> {
    const { signal } = this;
    const ended = Promise.withResolvers<never>();
    const onEnd = (): void => ended.reject(signal.reason as Error);
    if (signal.aborted) onEnd();
    signal.addEventListener("abort", onEnd);
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => this.#expire(`a piece within ${timeout} ms`), timeout);
    try {
      return await Promise.race([promise, ended.promise]);
    } catch (error) {
      // A model reports the abort in its own words: what counts is why it was aborted.
      throw signal.aborted ? signal.reason : error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onEnd);
    }
  }

  /** Ends the call: what is still under way is aborted. */
  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#onAbort);
    this.#controller.abort();
  }

  readonly #onAbort = (): void => {
    this.#controller.abort(this.#outer?.reason);
  };

  #expire(what: string): void {
    this.#controller.abort(
      new TurnkeepError(
        "model_timeout",
        `The model ${this.#label} did not give ${what}. Try again, or allow it more time.`,
      ),
    );
  }
}
