import { AsyncLocalStorage } from "node:async_hooks";
import { describe, TurnkeepError } from "../errors.ts";
import { Message, type MessageFields, toMessageFields } from "./message.ts";
import { type MessagePart, toMessagePart } from "./message-part.ts";
import { PartList } from "./part-list.ts";

/** One piece of a message that is still being said. */
export interface MessageDelta {
  /** The piece of text, to be put behind those before it. May be empty. */
  readonly content: string;
  /** Fields known by now, such as `token_usage`; a later value of a name replaces an earlier one. */
  readonly fields?: MessageFields;
  /** Something beside the text, which stands behind this piece of it. */
  readonly part?: MessagePart;
}

/** How a {@link MessageStream} is made beyond its source. */
export interface MessageStreamOptions {
  /** The final message's id, a new UUID by default. */
  readonly id?: string;
  /** The final message's name, `msg` by default. */
  readonly name?: string;
}

/** What a stream is made of: a piece of text, one with more beside it, or a part by itself. */
export type MessageSource = string | MessageDelta | MessagePart;

type Step = IteratorResult<MessageDelta, undefined>;

const done: Step = { done: true, value: undefined };
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
  /** The calls of tools that have been told of. */
  readonly #tools = new Set<string>();
  /** The reading of the source that is under way. */
  #pull: Promise<void> | undefined;
  #end: { readonly error?: unknown } | undefined;
  #readers = 0;
  #final: Promise<Message<string>> | undefined;

  static {
    Object.defineProperty(this.prototype, marker, { value: true });
  }

  private constructor(
    source: Iterable<unknown> | AsyncIterable<unknown>,
    options: MessageStreamOptions,
  ) {
    const { id, name } = new Message("", options);
    this.id = id;
    this.name = name;
    this.#source =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /**
   * A stream out of texts, deltas or parts, in the order the source gives them.
   * @throws TurnkeepError `invalid_argument` where the source cannot be iterated, or is one text
   * (a text would be taken apart into characters: give a list); `message_invalid` where the id or
   * the name is not a text. A piece that is neither a text, a delta nor a part ends the stream with
   * `result_invalid`, one with fields or a part that a message cannot have with `message_invalid`.
   */
  static from(
    source: Iterable<MessageSource> | AsyncIterable<MessageSource>,
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

  /**
   * The deltas from the first to the last; throws what the source throws. An iterator's `return`
   * does not wait for a piece that is still to come.
   */
  // Not a generator: its return would wait for the piece that its next waits for, so that a reader
  // could not leave a source that has gone quiet.
  [Symbol.asyncIterator](): AsyncIterableIterator<MessageDelta, undefined, undefined> {
    const waiting = new Set<(step: Step) => void>();
    let index = 0;
    let state: "new" | "reading" | "left" = "new";

    const leave = (): void => {
      if (state === "reading") this.#readers -= 1;
      state = "left";
    };
    const take = async (place: number, waiter: (step: Step) => void): Promise<Step> => {
      try {
        const delta = await this.#deltaAt(place);
        if (delta !== undefined) return { done: false, value: delta };
      } catch (error) {
        leave();
        throw error;
      } finally {
        waiting.delete(waiter);
      }
      leave();
      return done;
    };
    return {
      next: () => {
        if (state === "left") return Promise.resolve(done);
        if (state === "new") this.#readers += 1;
        state = "reading";
        const place = index;
        index += 1;
        const value = this.#deltas[place];
        if (value !== undefined) return Promise.resolve({ done: false, value });
        return new Promise<Step>((resolve, reject) => {
          waiting.add(resolve);
          take(place, resolve).then(resolve, reject);
        });
      },
      return: async () => {
        const wasLast = state === "reading" && this.#readers === 1;
        leave();
        for (const resolve of waiting) resolve(done);
        if (wasLast) await this.#leave();
        return done;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /**
   * The whole message, once the last delta is there: all texts joined, fields and parts merged. Reads
   * the stream to its end if nobody else does. Throws what the source throws.
   * @throws TurnkeepError `stream_closed` where the stream's reader left it before its end.
   */
  finalMessage(): Promise<Message<string>> {
    this.#final ??= this.#collect();
    return this.#final;
  }

  /**
   * What has been said so far: the texts joined, fields and parts merged.
   */
  get partialMessage(): Message<string> {
    const fields = new Map<string, unknown>();
    const parts = new PartList();
    let length = 0;
    for (const delta of this.#deltas) {
      for (const [name, value] of Object.entries(delta.fields ?? {})) fields.set(name, value);
      length += delta.content.length;
      if (delta.part !== undefined) parts.add(delta.part, length);
    }
    const content = this.#deltas.map((delta) => delta.content).join("");
    const { id, name } = this;
    // A model that stops in mid-character leaves half a surrogate pair, which no database keeps.
    return new Message(content.toWellFormed(), {
      id,
      name,
      fields: Object.fromEntries(fields),
      parts: parts.toParts(),
    });
  }

  async #collect(): Promise<Message<string>> {
    this.#readers += 1;
    try {
      let delta: MessageDelta | undefined;
      do {
        delta = await this.#deltaAt(this.#deltas.length);
      } while (delta !== undefined);
    } finally {
      this.#readers -= 1;
    }
    return this.partialMessage;
  }

  /** The delta at a place, once it is there; undefined behind the last one. */
  async #deltaAt(place: number): Promise<MessageDelta | undefined> {
    while (place >= this.#deltas.length) {
      if (this.#end !== undefined) {
        if ("error" in this.#end) throw this.#end.error;
        return undefined;
      }
      this.#pull ??= this.#read();
      await this.#pull;
    }
    return this.#deltas[place];
  }

  /** Reads one piece of the source: adds a delta or sets the end. */
  async #read(): Promise<void> {
    try {
      const result = await this.#within(() => this.#source.next());
      // Whoever left while the piece was to come does not want it.
      if (this.#end !== undefined) return;
      if (result.done === true) this.#end = {};
      else this.#add(result.value);
    } catch (error) {
      this.#end ??= { error };
    } finally {
      this.#pull = undefined;
    }
  }

  /** Adds a piece of the source, or ends the stream where it is none. */
  #add(piece: unknown): void {
    try {
      const delta = toDelta(piece);
      this.#requireNamed(delta.part);
      this.#deltas.push(delta);
    } catch (error) {
      this.#end = { error };
      this.#closeSource().catch(() => undefined);
    }
  }

  /** Ends the stream before its end. */
  async #leave(): Promise<void> {
    if (this.#end !== undefined) return;
    this.#end = {
      error: new TurnkeepError(
        "stream_closed",
        `The message stream was left after ${this.#deltas.length} deltas, before its end, so there is no whole message. Read it to the end, or append a message of what was said.`,
      ),
    };
    const closing = this.#closeSource();
    if (this.#pull === undefined) await closing;
    // A generator closes only when its piece has come, which may be never.
    else closing.catch(() => undefined);
  }

  /** Refuses a call of a tool that is told of for the first time without the tool's name. */
  #requireNamed(part: MessagePart | undefined): void {
    if (part?.type !== "tool") return;
    if (part.name === undefined && !this.#tools.has(part.id)) {
      throw new TurnkeepError(
        "message_invalid",
        `The call ${describe(part.id)} of a tool is told of without a name: its first piece needs one, as { type: "tool", id, name, input }.`,
      );
    }
    this.#tools.add(part.id);
  }

  async #closeSource(): Promise<void> {
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

/** A copy, since a source may use one object for all its pieces. */
function toDelta(piece: unknown): MessageDelta {
  if (typeof piece === "string") return Object.freeze({ content: piece });
  if (typeof piece === "object" && piece !== null && "content" in piece) {
    const { content } = piece;
    const fields = "fields" in piece ? piece.fields : undefined;
    const part = "part" in piece ? piece.part : undefined;
    if (typeof content === "string") {
      return Object.freeze({
        content,
        ...(fields === undefined ? {} : { fields: toMessageFields(fields) }),
        ...(part === undefined ? {} : { part: toMessagePart(part) }),
      });
    }
  } else if (typeof piece === "object" && piece !== null && "type" in piece) {
    return Object.freeze({ content: "", part: toMessagePart(piece) });
  }
  throw new TurnkeepError(
    "result_invalid",
    `A message stream's pieces are texts, deltas { content: text, fields?, part? } or parts { type, ... }, but one is ${describe(piece)}.`,
  );
}
