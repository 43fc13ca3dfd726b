import type { Runnable, RunOptions } from "../component/component.ts";
import { describe, isTurnkeepError, TurnkeepError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { isMessageStream } from "../message/message-stream.ts";
import { isMessage, Message } from "../message/message.ts";
import { toPieces } from "../message/message-pieces.ts";
import { joinParts } from "../message/part-list.ts";
import type { Model } from "../models/model.ts";
import type { SessionStore } from "../session/session-store.ts";
import type { KeyedMessage, TurnEnd } from "../session/turn-store.ts";
import { type Failure, toFailure, toLoggable } from "./failure.ts";
import type { Run } from "./run.ts";
import type { RunRequest } from "./run-request.ts";
import { enterRun, type RunScope } from "./scope.ts";
import { Turn } from "./turn.ts";

/** What every execution of an engine shares. */
export interface ExecutionOptions {
  readonly component: Runnable;
  readonly store: SessionStore;
  readonly logger: Logger;
  readonly replica: string;
  /** How long a run may take, in milliseconds; then it fails with `run_timeout`. */
  readonly runTimeout: number;
  /** How large a message's JSON may be, in bytes. */
  readonly messageLimit: number;
  /** Whether models must be called with the caller's credentials. */
  readonly callerCredentialsOnly: boolean;
  /** The model in place of every one that the component names by a reference. */
  readonly model: Model | undefined;
}

/** What a run is executed for. */
export interface ExecutionRequest extends RunRequest {
  /** Whether its turn was begun beside the chosen path. */
  readonly isAside: boolean;
}

/** How often a streaming run is begun at the most, while no piece of its answer has been said. */
const maxCalls = 3;
/** How long a component may take to end once its run is stopped, in milliseconds. */
const stopGrace = 1000;

/** Why a run's signal is aborted, and what that makes of its turn. */
interface Halt {
  readonly state: "stopped" | "failed" | "interrupted";
  readonly error: TurnkeepError;
}

type Outcome = Pick<TurnEnd, "state" | "messages" | "answer"> & {
  readonly error: Failure | undefined;
  readonly cause?: unknown;
};

/**
 * The making of one run's answer: calls the component, hands on what it says, and stores its turn
 * before the end is told.
 */
export class Execution {
  readonly #options: ExecutionOptions;
  readonly #run: Run;
  readonly #request: ExecutionRequest;
  /** Aborts the signal of the call that is under way. */
  #attempt: AbortController | undefined;
  readonly #halted = Promise.withResolvers<void>();
  #halt: Halt | undefined;
  #storing = false;

  constructor(options: ExecutionOptions, run: Run, request: ExecutionRequest) {
    this.#options = options;
    this.#run = run;
    this.#request = request;
  }

  /** Fulfilled when the run is to end before it is complete. */
  get halted(): Promise<void> {
    return this.#halted.promise;
  }

  get isHalted(): boolean {
    return this.#halt !== undefined;
  }

  /** Ends the run on somebody's request: what was said is kept. */
  stop(): void {
    this.#end({
      state: "stopped",
      error: new TurnkeepError("run_aborted", "The run was stopped on request."),
    });
  }

  /** Ends the run because this process cannot go on with it. */
  interrupt(error: TurnkeepError): void {
    this.#end({ state: "interrupted", error });
  }

  /** Makes the answer and stores the turn; the run has ended when this is fulfilled. */
  async execute(): Promise<void> {
    const { runTimeout } = this.#options;
    const timer = setTimeout(() => {
      const message = `The run took longer than ${runTimeout} ms and was given up. Raise the option runTimeout if it needs more.`;
      this.#end({ state: "failed", error: new TurnkeepError("run_timeout", message) });
    }, runTimeout);
    const outcome = await this.#outcome();
    clearTimeout(timer);
    this.#storing = true;
    await this.#store(outcome);
  }

  /** Ends a run that never began, because it was halted in the queue. */
  async cancel(): Promise<void> {
    this.#storing = true;
    await this.#store(this.#toOutcome(this.#halt, undefined));
  }

  /** Ends a run that could not be begun. */
  async fail(error: unknown): Promise<void> {
    this.#storing = true;
    await this.#store(this.#failed(error));
  }

  #end(halt: Halt): void {
    if (this.#storing || this.#halt !== undefined) return;
    this.#halt = halt;
    this.#attempt?.abort(halt.error);
    this.#halted.resolve();
  }

  async #outcome(): Promise<Outcome> {
    for (let call = 1; ; call += 1) {
      const attempt = new AbortController();
      this.#attempt = attempt;
      if (this.#halt !== undefined) attempt.abort(this.#halt.error);
      const scope = this.#scope(attempt.signal);
      try {
        const work = this.#call(scope);
        const done = await Promise.race([work, this.#halted.promise]);
        if (done !== undefined) return done;
        // A component that heeds its signal ends by itself, and may still say what it has.
        const last = await settledWithin(work, this.#halt?.state === "stopped" ? stopGrace : 0);
        return this.#toOutcome(this.#halt, scope.turn, last);
      } catch (error) {
        // What the component began must not go on for a call that has failed.
        attempt.abort(error);
        if (this.#halt !== undefined) return this.#toOutcome(this.#halt, scope.turn);
        const again =
          this.#request.stream === true &&
          call < maxCalls &&
          !this.#run.started &&
          isWorthAnotherCall(error);
        if (!again) return this.#failed(error);
        this.#log("warn", error, "the run failed before its first piece and is begun again");
      } finally {
        scope.turn.discard();
      }
    }
  }

  async #call(scope: RunScope): Promise<Outcome> {
    const options: RunOptions = {
      ...this.#request.arguments,
      stream: this.#request.stream === true,
      signal: scope.signal,
    };
    const result: unknown = await enterRun(scope, () =>
      this.#options.component.run(this.#request.message as Message<never>, options),
    );
    const answer = await this.#listen(result);
    const messages = await scope.turn.end();
    this.#requireStorable(messages);
    return { state: "complete", messages, answer, error: undefined };
  }

  async #listen(result: unknown): Promise<Message> {
    if (isMessageStream(result)) {
      for await (const { content, fields = {}, part } of result) {
        // Whoever has given up on the run must not hear more of it.
        if (this.#halt !== undefined) throw this.#halt.error;
        this.#run.say(result, content, fields, part);
      }
      return result.finalMessage();
    }
    if (!isMessage(result)) {
      throw new TurnkeepError(
        "result_invalid",
        `The component's run answered ${describe(result)}, but must answer a Message or a MessageStream: return new Message(value).`,
      );
    }
    for (const { content, fields, part } of toPieces(result)) {
      this.#run.say(result, content, fields, part);
    }
    return result;
  }

  /** @param last how the component ended by itself, where it did. */
  #toOutcome(halt: Halt | undefined, turn: Turn | undefined, last?: Outcome): Outcome {
    if (halt?.state !== "stopped") return this.#failed(halt?.error, halt?.state);
    const messages = last?.messages ?? turn?.endEarly() ?? [];
    return { state: "stopped", messages, answer: this.#part(true), error: undefined };
  }

  #failed(cause: unknown, state: TurnEnd["state"] = "failed"): Outcome {
    return {
      state,
      messages: [],
      answer: this.#run.started ? this.#part(false) : undefined,
      error: toFailure(cause, this.#run.requestId),
      cause,
    };
  }

  /** What has been said of the answer. */
  #part(stopped: boolean): Message<string> {
    const { content, fields, parts } = this.#run.between(0, this.#run.length);
    return new Message(content.toWellFormed(), {
      ...this.#run.answer,
      fields: stopped ? { ...fields, stopped: true } : fields,
      parts: joinParts(parts),
    });
  }

  async #store(outcome: Outcome): Promise<void> {
    const { store, replica } = this.#options;
    const { cause, ...rest } = outcome;
    const end: TurnEnd = { requestId: this.#run.requestId, replica, ...rest };
    if (cause !== undefined) this.#log("error", cause, `the run ${outcome.state}`);
    try {
      await store.endTurn(end);
      this.#tell(outcome);
    } catch (error) {
      this.#log("error", error, "the end of the run could not be stored");
      const failure = toFailure(error, this.#run.requestId);
      const state = end.state === "failed" ? "failed" : "interrupted";
      this.#run.finish({ type: "run-error", state, failure, error });
      if (failure.code !== "claim_lost") await this.#giveUp(end);
    }
  }

  // A turn that went on in the store would hold up its session.
  async #giveUp(end: TurnEnd): Promise<void> {
    try {
      const state = end.state === "failed" ? "failed" : "interrupted";
      await this.#options.store.endTurn({ ...end, state, messages: [] });
    } catch (error) {
      this.#log("warn", error, "the run could not be ended, and is ended at a renewal of claims");
    }
  }

  #tell({ state, answer, error: failure, cause }: Outcome): void {
    if ((state === "complete" || state === "stopped") && answer !== undefined) {
      this.#run.finish({ type: "run-end", state, message: answer });
    } else {
      this.#run.finish({
        type: "run-error",
        state: state === "failed" ? "failed" : "interrupted",
        failure: failure ?? toFailure(cause, this.#run.requestId),
        error: cause,
      });
    }
  }

  #requireStorable(messages: readonly KeyedMessage[]): void {
    const { messageLimit } = this.#options;
    for (const { messageKey, message } of messages) {
      const size = Buffer.byteLength(JSON.stringify(message));
      if (size > messageLimit) {
        throw new TurnkeepError(
          "message_too_large",
          `The message under the key ${describe(messageKey)} has ${size} bytes of JSON, more than the ${messageLimit} that messageLimit allows.`,
        );
      }
    }
  }

  #scope(signal: AbortSignal): RunScope {
    const { store, logger, model, callerCredentialsOnly } = this.#options;
    const { sessionId, requestId } = this.#run;
    return {
      sessionId,
      requestId,
      userId: this.#request.userId,
      isAside: this.#request.isAside,
      store,
      turn: new Turn(),
      signal,
      credentials: this.#request.credentials ?? new Map(),
      callerCredentialsOnly,
      model,
      warn: (facts, message) => logger.warn({ requestId, sessionId, ...facts }, message),
    };
  }

  #log(level: "warn" | "error", error: unknown, message: string): void {
    const { requestId, sessionId } = this.#run;
    const secrets = [...(this.#request.credentials?.values() ?? [])];
    this.#options.logger[level](
      { requestId, sessionId, error: toLoggable(error, secrets) },
      message,
    );
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

/** What the work has come to within so many milliseconds; undefined where it failed or goes on. */
async function settledWithin<Result>(
  work: Promise<Result>,
  milliseconds: number,
): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  const result = await Promise.race([work.catch(() => undefined), grace]);
  clearTimeout(timer);
  return result;
}
