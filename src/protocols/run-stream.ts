import { beginning, type Run, type RunEvent, type RunPlace } from "../run/run.ts";

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
 * that a reader who does not read holds no more than that of it.
 */
const maxPieceLength = 16_384;
/** How long a stream may be silent, in milliseconds, before a comment keeps its connection open. */
const keepAliveInterval = 15_000;

/**
 * A run as server-sent events, which are made one at a time, as they are read, up to the run's end.
 * Leaving the stream does not end the run.
 */
export function toRunStream(
  run: Run,
  { from = beginning, begin = "", write, onLeave }: RunStreamOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const events = run.events(from);
  let pending: Promise<IteratorResult<RunEvent, void>> | undefined;
  let rest: RunEvent | undefined;
  let keepAlive: NodeJS.Timeout | undefined;
  let first = begin;
  let left = false;

  /** The next event, or undefined when it does not come for a while. */
  const next = async (): Promise<IteratorResult<RunEvent, void> | undefined> => {
    pending ??= events.next();
    const silence = new Promise<undefined>((resolve) => {
      keepAlive = setTimeout(() => resolve(undefined), keepAliveInterval);
    });
    const step = await Promise.race([pending, silence]);
    clearTimeout(keepAlive);
    if (step !== undefined) pending = undefined;
    return step;
  };
  return new ReadableStream(
    {
      async pull(controller) {
        let text = first;
        first = "";
        while (text === "") {
          const step = rest === undefined ? await next() : { value: rest, done: false };
          if (left) return;
          if (step === undefined) {
            text = ": keep-alive\n\n";
          } else if (step.done === true) {
            controller.close();
            return;
          } else {
            const event = cut(step.value);
            rest = event.rest;
            text = write(event.part);
            if (event.part.type !== "delta") {
              controller.enqueue(encoder.encode(text));
              controller.close();
              return;
            }
          }
        }
        controller.enqueue(encoder.encode(text));
      },
      cancel() {
        left = true;
        clearTimeout(keepAlive);
        // The events may wait for the run's next piece: they are left to end by themselves.
        void events.return();
        onLeave?.();
      },
    },
    { highWaterMark: 0 },
  );
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
