import type { Message, MessageFields } from "../message/message.ts";
import { toError } from "./failure.ts";
import type { Failure } from "./failure.ts";

/** A piece of an answer. */
export interface RunDelta {
  readonly type: "delta";
  /** The answer's id and name. */
  readonly id: string;
  readonly name: string;
  /** A piece of the text; or the whole content of an answer that is no text. */
  readonly content: unknown;
  /** The fields this piece brings; a later value of a name replaces an earlier one. */
  readonly fields: MessageFields;
  /** How much has been said with this piece: the text's length in UTF-16 units. */
  readonly position: number;
}

/** The end of a run. */
export type RunEnd =
  /** The run is whole, or was stopped: this is the answer, and the turn is stored. */
  | {
      readonly type: "run-end";
      readonly state: "complete" | "stopped";
      readonly message: Message;
    }
  /** None of its messages is stored. */
  | {
      readonly type: "run-error";
      readonly state: "failed" | "interrupted";
      readonly failure: Failure;
      readonly error?: unknown;
    };

/** What happens in a run, in order: pieces, then one end. */
export type RunEvent = RunDelta | RunEnd;

/** What a {@link Run} is called by. */
export interface RunIdentity {
  readonly sessionId: string;
  readonly requestId: string;
  /** When its turn began: local time without zone, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly createdAt: string;
}

/**
 * One execution of the component for one request, as its readers see it. It goes on whether or not
 * anybody reads it, and any number of readers see all of it, from wherever they begin.
 */
export class Run implements RunIdentity {
  readonly sessionId: string;
  readonly requestId: string;
  readonly createdAt: string;
  // Kept apart, since a run has thousands of pieces and few of them bring fields.
  readonly #contents: unknown[] = [];
  readonly #fields = new Map<number, MessageFields>();
  #id = "";
  #name = "";
  #end: RunEnd | undefined;
  #readers = 0;
  #changed = Promise.withResolvers<void>();

  constructor({ sessionId, requestId, createdAt }: RunIdentity) {
    this.sessionId = sessionId;
    this.requestId = requestId;
    this.createdAt = createdAt;
  }

  /** Whether a piece of the answer has been said. */
  get started(): boolean {
    return this.#contents.length > 0;
  }

  /** How many read it at the moment, or wait for its end. */
  get readers(): number {
    return this.#readers;
  }

  /** The end, once it is there. */
  get end(): RunEnd | undefined {
    return this.#end;
  }

  /** The answer's id and name, once it has begun. */
  get answer(): { readonly id: string; readonly name: string } | undefined {
    return this.started ? { id: this.#id, name: this.#name } : undefined;
  }

  /** How many pieces there are. */
  get length(): number {
    return this.#contents.length;
  }

  /**
   * The text and the fields of the pieces from the first given to before the last; the text is ""
   * where the content is no text.
   */
  between(
    first: number,
    last: number,
  ): { readonly content: string; readonly fields: MessageFields } {
    const fields: Record<string, unknown> = {};
    for (const [index, brought] of this.#fields) {
      if (index >= first && index < last) Object.assign(fields, brought);
    }
    const texts = this.#contents
      .slice(first, last)
      .filter((content) => typeof content === "string");
    return { content: texts.join(""), fields };
  }

  /** Adds a piece; after the end nothing is added. */
  say(
    { id, name }: { readonly id: string; readonly name: string },
    content: unknown,
    fields: MessageFields,
  ): void {
    if (this.#end !== undefined) return;
    this.#id = id;
    this.#name = name;
    if (Object.keys(fields).length > 0) this.#fields.set(this.#contents.length, fields);
    this.#contents.push(content);
    this.#wake();
  }

  /** Ends the run; a second end is ignored. */
  finish(end: RunEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#wake();
  }

  /**
   * The events from a position on to the end, each as soon as it is there. A piece that lies across
   * the position is cut there.
   */
  async *events(from = 0): AsyncGenerator<RunEvent, void, undefined> {
    this.#readers += 1;
    try {
      yield* this.#eventsFrom(from);
    } finally {
      this.#readers -= 1;
    }
  }

  async *#eventsFrom(from: number): AsyncGenerator<RunEvent, void, undefined> {
    let position = 0;
    for (let index = 0; ;) {
      if (index < this.#contents.length) {
        const whole = this.#contents[index];
        const fields = this.#fields.get(index) ?? {};
        const before = position;
        position += lengthOf(whole);
        index += 1;
        if (position < from || (position === from && from > 0 && isEmpty(fields))) continue;
        const content = typeof whole === "string" ? whole.slice(Math.max(0, from - before)) : whole;
        yield { type: "delta", id: this.#id, name: this.#name, content, fields, position };
      } else if (this.#end !== undefined) {
        yield this.#end;
        return;
      } else {
        await this.#changed.promise;
      }
    }
  }

  /** The answer, once the run has ended well; throws what ended it otherwise. */
  async message(): Promise<Message> {
    const end = await this.ended();
    if (end.type === "run-end") return end.message;
    throw end.error ?? toError(end.failure);
  }

  /** The end, when the run has ended, well or not. */
  async ended(): Promise<RunEnd> {
    this.#readers += 1;
    try {
      while (this.#end === undefined) await this.#changed.promise;
      return this.#end;
    } finally {
      this.#readers -= 1;
    }
  }

  #wake(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }
}

function lengthOf(content: unknown): number {
  return typeof content === "string" ? content.length : 1;
}

function isEmpty(fields: MessageFields): boolean {
  return Object.keys(fields).length === 0;
}
