import type { Message, MessageFields } from "../message/message.ts";
import type { MessagePart } from "../message/message-part.ts";
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
  /** Something beside the text, which stands behind this piece. */
  readonly part?: MessagePart;
  /** How much has been said with this piece: the text's length in UTF-16 units. */
  readonly position: number;
  /** How many pieces of parts have been told with this one. */
  readonly parts: number;
}

/** How much of an answer a reader has: see {@link RunDelta}. */
export type RunPlace = Pick<RunDelta, "position" | "parts">;

/** Where an answer begins. */
export const beginning: RunPlace = { position: 0, parts: 0 };

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
  /** The turns that are versions of one another in the order they began, its own among them. */
  readonly versions: readonly string[];
}

/**
 * One execution of the component for one request, as its readers see it. It goes on whether or not
 * anybody reads it, and any number of readers see all of it, from wherever they begin.
 */
export class Run implements RunIdentity {
  readonly sessionId: string;
  readonly requestId: string;
  readonly createdAt: string;
  readonly versions: readonly string[];
  // Kept apart, since a run has thousands of pieces and few of them bring fields.
  readonly #contents: unknown[] = [];
  readonly #fields = new Map<number, MessageFields>();
  readonly #parts = new Map<number, MessagePart>();
  #id = "";
  #name = "";
  #end: RunEnd | undefined;
  #readers = 0;
  #changed = Promise.withResolvers<void>();

  constructor({ sessionId, requestId, createdAt, versions }: RunIdentity) {
    this.sessionId = sessionId;
    this.requestId = requestId;
    this.createdAt = createdAt;
    this.versions = versions;
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
   * The text, the fields and the parts of the pieces from the first given to before the last; the
   * text is "" where the content is no text. The parts say how much of the whole text stands before
   * each.
   */
  between(
    first: number,
    last: number,
  ): {
    readonly content: string;
    readonly fields: MessageFields;
    readonly parts: readonly MessagePart[];
  } {
    const fields: Record<string, unknown> = {};
    for (const [index, brought] of this.#fields) {
      if (index >= first && index < last) Object.assign(fields, brought);
    }
    const texts = this.#contents
      .slice(first, last)
      .filter((content) => typeof content === "string");
    return { content: texts.join(""), fields, parts: this.#partsBetween(first, last) };
  }

  #partsBetween(first: number, last: number): readonly MessagePart[] {
    const parts: MessagePart[] = [];
    if (this.#parts.size === 0) return parts;
    let at = 0;
    for (let index = 0; index < last; index += 1) {
      const content = this.#contents[index];
      if (typeof content === "string") at += content.length;
      const part = this.#parts.get(index);
      if (part !== undefined && index >= first) parts.push({ ...part, at });
    }
    return parts;
  }

  /** Adds a piece; after the end nothing is added. */
  say(
    { id, name }: { readonly id: string; readonly name: string },
    content: unknown,
    fields: MessageFields,
    part?: MessagePart,
  ): void {
    if (this.#end !== undefined) return;
    this.#id = id;
    this.#name = name;
    if (Object.keys(fields).length > 0) this.#fields.set(this.#contents.length, fields);
    if (part !== undefined) this.#parts.set(this.#contents.length, part);
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
  async *events(from: RunPlace = beginning): AsyncGenerator<RunEvent, void, undefined> {
    this.#readers += 1;
    try {
      yield* this.#eventsFrom(from);
    } finally {
      this.#readers -= 1;
    }
  }

  async *#eventsFrom(from: RunPlace): AsyncGenerator<RunEvent, void, undefined> {
    let position = 0;
    let parts = 0;
    for (let index = 0; ;) {
      if (index < this.#contents.length) {
        const whole = this.#contents[index];
        const fields = this.#fields.get(index) ?? {};
        const part = this.#parts.get(index);
        const before = position;
        position += lengthOf(whole);
        if (part !== undefined) parts += 1;
        index += 1;
        if (isTold(from, { position, parts }, part, fields)) continue;
        const content =
          typeof whole === "string" ? whole.slice(Math.max(0, from.position - before)) : whole;
        const piece = { id: this.#id, name: this.#name, content, fields };
        yield { type: "delta", ...piece, ...(part && { part }), position, parts };
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

/** Whether a reader who has an answer up to a place has a piece of it, which ends at another. */
function isTold(
  from: RunPlace,
  { position, parts }: RunPlace,
  part: MessagePart | undefined,
  fields: MessageFields,
): boolean {
  if (position !== from.position) return position < from.position;
  if (part !== undefined) return parts <= from.parts;
  return position > 0 && isEmpty(fields);
}

function isEmpty(fields: MessageFields): boolean {
  return Object.keys(fields).length === 0;
}
