import type { MessageSource } from "turnkeep";

/** A source of pieces that come when the test says so, and that counts what is asked of it. */
export class ControlledSource implements AsyncIterableIterator<MessageSource> {
  /** How many pieces were asked for. */
  asked = 0;
  /** How often it was closed before its end. */
  closed = 0;
  readonly #waiting: PromiseWithResolvers<IteratorResult<MessageSource>>[] = [];
  readonly #ready: Promise<IteratorResult<MessageSource>>[] = [];

  give(piece: MessageSource): void {
    this.#settle(({ resolve }) => resolve({ done: false, value: piece }));
  }

  end(): void {
    this.#settle(({ resolve }) => resolve({ done: true, value: undefined }));
  }

  fail(error: unknown): void {
    this.#settle(({ reject }) => reject(error));
  }

  next(): Promise<IteratorResult<MessageSource>> {
    this.asked += 1;
    const ready = this.#ready.shift();
    if (ready !== undefined) return ready;
    const step = Promise.withResolvers<IteratorResult<MessageSource>>();
    this.#waiting.push(step);
    return step.promise;
  }

  async return(): Promise<IteratorResult<MessageSource>> {
    this.closed += 1;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #settle(how: (step: PromiseWithResolvers<IteratorResult<MessageSource>>) => void): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      how(waiting);
      return;
    }
    const step = Promise.withResolvers<IteratorResult<MessageSource>>();
    step.promise.catch(() => undefined);
    how(step);
    this.#ready.push(step.promise);
  }
}
