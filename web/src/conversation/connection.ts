/** The waits between attempts to reach the server, in milliseconds; the last one again and again. */
const waits = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

/** Waits until it is worth while to try to reach the server again. */
export class Connection {
  #attempts = 0;
  #goOn: () => void = () => undefined;

  /** The server was reached: the next wait is a short one. */
  reset(): void {
    this.#attempts = 0;
  }

  /** Ends the wait that is going on. */
  goOn(): void {
    this.#goOn();
  }

  /** Waits for a while, or until the browser is online again. Rejects where it is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    const time = waits[Math.min(this.#attempts, waits.length - 1)] ?? 0;
    this.#attempts += 1;
    const done = new AbortController();
    await new Promise<void>((resolve) => {
      this.#goOn = resolve;
      const timer = setTimeout(resolve, time);
      const options = { signal: done.signal };
      addEventListener("online", () => resolve(), options);
      signal.addEventListener("abort", () => resolve(), options);
      done.signal.addEventListener("abort", () => clearTimeout(timer));
    });
    done.abort();
    signal.throwIfAborted();
  }
}
