import { randomUUID } from "node:crypto";
import { enterRun, type RunScope } from "../../src/run/scope.ts";
import { Turn } from "../../src/run/turn.ts";
import { MemoryStore } from "../../src/session/memory-store.ts";

/** Does the work as a run, as a runtime would. */
export function inRun<Result>(facts: Partial<RunScope>, work: () => Result): Result {
  const scope: RunScope = {
    sessionId: randomUUID(),
    requestId: randomUUID(),
    userId: undefined,
    isAside: false,
    store: new MemoryStore(),
    turn: new Turn(),
    signal: new AbortController().signal,
    credentials: new Map(),
    callerCredentialsOnly: false,
    model: undefined,
    warn: () => undefined,
    ...facts,
  };
  return enterRun(scope, work);
}
