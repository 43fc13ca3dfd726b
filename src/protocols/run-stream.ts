import type { Run, RunEvent, RunPlace, RunReader } from "../run/run.ts";
import { keepAlive, letBe, type Silent } from "./keep-alive.ts";
import type { TextSource } from "./text-response.ts";

/** How a run is read as a stream of text. */
export interface RunStreamOptions {
  /** How much of the answer the reader has; nothing by default. */
  readonly from?: RunPlace | undefined;
  /** What comes before the first event; nothing by default. */
  readonly begin?: string | undefined;
  /** An event as it is written; "" for nothing. */
  readonly write: (event: RunEvent) => string;
  /** Called when the reader has left before the end. */
  readonly onLeave?: (() => void) | undefined;
}

/**
 * How much text an event holds at the most, in UTF-16 units. A longer piece is told in several, so
 * that a reader who does not read holds little more than that of it.
 */
const maxPieceLength = 16_384;
/** After how many silent seconds a comment keeps a stream's connection open. */
const maxSilence = 15;

/**
 * A run as server-sent events, which are made as they are read, up to the run's end. Leaving the
 * stream does not end the run.
 */
export function toRunStream(run: Run, options: RunStreamOptions): TextSource {
  return new RunStream(run, options);
}

class RunStream implements TextSource, Silent {
  readonly #run: Run;
  readonly #options: RunStreamOptions;
  #reader: RunReader | undefined;
  #rest: RunEvent | undefined;
  /** What is to be read before the run's next event. */
  #before: string;
  #wake: (() => void) | undefined;
  #silence = 0;
  #ended = false;

  constructor(run: Run, options: RunStreamOptions) {
    this.#run = run;
    this.#options = options;
    this.#before = options.begin ?? "";
  }

  get ended(): boolean {
    return this.#ended;
  }

  read(): string {
    // A stream that nobody reads is no reader of the run.
    this.#reader ??= this.#run.read(this.#options.from);
    let text = this.#before;
    this.#before = "";
    this.#silence = 0;
    while (!this.#ended && text.length < maxPieceLength) {
      const event = this.#rest ?? this.#reader.next();
      if (event === undefined) break;
      const { part, rest } = cut(event);
      this.#rest = rest;
      text += this.#options.write(part);
      if (part.type !== "delta") this.#end();
    }
    return text;
  }

  wait(wake: () => void): void {
    if (this.#wake === undefined) keepAlive(this);
    this.#wake = wake;
    this.#reader?.wait(this.#hear);
  }

  tick(): void {
    this.#silence += 1;
    // Whoever does not take what is there needs no more of it.
    if (this.#silence < maxSilence || this.#wake === undefined) return;
    this.#before = ": keep-alive\n\n";
    this.#hear();
  }

  leave(): void {
    this.#end();
    this.#reader?.leave();
    this.#options.onLeave?.();
  }

  readonly #hear = (): void => {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  };

  #end(): void {
    this.#ended = true;
    letBe(this);
  }
}

/** As much of an event as one may hold, of whole characters, and the rest of it. */
function cut(event: RunEvent): { readonly part: RunEvent; readonly rest: RunEvent | undefined } {
  if (event.type !== "delta" || typeof event.content !== "string") {
    return { part: event, rest: undefined };
  }
  const { content, position, part, parts, ...others } = event;
  if (content.length <= maxPieceLength) return { part: event, rest: undefined };
  const splitsPair = isHighSurrogate(content.charCodeAt(maxPieceLength - 1));
  const length = splitsPair ? maxPieceLength - 1 : maxPieceLength;
  return {
    // What comes behind the piece comes behind its end.
    part: {
      ...others,
      content: content.slice(0, length),
      position: position - content.length + length,
      parts: part === undefined ? parts : parts - 1,
    },
    rest: { ...event, content: content.slice(length) },
  };
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd8_00 && unit <= 0xdb_ff;
}
