import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";

/** One event of a stream. */
export interface StreamEvent {
  readonly id: string | undefined;
  /** Its `data`, as JSON. */
  readonly data: unknown;
}

/** The events of a whole stream. Fails where the stream is not well formed. */
export function parseEventStream(text: string): StreamEvent[] {
  const events: StreamEvent[] = [];
  const parser = parserInto(events);
  parser.feed(text);
  assert.ok(text === "" || text.endsWith("\n\n"), "the stream ends with a whole event");
  return events;
}

/** The `data` of each event in a whole stream, as JSON. Fails where the stream is not well formed. */
export function parseServerSentEvents(text: string): unknown[] {
  return parseEventStream(text).map(({ data }) => data);
}

/** Reads events until there are so many, and leaves the stream there; else to its end. */
export async function readEvents(response: Response, count = Infinity): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  const parser = parserInto(events);
  const decoder = new TextDecoder();
  // Leaving the loop leaves the stream.
  for await (const bytes of (response.body as AsyncIterable<Uint8Array> | null) ?? []) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    if (events.length >= count) break;
  }
  return events;
}

/** The text that the pieces among events make. */
export function textOf(events: readonly StreamEvent[]): string {
  return events
    .map(({ data }) => {
      const { result } = data as { result: { answer_message: { content: string } } | null };
      return result?.answer_message.content ?? "";
    })
    .join("");
}

function parserInto(events: StreamEvent[]): ReturnType<typeof createParser> {
  return createParser({
    onEvent: ({ id, data }) => events.push({ id, data: JSON.parse(data) as unknown }),
    onError: (error) => {
      throw error;
    },
  });
}
