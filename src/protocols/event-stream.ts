import { mtypeOf } from "../message/mtype.ts";
import type { JSONValue } from "../json.ts";
import type { Run, RunEvent } from "../run/run.ts";
import { toEnvelope, toFailureEnvelope } from "./envelope.ts";

/** How a run is read as an event stream. */
export interface EventStreamOptions {
  /** The id of the last event that the reader has; 0 by default: it has none. */
  readonly from?: number | undefined;
  /** Called when the reader has left before the end. */
  readonly onLeave?: (() => void) | undefined;
}

/** The id of a stream's last event. */
export const endId = "end";

/**
 * How much text an event holds at the most, in UTF-16 units. A longer piece is told in several, so
 * that a reader who does not read holds no more than that of it.
 */
const maxPieceLength = 16_384;
/** How long a stream may be silent, in milliseconds, before a comment keeps its connection open. */
const keepAliveInterval = 15_000;

/**
 * A run as server-sent events: an event a piece, then one with an empty piece and `is_completion`
 * true once the turn is stored; or, where the run fails, one with its code. The id of a piece's
 * event is how much of the answer has been said with it, that of the last event is {@link endId}.
 *
 * Events are made one at a time, as they are read. Leaving the stream does not end the run.
 */
export function toEventStream(
  run: Run,
  { from = 0, onLeave }: EventStreamOptions = {},
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const events = run.events(from);
  // Without a prototype, so that a field may have any name.
  const fields = Object.create(null) as Record<string, unknown>;
  let pending: Promise<IteratorResult<RunEvent, void>> | undefined;
  let rest: RunEvent | undefined;
  let keepAlive: NodeJS.Timeout | undefined;
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
        const step = rest === undefined ? await next() : { value: rest, done: false };
        if (left) return;
        if (step === undefined) {
          controller.enqueue(encoder.encode(": keep-alive\n\n"));
        } else if (step.done === true) {
          controller.close();
        } else {
          const event = cut(step.value);
          rest = event.rest;
          controller.enqueue(encoder.encode(toText(run, event.part, fields)));
          if (event.part.type !== "delta") controller.close();
        }
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
  const { content, position } = event;
  if (content.length <= maxPieceLength) return { part: event, rest: undefined };
  const splitsPair = isHighSurrogate(content.charCodeAt(maxPieceLength - 1));
  const length = splitsPair ? maxPieceLength - 1 : maxPieceLength;
  return {
    part: {
      ...event,
      content: content.slice(0, length),
      position: position - content.length + length,
    },
    rest: { ...event, content: content.slice(length) },
  };
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd8_00 && unit <= 0xdb_ff;
}

function toText(run: Run, event: RunEvent, fields: Record<string, unknown>): string {
  const id = event.type === "delta" ? String(event.position) : endId;
  return `id: ${id}\ndata: ${JSON.stringify(toData(run, event, fields))}\n\n`;
}

function toData(run: Run, event: RunEvent, fields: Record<string, unknown>): unknown {
  switch (event.type) {
    case "run-error":
      return toFailureEnvelope(event.failure);
    case "delta":
      Object.assign(fields, event.fields);
      return toPiece(run, false, event.content, event, fields);
    case "run-end":
      return toPiece(run, true, "", event.message, event.message.fields);
  }
}

function toPiece(
  run: Run,
  isCompletion: boolean,
  content: unknown,
  { id, name }: { readonly id: string; readonly name: string },
  fields: Readonly<Record<string, unknown>>,
): unknown {
  return toEnvelope({
    session_id: run.sessionId,
    is_completion: isCompletion,
    answer_message: { content, name, mtype: mtypeOf(content), id, ...fields } as JSONValue,
  });
}
