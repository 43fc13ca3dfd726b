import { describe, TurnkeepError } from "../errors.ts";
import { isPlainObject } from "../json.ts";
import {
  isMessageStream,
  type MessageDelta,
  type MessageStream,
} from "../message/message-stream.ts";
import { isMessage, Message } from "../message/message.ts";
import { maxMessageKeyLength, type TurnMessages } from "../session/session-store.ts";
import { textProblem } from "../session/text-limits.ts";

/** What `append` takes: for each key a message, or one that is still being said. */
export type Appended = { readonly [messageKey: string]: Message | MessageStream };

/**
 * What a typed session asks of its messages: throws for a key it does not take; the answer checks
 * the content of a message under the key, and throws or rejects where it does not fit.
 */
export type MessageCheck = (messageKey: string) => Check;

type Check = (message: Message) => void | Promise<void>;

/**
 * The turn of one run: collects what the component appends, and gives it out whole when the run
 * has ended.
 */
export class Turn {
  readonly #entries = new Map<string, Message | Pending>();
  readonly #appends: KeptPromise<void>[] = [];
  #ended = false;

  /** Whether the turn has ended, so that nothing can be appended any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Takes messages into the turn, all or none. A stream is taken when it has ended; this does not
   * wait for it. The answer's failure is never unhandled: the end of the turn throws it, where
   * nobody waited for it.
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
   * reads), also those that come meanwhile, and answers the messages in the order they were
   * appended. Throws what an append threw that nobody waited for, what a stream threw, and
   * `run_ended` where the turn was discarded meanwhile.
   */
  async end(): Promise<TurnMessages["messages"]> {
    let messages: TurnMessages["messages"] = [];
    for (let settled = 0; settled < this.#appends.length;) {
      for (const append of this.#appends.slice(settled)) {
        settled += 1;
        try {
          await append.settled;
        } catch (error) {
          if (!append.observed) throw error;
        }
      }
      messages = await this.#whole();
    }
    if (this.#ended) throw runEnded();
    this.discard();
    return messages;
  }

  /**
   * Ends the turn now, and answers what has been appended: of a stream that has not ended what it
   * has said, with the field `stopped` true.
   */
  endEarly(): TurnMessages["messages"] {
    this.#ended = true;
    return Array.from(this.#entries, ([messageKey, message]) => ({
      messageKey,
      message: message instanceof Pending ? message.soFar() : message,
    }));
  }

  /** Ends the turn without its messages: appends fail from now on, and no stream is read on. */
  discard(): void {
    this.#ended = true;
    for (const message of this.#entries.values()) {
      if (message instanceof Pending) message.leave();
    }
    // A run's context may outlive it in whatever the component keeps open.
    this.#entries.clear();
    this.#appends.length = 0;
  }

  async #append(appended: Appended, check: MessageCheck | undefined): Promise<void> {
    if (this.#ended) throw runEnded();
    const entries = Object.entries(requireObject(appended)).map(([messageKey, message]) => {
      this.#requireAppendable(messageKey, message);
      return { messageKey, message, check: check?.(messageKey) };
    });
    // The keys are taken before anything is awaited, so that a second append cannot take them too.
    for (const { messageKey, message, check: checkContent } of entries) {
      if (isMessageStream(message)) {
        this.#entries.set(messageKey, new Pending(message, checkContent));
      } else {
        this.#entries.set(messageKey, message);
      }
    }
    try {
      for (const { message, check: checkContent } of entries) {
        if (isMessage(message)) await checkContent?.(message);
      }
    } catch (error) {
      for (const { messageKey } of entries) this.#entries.delete(messageKey);
      throw error;
    }
  }

  #whole(): Promise<TurnMessages["messages"]> {
    return Promise.all(
      Array.from(this.#entries, async ([messageKey, message]) => ({
        messageKey,
        message: message instanceof Pending ? await message.whole : message,
      })),
    );
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

function runEnded(): TurnkeepError {
  return new TurnkeepError(
    "run_ended",
    "The run has ended, so nothing can be appended to its turn. Append before run returns, or before its stream ends.",
  );
}

function requireObject(appended: unknown): Appended {
  if (typeof appended !== "object" || appended === null || !isPlainObject(appended)) {
    throw new TurnkeepError(
      "invalid_argument",
      `append takes a plain object { key: message }, but was given ${describe(appended)}.`,
    );
  }
  return appended as Appended;
}

/** A message that is still being said. */
class Pending {
  /** The message, once it has been read to its end and checked. */
  readonly whole: Promise<Message>;
  readonly #stream: MessageStream;
  readonly #deltas: AsyncIterator<MessageDelta, undefined>;
  #ended: Message | undefined;
  #left = false;

  constructor(stream: MessageStream, check: Check | undefined) {
    this.#stream = stream;
    this.#deltas = stream[Symbol.asyncIterator]();
    this.whole = this.#read(check);
    void this.#keep();
  }

  /** Reads no more of it: its source is closed where nobody else reads it. */
  leave(): void {
    this.#left = true;
    this.#deltas.return?.().catch(() => undefined);
  }

  // The end of the turn waits for the whole; until then a failure must not count as unhandled.
  async #keep(): Promise<void> {
    try {
      this.#ended = await this.whole;
    } catch {
      this.#ended = undefined;
    }
  }

  soFar(): Message {
    if (this.#ended !== undefined) return this.#ended;
    const { content, id, name, fields } = this.#stream.partialMessage;
    return new Message(content, { id, name, fields: { ...fields, stopped: true } });
  }

  async #read(check: Check | undefined): Promise<Message> {
    while ((await this.#deltas.next()).done !== true) {
      // Read to the end: the stream keeps the deltas.
    }
    if (this.#left) throw runEnded();
    const message = await this.#stream.finalMessage();
    await check?.(message);
    return message;
  }
}

/** A promise that knows whether anybody waited for it, and whose failure is never unhandled. */
class KeptPromise<Result> extends Promise<Result> {
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
