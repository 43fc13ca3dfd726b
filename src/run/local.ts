import { randomUUID } from "node:crypto";
import { TurnkeepError } from "../errors.ts";
import { isMessageStream, type MessageDelta, MessageStream } from "../message/message-stream.ts";
import { MemoryStore } from "../session/memory-store.ts";
import type { SessionStore } from "../session/session-store.ts";
import { currentRun, enterRun, isServing, type RunScope } from "./scope.ts";
import { Turn } from "./turn.ts";

/** Which session {@link withSession} sets. */
export interface WithSessionOptions {
  /** The session's id; by default the process's own session. */
  readonly sessionId?: string;
  /** Where the session is kept; by default this process's memory. The caller disposes of it. */
  readonly store?: SessionStore;
  /** The run's id, a new UUID by default. */
  readonly requestId?: string;
  readonly userId?: string;
}

// One session for the process, shared by all copies of the package in it.
const key: unique symbol = Symbol.for("turnkeep.local-session");
const holder = globalThis as {
  [key]?: { readonly sessionId: string; readonly store: SessionStore };
};
const own = (holder[key] ??= { sessionId: randomUUID(), store: new MemoryStore() });

/**
 * Does the work as one run of the given session: `UserSession` within it reads that session, and
 * what it appends is stored as one turn when the work has ended well (when the work's answer is a
 * stream, when that has ended). For scripts and tests; a runtime does this for each request.
 */
export function withSession<Result>(
  options: WithSessionOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  return runTurn(localScope(options), work);
}

/**
 * Does the work of a component that was called directly: as part of the run it is called in, else
 * as a run of the process's own session, in memory. While a runtime is open there is no such
 * session, and `UserSession` says so.
 */
export function runAlone<Result>(work: () => Promise<Result>): Promise<Result> {
  if (currentRun() !== undefined || isServing()) return work();
  return runTurn(localScope({}), work);
}

/**
 * The session that code outside of any run sees: the process's own, to be read.
 * @throws TurnkeepError `run_missing` while a runtime is open.
 */
export function outsideRun(): RunScope {
  if (isServing()) {
    throw new TurnkeepError(
      "run_missing",
      "A UserSession was used outside of a run while a runtime serves in this process. Use it inside the component's run; a library that calls back from elsewhere loses the run (wrap the callback with AsyncResource.bind).",
    );
  }
  const scope = localScope({});
  scope.turn.refuse(
    "run_missing",
    "Messages are appended inside a run: extend Component, use defineComponent, or wrap the work in withSession.",
  );
  return scope;
}

async function runTurn<Result>(scope: RunScope, work: () => Promise<Result>): Promise<Result> {
  try {
    const result = await enterRun(scope, work);
    if (isMessageStream(result)) return keepAfter(scope, result) as Result;
    await keep(scope);
    return result;
  } catch (error) {
    scope.turn.discard();
    throw error;
  }
}

function keepAfter(scope: RunScope, stream: MessageStream): MessageStream {
  const { id, name } = stream;
  async function* deltas(): AsyncGenerator<MessageDelta, void, undefined> {
    try {
      yield* stream;
      await keep(scope);
    } finally {
      scope.turn.discard();
    }
  }
  return MessageStream.from(deltas(), { id, name });
}

async function keep({ turn, store, sessionId, requestId }: RunScope): Promise<void> {
  const messages = await turn.end();
  if (messages.length > 0) await store.appendTurn({ sessionId, requestId, messages });
}

function localScope({
  sessionId = own.sessionId,
  store = own.store,
  requestId = randomUUID(),
  userId,
}: WithSessionOptions): RunScope {
  return {
    sessionId,
    requestId,
    userId,
    store,
    turn: new Turn(),
    signal: new AbortController().signal,
    credentials: new Map(),
    callerCredentialsOnly: false,
    model: undefined,
    warn: (facts, message) =>
      process.emitWarning(`${message} ${JSON.stringify(facts)}`, "TurnkeepWarning"),
  };
}
