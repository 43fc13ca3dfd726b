import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { describe, TurnkeepError } from "../errors.ts";
import { Message, type MessageFields } from "./message.ts";

/** One piece of a message that is still being said. */
export interface MessageDelta {
  /** The piece of text, to be put behind those before it. May be empty. */
  readonly content: string;
  /** Fields known by now, such as `token_usage`; a later value of a name replaces an earlier one. */
  readonly fields?: MessageFields;
}

/** How a {@link MessageStream} is made beyond its source. */
export interface MessageStreamOptions {
  /** The final message's id, a new UUID by default. */
  readonly id?: string;
  /** The final message's name, `msg` by default. */
  readonly name?: string;
}

type Step = { readonly done: true } | { readonly done: false };

const marker: unique symbol = Symbol.for("turnkeep.message-stream");

/**
 * A message that is said piece by piece: an async iterable of deltas, and the whole message at
 * the end.
 *
 * Each loop over it sees every delta from the first, also when several read at once; the source is
 * read once, as fast as the fastest reader asks. The source is always read within the run that
 * made the stream, whoever reads. Leaving a loop early closes the source, unless another reader
 * is still there; what was said until then is never passed off as the whole message.
 */
export class MessageStream implements AsyncIterable<MessageDelta> {
  /** The id that the final message will have. */
  readonly id: string;
  /** The name that the final message will have. */
  readonly name: string;

  readonly #source: AsyncIterator<unknown> | Iterator<unknown>;
  readonly #within: <Result>(work: () => Result) => Result = AsyncLocalStorage.snapshot();
  readonly #deltas: MessageDelta[] = [];
  #pull: Promise<Step> | undefined;
  #end: { readonly error?: unknown } | undefined;
  #readers = 0;
  #final: Promise<Message<string>> | undefined;

  private constructor(
    source: Iterable<unknown> | AsyncIterable<unknown>,
    { id = randomUUID(), name = "msg" }: MessageStreamOptions,
  ) {
    this.id = id;
    this.name = name;
    this.#source =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    Object.defineProperty(this, marker, { value: true });
  }

  /**
   * A stream out of texts or deltas, in the order the source gives them.
   * @throws TurnkeepError `invalid_argument` where the source cannot be iterated, or is one text
   * (a text would be taken apart into characters: give a list). A piece that is neither a text
   * nor a delta ends the stream with `result_invalid`.
   */
  static from(
    source: Iterable<string | MessageDelta> | AsyncIterable<string | MessageDelta>,
    options: MessageStreamOptions = {},
  ): MessageStream {
    if (typeof source !== "object" || source === null || !isIterable(source)) {
      throw new TurnkeepError(
        "invalid_argument",
        `A message stream is made from an iterable of texts or deltas, but it was given ${describe(source)}. For one text, give a list: [text].`,
      );
    }
    return new MessageStream(source, options);
  }

  /** The deltas from the first to the last; throws what the source throws. */
  async *[Symbol.asyncIterator](): AsyncGenerator<MessageDelta, void, undefined> {
    this.#readers += 1;
    let ended = false;
    try {
      for (let index = 0; ; index += 1) {
        while (index >= this.#deltas.length) {
          const step = await this.#next();
          if (step.done && index >= this.#deltas.length) {
            ended = true;
            return;
          }
        }
        const delta = this.#deltas[index];
        if (delta !== undefined) yield delta;
      }
    } catch (error) {
      ended = true;
      throw error;
    } finally {
      this.#readers -= 1;
      if (!ended && this.#readers === 0) await this.#close();
    }
  }

  /**
   * The whole message, once the last delta is there: all texts joined, the fields merged. Reads
   * the stream to its end if nobody else does. Throws what the source throws.
   * @throws TurnkeepError `stream_closed` where the stream's reader left it before its end.
   */
  finalMessage(): Promise<Message<string>> {
    this.#final ??= this.#collect();
    return this.#final;
  }

  /**
   * What has been said so far: the texts joined, the fields merged.
   */
  get partialMessage(): Message<string> {
    const fields: Record<string, unknown> = {};
    for (const delta of this.#deltas) Object.assign(fields, delta.fields);
    const content = this.#deltas.map((delta) => delta.content).join("");
    // A model that stops in mid-character leaves half a surrogate pair, which no database keeps.
    return new Message(content.toWellFormed(), { id: this.id, name: this.name, fields });
  }

  async #collect(): Promise<Message<string>> {
    for await (const _delta of this) {
      // Read to the end: the deltas are kept.
    }
    return this.partialMessage;
  }

  #next(): Promise<Step> {
    if (this.#end !== undefined) {
      return "error" in this.#end
        ? Promise.reject(this.#end.error)
        : Promise.resolve({ done: true });
    }
    this.#pull ??= this.#read().finally(() => {
      this.#pull = undefined;
    });
    return this.#pull;
  }

  async #read(): Promise<Step> {
    try {
      const result = await this.#within(() => this.#source.next());
      if (result.done === true) {
        this.#end ??= {};
        return { done: true };
      }
      this.#deltas.push(toDelta(result.value));
      return { done: false };
    } catch (error) {
      this.#end ??= { error };
      throw error;
    }
  }

  async #close(): Promise<void> {
    if (this.#end !== undefined) return;
    this.#end = {
      error: new TurnkeepError(
        "stream_closed",
        `The message stream was left after ${this.#deltas.length} deltas, before its end, so there is no whole message. Read it to the end, or append a message of what was said.`,
      ),
    };
    await this.#within(() => this.#source.return?.());
  }
}

/** Whether `value` is a {@link MessageStream}, also one made by another copy of the package. */
export function isMessageStream(value: unknown): value is MessageStream {
  return typeof value === "object" && value !== null && marker in value;
}

function isIterable(value: object): boolean {
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

function toDelta(piece: unknown): MessageDelta {
  if (typeof piece === "string") return { content: piece };
  if (
    typeof piece === "object" &&
    piece !== null &&
    "content" in piece &&
    typeof piece.content === "string"
  ) {
    return piece as MessageDelta;
  }
  throw new TurnkeepError(
    "result_invalid",
    `A message stream's pieces are texts or deltas { content: text, fields? }, but one is ${describe(piece)}.`,
  );
}
