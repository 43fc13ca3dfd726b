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

/** Reads a run's events without waiting for them. */
export interface RunReader {
  /** The next event; undefined while there is none, and behind the end. */
  readonly next: () => RunEvent | undefined;
  /** Calls back once, when there may be another event: nothing that throws. The last call counts. */
  readonly wait: (wake: () => void) => void;
  /** Reads no more. */
  readonly leave: () => void;
}

/** How far a reader is. */
interface Place {
  readonly from: RunPlace;
  /** Of the piece that comes next. */
  index: number;
  position: number;
  parts: number;
}

const none: MessageFields = {};

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
  /** Called, and then forgotten, when there is another piece or the end. */
  readonly #waiting = new Set<() => void>();

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
   * Begins to read the events from a place on to the end. A piece that lies across the place is cut
   * there. It is read for as long as neither the end was read nor the reader has left.
   */
  read(from: RunPlace = beginning): RunReader {
    const place: Place = { from, index: 0, position: 0, parts: 0 };
    let wake: (() => void) | undefined;
    let isOpen = true;
    this.#readers += 1;
    const leave = (): void => {
      if (!isOpen) return;
      isOpen = false;
      this.#readers -= 1;
      if (wake !== undefined) this.#waiting.delete(wake);
    };
    return {
      next: () => {
        const event = isOpen ? this.#next(place) : undefined;
        if (event !== undefined && event.type !== "delta") leave();
        return event;
      },
      wait: (callback) => {
        if (wake !== undefined) this.#waiting.delete(wake);
        wake = callback;
        this.#waiting.add(callback);
      },
      leave,
    };
  }

  /** The events from a place on to the end, each as soon as it is there: see {@link read}. */
  async *events(from: RunPlace = beginning): AsyncGenerator<RunEvent, void, undefined> {
    const reader = this.read(from);
    try {
      for (;;) {
        const event = reader.next();
        if (event === undefined) {
          await new Promise<void>(reader.wait);
        } else {
          yield event;
          if (event.type !== "delta") return;
        }
      }
    } finally {
      reader.leave();
    }
  }

  /** The next event of a reader, which is then behind it. */
  #next(place: Place): RunEvent | undefined {
    while (place.index < this.#contents.length) {
      const whole = this.#contents[place.index];
      const fields = this.#fields.get(place.index) ?? none;
      const part = this.#parts.get(place.index);
      const { from, position: before } = place;
      place.index += 1;
      place.position += lengthOf(whole);
      if (part !== undefined) place.parts += 1;
      if (isTold(from, place, part, fields)) continue;
      const { position, parts } = place;
      const content =
        typeof whole === "string" && before < from.position
          ? whole.slice(from.position - before)
          : whole;
      const piece = { type: "delta", id: this.#id, name: this.#name, content, fields } as const;
      return part === undefined
        ? { ...piece, position, parts }
        : { ...piece, part, position, parts };
    }
    return this.#end;
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
      while (this.#end === undefined) {
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
      return this.#end;
    } finally {
      this.#readers -= 1;
    }
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
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
