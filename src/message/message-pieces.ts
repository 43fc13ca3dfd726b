import type { Message, MessageFields } from "./message.ts";
import type { MessagePart } from "./message-part.ts";

/** A piece in which a message is told: content, and a part that comes behind it. */
export interface MessagePiece<Content = unknown> {
  readonly content: Content;
  readonly fields: MessageFields;
  readonly part?: MessagePart;
}

/** The pieces that tell a whole message: the content in one, or cut where parts stand in it. */
export function toPieces<Content>({
  content,
  fields,
  parts,
}: Message<Content>): readonly MessagePiece<Content | string>[] {
  if (parts.length === 0) return [{ content, fields }];
  const { parts: _parts, ...others } = fields;
  if (typeof content === "string") return toTextPieces(content, others, parts, 0);
  const ofParts = parts.map(({ at: _at, ...part }) => ({ content: "", fields: {}, part }));
  return [...ofParts, { content, fields: others }];
}

/**
 * The pieces that tell a text from a place on, with parts at theirs, which say so no longer; none
 * where nothing is left to be told. The first has the fields.
 */
export function toTextPieces(
  text: string,
  fields: MessageFields,
  parts: readonly MessagePart[],
  from: number,
): readonly MessagePiece<string>[] {
  const pieces: MessagePiece<string>[] = [];
  let told = from;
  for (const { at = 0, ...part } of parts) {
    const place = Math.min(Math.max(at, told), text.length);
    pieces.push({ content: text.slice(told, place), fields: {}, part });
    told = place;
  }
  if (told < text.length) pieces.push({ content: text.slice(told), fields: {} });
  const [first, ...others] = pieces;
  return first === undefined ? [] : [{ ...first, fields }, ...others];
}
