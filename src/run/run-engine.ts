import { randomUUID } from "node:crypto";
import type { Runnable, RunOptions } from "../component/component.ts";
import { describe, isTurnkeepError, TurnkeepError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { isMessageStream } from "../message/message-stream.ts";
import { isMessage, type Message } from "../message/message.ts";
import type { Model } from "../models/model.ts";
import type { SessionStore, TurnMessages } from "../session/session-store.ts";
import { toLoggable } from "./failure.ts";
import { Run } from "./run.ts";
import { enterRun, type RunScope } from "./scope.ts";
import { Turn } from "./turn.ts";

/** One request for a run. */
export interface RunRequest {
  readonly message: Message;
  /** Whether the component is asked to answer piece by piece; false by default. */
  readonly stream?: boolean | undefined;
  /** Further arguments of the component's `run`. */
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
  /** By default a new UUID: a new session. */
  readonly sessionId?: string | undefined;
  /** By default a new UUID. */
  readonly requestId?: string | undefined;
  readonly userId?: string | undefined;
  /** The caller's own credentials, by the name of the model provider they are for. */
  readonly credentials?: ReadonlyMap<string, string> | undefined;
}

/** How a {@link RunEngine} is made. */
export interface RunEngineOptions {
  readonly component: Runnable;
  readonly store: SessionStore;
  readonly logger: Logger;
  /** How long a run may take, in milliseconds; then it fails with `run_timeout`. */
  readonly runTimeout: number;
  /** Whether models must be called with the caller's credentials. */
  readonly callerCredentialsOnly: boolean;
  /** The model in place of every one that the component names by a reference. */
  readonly model: Model | undefined;
}

/** How often a streaming run is begun at the most, while no piece of its answer has been said. */
const maxAttempts = 3;

/**
 * Runs a component, each run on its own: calls it, hands on what it says, and stores its turn
 * before the end is told. A run belongs to the engine, not to whoever reads it.
 */
export class RunEngine {
  readonly #options: RunEngineOptions;
  readonly #running = new Map<Promise<void>, AbortController>();

  constructor(options: RunEngineOptions) {
    this.#options = options;
  }

  /** Begins a run; its failure is told by its events and the log. */
  start(request: RunRequest): Run {
    const { sessionId = randomUUID(), requestId = randomUUID() } = request;
    const run = new Run({ sessionId, requestId });
    const abort = new AbortController();
    const execution = this.#execute(run, request, abort).finally(() => {
      this.#running.delete(execution);
    });
    this.#running.set(execution, abort);
    return run;
  }

  /**
   * Waits for the runs to end, for so many milliseconds; then aborts those that are left, which
   * fail with `run_aborted`, and waits for that.
   */
  async drain(grace: number): Promise<void> {
    if (this.#running.size === 0) return;
    const timer = setTimeout(() => {
      const reason = new TurnkeepError(
        "run_aborted",
        "The server was shut down before the run ended. Send the message again.",
      );
      for (const abort of this.#running.values()) abort.abort(reason);
    }, grace);
    await Promise.all(this.#running.keys());
    clearTimeout(timer);
  }

  async #execute(run: Run, request: RunRequest, abort: AbortController): Promise<void> {
    const { runTimeout } = this.#options;
    const timer = setTimeout(() => {
      abort.abort(
        new TurnkeepError(
          "run_timeout",
          `The run took longer than ${runTimeout} ms and was given up. Raise the option runTimeout if it needs more.`,
        ),
      );
    }, runTimeout);
    try {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const message = await this.#attempt(run, request, abort.signal, () =>
            clearTimeout(timer),
          );
          run.emit({ type: "run-end", message });
          return;
        } catch (error) {
          const again =
            request.stream === true &&
            attempt < maxAttempts &&
            !run.started &&
            !abort.signal.aborted &&
            isWorthAnotherCall(error);
          this.#logFailure(run, request, error, again);
          if (!again) {
            run.emit({ type: "run-error", error });
            return;
          }
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async #attempt(
    run: Run,
    request: RunRequest,
    signal: AbortSignal,
    beforeStoring: () => void,
  ): Promise<Message> {
    const { store } = this.#options;
    const attempt = new AbortController();
    const scope = this.#scope(run, request, AbortSignal.any([signal, attempt.signal]));
    try {
      const { message, messages } = await orAborted(this.#call(run, request, scope), signal);
      // From here on the turn is kept or lost by the database alone.
      beforeStoring();
      if (messages.length > 0) {
        await store.appendTurn({ sessionId: run.sessionId, requestId: run.requestId, messages });
      }
      return message;
    } catch (error) {
      // What the component began must not go on for a call that has failed.
      attempt.abort(error);
      throw error;
    } finally {
      scope.turn.discard();
    }
  }

  async #call(
    run: Run,
    request: RunRequest,
    scope: RunScope,
  ): Promise<{ message: Message; messages: TurnMessages["messages"] }> {
    const stream = request.stream === true;
    const options: RunOptions = { ...request.arguments, stream, signal: scope.signal };
    const result: unknown = await enterRun(scope, () =>
      this.#options.component.run(request.message as Message<never>, options),
    );
    const message = await this.#answer(run, result, stream, scope.signal);
    return { message, messages: await scope.turn.end() };
  }

  async #answer(run: Run, result: unknown, stream: boolean, signal: AbortSignal): Promise<Message> {
    if (isMessageStream(result)) {
      const { id, name } = result;
      for await (const { content, fields = {} } of result) {
        // Whoever has given up on the run must not hear more of it.
        signal.throwIfAborted();
        if (stream) run.emit({ type: "delta", id, name, content, fields });
      }
      return result.finalMessage();
    }
    if (!isMessage(result)) {
      throw new TurnkeepError(
        "result_invalid",
        `The component's run answered ${describe(result)}, but must answer a Message or a MessageStream: return new Message(value).`,
      );
    }
    if (stream) {
      const { id, name, content, fields } = result;
      run.emit({ type: "delta", id, name, content, fields });
    }
    return result;
  }

  #scope(run: Run, request: RunRequest, signal: AbortSignal): RunScope {
    const { store, logger, model, callerCredentialsOnly } = this.#options;
    const { sessionId, requestId } = run;
    return {
      sessionId,
      requestId,
      userId: request.userId,
      store,
      turn: new Turn(),
      signal,
      credentials: request.credentials ?? new Map(),
      callerCredentialsOnly,
      model,
      warn: (facts, message) => logger.warn({ requestId, sessionId, ...facts }, message),
    };
  }

  #logFailure(run: Run, request: RunRequest, error: unknown, again: boolean): void {
    const secrets = [...(request.credentials?.values() ?? [])];
    const facts = {
      requestId: run.requestId,
      sessionId: run.sessionId,
      error: toLoggable(error, secrets),
    };
    if (again) {
      this.#options.logger.warn(facts, "the run failed before its first piece and is begun again");
    } else {
      this.#options.logger.error(facts, "the run failed");
    }
  }
}

/**
 * Whether the same call may end otherwise: not where the caller or the program is at fault, nor the
 * database, which a turn may have reached.
 */
function isWorthAnotherCall(error: unknown): boolean {
  if (!isTurnkeepError(error)) return true;
  if (error.code === "component_failed") return true;
  // A model that was asked again already is not asked three times as often.
  return error.code === "model_failed" && error.details["modelCalls"] === 1;
}

function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason as Error);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([work, aborted.promise]).finally(() => {
    signal.removeEventListener("abort", onAbort);
  });
}
