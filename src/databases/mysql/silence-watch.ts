/** How a {@link SilenceWatch} works. Times are in milliseconds. */
export interface SilenceWatchOptions {
  /** How long a server may take for an answer; 0 where it may take as long as it likes. */
  readonly limit: number;
  /** How long it may be silent before it is asked whether it is there. */
  readonly pause: number;
  readonly isAlive: () => Promise<boolean>;
  /** Called once, when it is given up. */
  readonly onSilence: () => void;
}

/**
 * Watches for a server that does not answer, since nothing tells of a network that was cut. One that
 * answers others is only busy.
 */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  #unanswered = 0;
  /** When it last answered, or was asked after it had answered all. */
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
  }

  /** Something was asked. */
  asked(): void {
    if (this.#unanswered === 0) this.#since = performance.now();
    this.#unanswered += 1;
    if (!this.#isStopped) this.#timer ??= this.#wait(this.#options.pause);
  }

  /** Something that was asked is answered. */
  answered(): void {
    this.#unanswered -= 1;
    this.#since = performance.now();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  // One timer that is seldom set, since setting one for each statement would cost more than the rest.
  #wait(time: number): NodeJS.Timeout {
    return setTimeout(() => void this.#look(), time).unref();
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    if (this.#unanswered === 0 || this.#isStopped) return;
    const { limit, pause, isAlive, onSilence } = this.#options;
    const silence = performance.now() - this.#since;
    if (silence >= pause) {
      const isOver = limit > 0 && silence >= limit;
      const since = this.#since;
      const isGone = isOver || !(await isAlive());
      // It may have answered meanwhile.
      if (isGone && this.#unanswered > 0 && this.#since === since && !this.#isStopped) {
        this.#isStopped = true;
        onSilence();
        return;
      }
    }
    if (this.#unanswered > 0 && !this.#isStopped) {
      const left = limit > silence ? limit - silence : pause;
      this.#timer ??= this.#wait(Math.min(left, silence >= pause ? pause : pause - silence));
    }
  }
}
