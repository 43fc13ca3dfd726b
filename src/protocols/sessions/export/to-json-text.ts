import type { JSONValue } from "../../../json.ts";
import { toMessageJSON, toSessionJSON, toTurnJSON } from "../to-json.ts";
import type { ExportedSession } from "./exported-session.ts";

/** A session as JSON, an item a line: `session`, `turns` by number, and `messages`, newest first. */
export async function* toJSONText(
  session: ExportedSession,
): AsyncGenerator<string, void, undefined> {
  yield `{\n"session": ${JSON.stringify(toSessionJSON(session.info))},\n"turns": [`;
  yield* lines(session.turns(), toTurnJSON);
  yield '],\n"messages": [';
  yield* lines(session.messages(), toMessageJSON);
  yield "]\n}\n";
}

async function* lines<Item>(
  items: AsyncIterable<Item>,
  toJSON: (item: Item) => JSONValue,
): AsyncGenerator<string, void, undefined> {
  let separator = "\n";
  for await (const item of items) {
    yield separator + JSON.stringify(toJSON(item));
    separator = ",\n";
  }
  if (separator !== "\n") yield "\n";
}
