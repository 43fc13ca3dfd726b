import { Message } from "../message/message.ts";
import { joinParts } from "../message/part-list.ts";
import type { TurnChunk } from "./turn-store.ts";

/** The message that a turn's chunks make, in their order, as far as they go; undefined without any. */
export function toPart(
  chunks: readonly Pick<TurnChunk, "content" | "fields" | "parts">[],
): Message | undefined {
  if (chunks.length === 0) return undefined;
  const fields = Object.fromEntries(chunks.flatMap((chunk) => Object.entries(chunk.fields)));
  // Where it was cut off, it may have been cut within a character.
  const content = chunks
    .map((chunk) => chunk.content)
    .join("")
    .toWellFormed();
  const parts = joinParts(chunks.flatMap((chunk) => chunk.parts ?? []));
  return Message.fromJSON({ ...fields, content, ...(parts.length === 0 ? {} : { parts }) });
}
