import type { JSONValue } from "../json.ts";
import { mtypeOf } from "../message/mtype.ts";
import type { MessagePart } from "../message/message-part.ts";
import type { Run, RunEvent, RunPlace } from "../run/run.ts";
import { toEnvelope, toFailureEnvelope } from "./envelope.ts";
import { toRunStream } from "./run-stream.ts";
import type { TextSource } from "./text-response.ts";

/** How a run is read as an event stream. */
export interface EventStreamOptions {
  /** How much of the answer the reader has; nothing by default. */
  readonly from?: RunPlace | undefined;
  /** Called when the reader has left before the end. */
  readonly onLeave?: (() => void) | undefined;
}

/** The id of a stream's last event. */
export const endId = "end";

/**
 * A run as server-sent events: an event a piece, then one with an empty piece and `is_completion`
 * true once the turn is stored; or, where the run fails, one with its code. The id of a piece's
 * event is how much of the answer has been said with it (see {@link fromEventId}), that of the last
 * event is {@link endId}. An event has the part that its piece brings, the last one all of them.
 *
 * Events are made as they are read. Leaving the stream does not end the run.
 */
export function toEventStream(run: Run, { from, onLeave }: EventStreamOptions = {}): TextSource {
  // Without a prototype, so that a field may have any name.
  const fields = Object.create(null) as Record<string, unknown>;
  let hasFields = false;
  let frame: Frame | undefined;
  return toRunStream(run, {
    from,
    onLeave,
    write: (event) => {
      if (event.type === "delta") {
        hasFields ||= Object.keys(event.fields).length > 0;
        if (!hasFields && event.part === undefined && typeof event.content === "string") {
          if (frame?.id !== event.id || frame.name !== event.name) frame = toFrame(run, event);
          const content = JSON.stringify(event.content);
          return `id: ${toEventId(event)}\ndata: ${frame.before}${content}${frame.after}\n\n`;
        }
      }
      return toText(run, event, fields);
    },
  });
}

/** What stands around the text of each event that has nothing else of its own. */
interface Frame {
  readonly id: string;
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

function toFrame(run: Run, { id, name }: { readonly id: string; readonly name: string }): Frame {
  const json = JSON.stringify(toPiece(run, false, "", { id, name }, {}));
  // No value can hold this: it would have its quotes escaped.
  const content = '"content":""';
  const place = json.indexOf(content) + content.length - 1;
  return { id, name, before: json.slice(0, place - 1), after: json.slice(place + 1) };
}

function toText(run: Run, event: RunEvent, fields: Record<string, unknown>): string {
  const id = event.type === "delta" ? toEventId(event) : endId;
  return `id: ${id}\ndata: ${JSON.stringify(toData(run, event, fields))}\n\n`;
}

function toData(run: Run, event: RunEvent, fields: Record<string, unknown>): unknown {
  switch (event.type) {
    case "run-error":
      return toFailureEnvelope(event.failure);
    case "delta":
      Object.assign(fields, event.fields);
      return toPiece(run, false, event.content, event, fields, event.part);
    case "run-end":
      return toPiece(run, true, "", event.message, event.message.fields);
  }
}

function toPiece(
  run: Run,
  isCompletion: boolean,
  said: unknown,
  { id, name }: { readonly id: string; readonly name: string },
  fields: Readonly<Record<string, unknown>>,
  part?: MessagePart,
): unknown {
  const message = { content: said, name, mtype: mtypeOf(said), id, ...fields };
  return toEnvelope({
    session_id: run.sessionId,
    is_completion: isCompletion,
    answer_message: (part === undefined ? message : { ...message, parts: [part] }) as JSONValue,
  });
}

/** The id of the event behind which a reader has so much of an answer: `120`, with parts `120+3`. */
function toEventId({ position, parts }: RunPlace): string {
  return parts === 0 ? String(position) : `${position}+${parts}`;
}

/** How much of an answer a reader has who has the event of an id; undefined where that is none. */
export function fromEventId(id: string): RunPlace | undefined {
  const [, position, parts = "0"] = /^(\d{1,15})(?:\+(\d{1,15}))?$/.exec(id) ?? [];
  return position === undefined ? undefined : { position: Number(position), parts: Number(parts) };
}
