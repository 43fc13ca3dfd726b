import { describe, type ErrorCode, TurnkeepError } from "../errors.ts";
import { isMessageStream, type MessageStream } from "../message/message-stream.ts";
import { isMessage, type Message } from "../message/message.ts";
import { maxMessageKeyLength, type TurnMessages } from "../session/session-store.ts";
import { textProblem } from "../session/text-limits.ts";

/** What `append` takes: for each key a message, or one that is still being said. */
export type Appended = { readonly [messageKey: string]: Message | MessageStream };

/** Checks a message's content before it is stored; throws or rejects where it does not fit. */
export type MessageCheck = (messageKey: string, message: Message) => void | Promise<void>;

const afterTheRun =
  "The run has ended, so nothing can be appended to its turn. Append before run returns, or before its stream ends.";

/**
 * The turn of one run: collects what the component appends, and gives it out whole when the run
 * has ended.
 */
export class Turn {
  readonly #entries = new Map<string, Message | Promise<Message>>();
  readonly #appends: KeptPromise<void>[] = [];
  #closed: TurnkeepError | undefined;

  /**
   * Takes messages into the turn, all or none. A stream is taken when it has ended; this does not
   * wait for it.
   * @throws TurnkeepError `run_ended` after the end; `invalid_argument` for what is not a message
   * or a stream, and for a key that is empty, longer than 128 characters or holds control
   * characters; `message_key_taken` for a key the turn has; what `check` throws.
   */
  append(appended: Appended, check?: MessageCheck): Promise<void> {
    const append = KeptPromise.keep(this.#append(appended, check));
    this.#appends.push(append);
    return append;
  }

  /**
   * Ends the turn: waits for every append and every appended stream (reading those that nobody
   * reads), and answers the messages in the order they were appended. Throws what an append threw
   * that nobody waited for, and what a stream threw.
   */
  async end(): Promise<TurnMessages["messages"]> {
    for (const append of this.#appends) {
      try {
        await append.settled;
      } catch (error) {
        if (!append.observed) throw error;
      }
    }
    this.refuse("run_ended", afterTheRun);
    const messages: { messageKey: string; message: Message }[] = [];
    for (const [messageKey, message] of this.#entries) {
      messages.push({ messageKey, message: await message });
    }
    return messages;
  }

  /** Ends the turn without its messages: appends fail from now on. */
  discard(): void {
    this.refuse("run_ended", afterTheRun);
    this.#entries.clear();
  }

  /** Makes every further append fail with the given error. */
  refuse(code: ErrorCode, message: string): void {
    this.#closed ??= new TurnkeepError(code, message);
  }

  async #append(appended: Appended, check: MessageCheck | undefined): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed;
    const entries = Object.entries(requireObject(appended));
    for (const [messageKey, message] of entries) this.#requireAppendable(messageKey, message);
    // The keys are taken before anything is awaited, so that a second append cannot take them too.
    for (const [messageKey, message] of entries) {
      this.#entries.set(
        messageKey,
        isMessageStream(message) ? final(messageKey, message, check) : message,
      );
    }
    if (check === undefined) return;
    try {
      for (const [messageKey, message] of entries) {
        if (isMessage(message)) await check(messageKey, message);
      }
    } catch (error) {
      for (const [messageKey] of entries) this.#entries.delete(messageKey);
      throw error;
    }
  }

  #requireAppendable(messageKey: string, message: unknown): void {
    const problem = textProblem(messageKey, maxMessageKeyLength);
    if (problem !== undefined) {
      throw new TurnkeepError(
        "invalid_argument",
        `The message key ${describe(messageKey)} ${problem}.`,
      );
    }
    if (!isMessage(message) && !isMessageStream(message)) {
      throw new TurnkeepError(
        "invalid_argument",
        `append takes messages and message streams, but ${describe(messageKey)} is ${describe(message)}. Wrap it: new Message(value).`,
      );
    }
    if (this.#entries.has(messageKey)) {
      throw new TurnkeepError(
        "message_key_taken",
        `This turn already has a message under the key ${describe(messageKey)}. A turn keeps one message a key: append both as one list, or choose another key.`,
      );
    }
  }
}

function requireObject(appended: unknown): Appended {
  if (
    typeof appended !== "object" ||
    appended === null ||
    Array.isArray(appended) ||
    isMessage(appended) ||
    isMessageStream(appended)
  ) {
    throw new TurnkeepError(
      "invalid_argument",
      `append takes an object { key: message }, but was given ${describe(appended)}.`,
    );
  }
  return appended as Appended;
}

function final(
  messageKey: string,
  stream: MessageStream,
  check: MessageCheck | undefined,
): Promise<Message> {
  const message = stream.finalMessage().then(async (whole) => {
    await check?.(messageKey, whole);
    return whole;
  });
  // The run waits for it at its end; until then a failure must not count as unhandled.
  message.catch(() => undefined);
  return message;
}

/** A promise that knows whether anybody waited for it, and whose failure is never unhandled. */
class KeptPromise<Result> extends Promise<Result> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  observed = false;
  settled: Promise<Result> | undefined;

  static keep<Result>(promise: Promise<Result>): KeptPromise<Result> {
    const kept = new KeptPromise<Result>((resolve, reject) => {
      promise.then(resolve, reject);
    });
    kept.settled = promise;
    promise.catch(() => undefined);
    void Promise.prototype.then.call(kept, undefined, () => undefined);
    return kept;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- to know whether anybody waits is what it is for
  override then<Fulfilled = Result, Rejected = never>(
    onFulfilled?: ((value: Result) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.observed = true;
    return super.then(onFulfilled, onRejected);
  }
}
