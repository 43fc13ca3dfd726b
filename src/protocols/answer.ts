import type { Context } from "hono";
import type { JSONValue } from "../json.ts";
import { toEnvelope } from "./envelope.ts";

/** Answers with a result. What belongs to one user is for no cache to keep. */
export function answer(context: Context, result: JSONValue): Response {
  return context.json(toEnvelope(result), 200, { "Cache-Control": "no-store" });
}

/** One page of a list. */
export interface Page<Item> {
  /** What the items are called in the answer. */
  readonly name: string;
  /** At most one more than `limit`: whether there is one tells whether another page follows. */
  readonly items: readonly Item[];
  readonly limit: number;
  readonly toJSON: (item: Item) => JSONValue;
  /** The cursor behind an item. */
  readonly cursor: (item: Item) => string;
}

/** Answers with a page: its items and, where another follows, the cursor that asks for it. */
export function answerPage<Item>(
  context: Context,
  { name, items, limit, toJSON, cursor }: Page<Item>,
): Response {
  const shown = items.slice(0, limit);
  const last = items.length > limit ? shown.at(-1) : undefined;
  return answer(context, {
    [name]: shown.map((item) => toJSON(item)),
    next_cursor: last === undefined ? null : cursor(last),
  });
}
