import { useEffect, useState } from "preact/hooks";

/** How much of a frame deferred work may take before the browser gets its turn, in milliseconds. */
const slice = 8;
const maximumResults = 500;

let turn: Promise<void> = Promise.resolve();
let sliceEnd = 0;

/**
 * Work that may wait until the text is on the screen, done by code that is loaded when it is first
 * needed: one piece after the other, with pauses, so that a long history does not stop the page.
 * The newest results are kept.
 */
export class Deferred<Result> {
  readonly #load: () => Promise<(key: string) => Result>;
  readonly #results = new Map<string, Result>();
  #work: Promise<(key: string) => Result> | undefined;

  constructor(load: () => Promise<(key: string) => Result>) {
    this.#load = load;
  }

  /** Loads the code. What fails, as without a network, is tried again by the next call. */
  async prepare(): Promise<(key: string) => Result> {
    this.#work ??= this.#load();
    try {
      return await this.#work;
    } catch (error) {
      this.#work = undefined;
      throw error;
    }
  }

  recall(key: string): Result | undefined {
    return this.#results.get(key);
  }

  /** The result for `key`; `undefined` when `signal` was aborted before its turn came. */
  async request(key: string, signal: AbortSignal): Promise<Result | undefined> {
    const work = await this.prepare();
    const result = turn.then(async () => {
      if (signal.aborted) return undefined;
      if (performance.now() > sliceEnd) {
        await new Promise((wake) => setTimeout(wake));
        sliceEnd = performance.now() + slice;
      }
      return this.recall(key) ?? this.#keep(key, work(key));
    });
    turn = result.then(
      () => undefined,
      () => undefined,
    );
    return await result;
  }

  #keep(key: string, result: Result): Result {
    this.#results.set(key, result);
    const [oldest] = this.#results.keys();
    if (this.#results.size > maximumResults && oldest !== undefined) this.#results.delete(oldest);
    return result;
  }
}

/**
 * The result of `deferred` for `key`, `undefined` until it is there. Without a key there is nothing
 * to be done yet.
 */
export function useDeferred<Result>(
  deferred: Deferred<Result>,
  key: string | undefined,
): Result | undefined {
  const [done, setDone] = useState<{ key: string; result: Result }>();
  const known = key === undefined || done?.key === key ? undefined : deferred.recall(key);
  useEffect(() => {
    if (key === undefined || known !== undefined) return;
    const controller = new AbortController();
    const { signal } = controller;
    const work = async (): Promise<void> => {
      const result = await deferred.request(key, signal);
      if (result !== undefined && !signal.aborted) setDone({ key, result });
    };
    // Where the code cannot be loaded the text stays as it is, which says the same.
    work().catch(() => undefined);
    return () => {
      controller.abort();
    };
  }, [deferred, key, known]);
  return done !== undefined && done.key === key ? done.result : known;
}
