import type { JSONValue } from "../json.ts";
import { Message } from "../message/message.ts";
import type { TurnChunk } from "./turn-store.ts";

/** The message that a turn's chunks make, in their order, as far as they go; undefined without any. */
export function toPart(
  chunks: readonly Pick<TurnChunk, "content" | "fields">[],
): Message | undefined {
  if (chunks.length === 0) return undefined;
  let fields: { readonly [name: string]: JSONValue } = {};
  for (const chunk of chunks) fields = { ...fields, ...chunk.fields };
  const content = chunks.map((chunk) => chunk.content).join("");
  // What was cut off may have been cut within a character.
  return Message.fromJSON({ ...fields, content: content.toWellFormed() });
}
