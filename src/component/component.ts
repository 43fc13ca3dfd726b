import { describe, TurnkeepError } from "../errors.ts";
import { isMessageStream, type MessageStream } from "../message/message-stream.ts";
import { isMessage, type Message } from "../message/message.ts";
import { runAlone } from "../run/local.ts";

/** What a component's `run` is given beside the message. */
export interface RunOptions {
  /** Whether the answer is wanted piece by piece, as a `MessageStream`; false by default. */
  readonly stream?: boolean | undefined;
  /** Aborted when the run is to stop: pass it to whatever takes long. A component is always given one. */
  readonly signal?: AbortSignal | undefined;
  /** Every other key of a request's JSON body, as it was sent. */
  readonly [argument: string]: unknown;
}

/** What a component's `run` answers: a whole message, or one that is said piece by piece. */
export type RunResult<Output = unknown> = Message<Output> | MessageStream;

/** Anything with a `run` can be served; {@link Component} adds what it needs to run on its own. */
export interface Runnable<Input = never, Output = unknown> {
  run(message: Message<Input>, options?: RunOptions): Promise<RunResult<Output>>;
}

/**
 * A component: takes a message, answers one. Write `run`; inside it `new UserSession()` reads the
 * session's history and appends this turn's messages. Called directly, it runs on its own, with the
 * session in memory; a runtime serves it; called by another component, it belongs to that one's run.
 *
 * `run` answers a `Message`, or, where `stream` is true, a `MessageStream`. Its options always have
 * a `signal`, which is aborted when the caller's or the run's own is. One object serves many
 * requests at once: keep nothing of a request in its fields.
 *
 * Calling `run` throws, beside what the component throws, TurnkeepError `invalid_argument` for a
 * message that is not one and for options that are not an object, and `result_invalid` where the
 * component answers anything else than a message or a stream.
 */
export abstract class Component<Input = unknown, Output = unknown> implements Runnable<
  Input,
  Output
> {
  /** @throws TurnkeepError `component_invalid` where the class has no method `run`. */
  constructor() {
    // oxlint-disable-next-line typescript/unbound-method -- it is applied to this below
    const run: unknown = this.run;
    if (typeof run !== "function") {
      throw new TurnkeepError(
        "component_invalid",
        `The component ${this.constructor.name} has no method run: write run(message, { stream }) as a method, not as a field.`,
      );
    }
    // Each direct call is a run of its own, so that its turn is kept whole, as in a runtime. Own
    // and bound, so that it can be passed along as a function.
    Object.defineProperty(this, "run", {
      configurable: true,
      writable: true,
      value: async (message: unknown, options: unknown = {}) => {
        requireMessage(message);
        requireOptions(options);
        return runAlone(options.signal, async (signal) => {
          const result: unknown = await Reflect.apply(run, this, [message, { ...options, signal }]);
          requireResult(result);
          return result;
        });
      },
    });
  }

  /** Answers a message. See {@link Component}. */
  abstract run(message: Message<Input>, options?: RunOptions): Promise<RunResult<Output>>;
}

function requireMessage(message: unknown): void {
  if (!isMessage(message)) {
    throw new TurnkeepError(
      "invalid_argument",
      `run takes a Message, but was given ${describe(message)}. Wrap it: new Message(value).`,
    );
  }
}

function requireOptions(options: unknown): asserts options is RunOptions {
  if (typeof options !== "object" || options === null) {
    throw new TurnkeepError(
      "invalid_argument",
      `run takes its options as an object, such as { stream: true }, but was given ${describe(options)}.`,
    );
  }
}

function requireResult(result: unknown): asserts result is RunResult {
  if (!isMessage(result) && !isMessageStream(result)) {
    throw new TurnkeepError(
      "result_invalid",
      `The component's run answered ${describe(result)}, but must answer a Message or a MessageStream: return new Message(value).`,
    );
  }
}
