import { randomUUID } from "node:crypto";
import { TurnkeepError } from "../errors.ts";
import { isMessageStream, type MessageDelta, MessageStream } from "../message/message-stream.ts";
import { requireId } from "../session/ids.ts";
import { MemoryStore } from "../session/memory-store.ts";
import { maxIdLength, type SessionStore } from "../session/session-store.ts";
import { currentRun, enterRun, isServing, type RunScope } from "./scope.ts";
import { Turn } from "./turn.ts";

/** Which session {@link withSession} sets. */
export interface WithSessionOptions {
  /** The session's id; by default the process's own session. */
  readonly sessionId?: string | undefined;
  /** Where the session is kept; by default this process's memory. The caller disposes of it. */
  readonly store?: SessionStore | undefined;
  /** The run's id, a new UUID by default. */
  readonly requestId?: string | undefined;
  readonly userId?: string | undefined;
  /** Aborts the run's own signal, which every component called in it is given. */
  readonly signal?: AbortSignal | undefined;
}

// One session for the process, shared by all copies of the package in it.
const key: unique symbol = Symbol.for("turnkeep.local-session");
const holder = globalThis as {
  [key]?: { readonly sessionId: string; readonly store: SessionStore };
};
const own = (holder[key] ??= { sessionId: randomUUID(), store: new MemoryStore() });

const never = new AbortController().signal;

/**
 * Does the work as one run of the given session: `UserSession` within it reads that session, and
 * what it appends is stored as one turn when the work has ended well. Work that answers a
 * `MessageStream` has ended when that has been read to its end, which comes after the turn is
 * stored; work that fails, or whose stream is left or not read, stores nothing, and the run's
 * signal is aborted with `run_aborted`. For scripts and tests; a runtime does this for each request.
 * @throws TurnkeepError `invalid_request` for an id that is not a text of 1 to 36 characters, before
 * the work begins; what the work throws, also in an append that nobody waited for; what the store
 * throws.
 */
export async function withSession<Result>(
  options: WithSessionOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  requireId("sessionId", options.sessionId, maxIdLength);
  requireId("requestId", options.requestId, maxIdLength);
  return runTurn(options, work);
}

/**
 * Does the work of a component that was called directly: as part of the run it is called in, else
 * as a run of the process's own session, in memory. While a runtime is open there is no such
 * session, and `UserSession` says so.
 * @param given the caller's signal. The work is given one that follows it and the run's.
 */
export function runAlone<Result>(
  given: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const run = currentRun();
  if (run !== undefined) return work(either(run.signal, given));
  if (isServing()) return work(given ?? never);
  return runTurn({ signal: given }, (scope) => work(scope.signal));
}

/**
 * The session that code outside of any run sees: the process's own, to be read.
 * @throws TurnkeepError `run_missing` while a runtime is open.
 */
export function ownSession(): Pick<RunScope, "sessionId" | "userId" | "store" | "warn"> {
  if (isServing()) throw runMissing();
  return { ...own, userId: undefined, warn };
}

/** The error of whoever needs a run and is outside of any. */
export function runMissing(): TurnkeepError {
  return new TurnkeepError(
    "run_missing",
    isServing()
      ? "A UserSession was used outside of a run while a runtime serves in this process. Use it inside the component's run; a library that calls back from elsewhere loses the run (wrap the callback with AsyncResource.bind)."
      : "Messages are appended, and there is a request id, only inside a run: extend Component, use defineComponent, or wrap the work in withSession.",
  );
}

async function runTurn<Result>(
  options: WithSessionOptions,
  work: (scope: RunScope) => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController();
  const scope = localScope(options, either(abort.signal, options.signal));
  const giveUp = (error: unknown): void => {
    scope.turn.discard();
    const message = "The run ended before its answer was whole, so nothing of its turn is stored.";
    abort.abort(new TurnkeepError("run_aborted", message, { cause: error }));
  };
  try {
    const result = await enterRun(scope, () => work(scope));
    if (isMessageStream(result)) return keepAfter(scope, result, giveUp) as Result;
    await keep(scope);
    return result;
  } catch (error) {
    giveUp(error);
    throw error;
  }
}

function keepAfter(
  scope: RunScope,
  stream: MessageStream,
  giveUp: (error: unknown) => void,
): MessageStream {
  const { id, name } = stream;
  const deltas = stream[Symbol.asyncIterator]();
  // Not a generator: its return would wait for the piece that its next waits for, and so would the
  // abort of the run.
  const source: AsyncIterator<MessageDelta> = {
    async next() {
      try {
        const step = await deltas.next();
        if (step.done === true) await keep(scope);
        return step;
      } catch (error) {
        giveUp(error);
        throw error;
      }
    },
    async return() {
      giveUp(undefined);
      await deltas.return?.();
      return { done: true, value: undefined };
    },
  };
  return MessageStream.from({ [Symbol.asyncIterator]: () => source }, { id, name });
}

async function keep({ turn, store, sessionId, requestId }: RunScope): Promise<void> {
  const messages = await turn.end();
  if (messages.length > 0) await store.appendTurn({ sessionId, requestId, messages });
}

function localScope(
  { sessionId = own.sessionId, store = own.store, requestId, userId }: WithSessionOptions,
  signal: AbortSignal,
): RunScope {
  return {
    sessionId,
    requestId: requestId ?? randomUUID(),
    userId,
    isAside: false,
    store,
    turn: new Turn(),
    signal,
    credentials: new Map(),
    callerCredentialsOnly: false,
    model: undefined,
    warn,
  };
}

function warn(facts: Readonly<Record<string, unknown>>, message: string): void {
  process.emitWarning(`${message} ${JSON.stringify(facts)}`, "TurnkeepWarning");
}

function either(signal: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined || other === signal ? signal : AbortSignal.any([signal, other]);
}
