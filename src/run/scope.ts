import { AsyncLocalStorage } from "node:async_hooks";
import type { Model } from "../models/model.ts";
import type { SessionStore } from "../session/session-store.ts";
import type { Turn } from "./turn.ts";

/** What one run knows of itself: found by everything that the component calls. */
export interface RunScope {
  readonly sessionId: string;
  /** Names the run. */
  readonly requestId: string;
  /** Whose session it is, where the request says so. */
  readonly userId: string | undefined;
  /** Whether it reads the path that its turn follows, where that is not the chosen one. */
  readonly isAside: boolean;
  readonly store: SessionStore;
  readonly turn: Turn;
  /** Aborted when the run is to stop. */
  readonly signal: AbortSignal;
  /** The caller's own credentials, by the name of the model provider they are for. */
  readonly credentials: ReadonlyMap<string, string>;
  /**
   * Whether models must be called with the caller's credentials: then a provider's own, from the
   * environment, must not be used in their stead.
   */
  readonly callerCredentialsOnly: boolean;
  /** The model that answers in place of every one named by a reference, where there is one. */
  readonly model: Model | undefined;
  /** Where a warning about this run goes. */
  readonly warn: (facts: Readonly<Record<string, unknown>>, message: string) => void;
}

interface SharedState {
  readonly scopes: AsyncLocalStorage<RunScope>;
  /** How many runtimes are open in this process. */
  runtimes: number;
}

// One state for all copies of the package in a process: the component's own copy must find the
// run that the server's copy began.
const key: unique symbol = Symbol.for("turnkeep.run");
const holder = globalThis as { [key]?: SharedState };
const shared: SharedState = (holder[key] ??= { scopes: new AsyncLocalStorage(), runtimes: 0 });

/** The run that the calling code belongs to, or undefined outside of any. */
export function currentRun(): RunScope | undefined {
  return shared.scopes.getStore();
}

/** Does the work as part of a run: all that it calls, also later, finds the run. */
export function enterRun<Result>(scope: RunScope, work: () => Result): Result {
  return shared.scopes.run(scope, work);
}

/** Whether a runtime is open in this process: then sessions exist only within its runs. */
export function isServing(): boolean {
  return shared.runtimes > 0;
}

/** Notes that a runtime has opened; the answer notes that it has closed. */
export function beginServing(): () => void {
  shared.runtimes += 1;
  let open = true;
  return () => {
    if (open) shared.runtimes -= 1;
    open = false;
  };
}
