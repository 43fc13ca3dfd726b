import type { JSONValue } from "../json.ts";
import { mtypeOf } from "../message/mtype.ts";
import type { Run, RunEvent } from "../run/run.ts";
import { toEnvelope, toFailureEnvelope } from "./envelope.ts";
import { toRunStream } from "./run-stream.ts";

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
 * A run as server-sent events: an event a piece, then one with an empty piece and `is_completion`
 * true once the turn is stored; or, where the run fails, one with its code. The id of a piece's
 * event is how much of the answer has been said with it, that of the last event is {@link endId}.
 *
 * Events are made one at a time, as they are read. Leaving the stream does not end the run.
 */
export function toEventStream(
  run: Run,
  { from, onLeave }: EventStreamOptions = {},
): ReadableStream<Uint8Array> {
  // Without a prototype, so that a field may have any name.
  const fields = Object.create(null) as Record<string, unknown>;
  return toRunStream(run, { from, onLeave, write: (event) => toText(run, event, fields) });
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
