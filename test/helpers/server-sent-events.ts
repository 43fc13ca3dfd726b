import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";

/** The `data` of each event in a whole stream, as JSON. Fails where the stream is not well formed. */
export function parseServerSentEvents(text: string): unknown[] {
  const events: unknown[] = [];
  const parser = createParser({
    onEvent: ({ data }) => events.push(JSON.parse(data)),
    onError: (error) => {
      throw error;
    },
  });
  parser.feed(text);
  assert.ok(text === "" || text.endsWith("\n\n"), "the stream ends with a whole event");
  return events;
}
