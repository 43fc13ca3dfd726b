import type { Message } from "../message/message.ts";

/** How many Unicode characters a question gives to its session's title at the most. */
export const maxFirstTitleLength = 80;

/**
 * The title of a session that begins with a question: the text of that, its blanks and line breaks
 * one space each, cut behind {@link maxFirstTitleLength} characters; undefined where it has no text.
 */
export function toTitle({ content }: Message): string | undefined {
  if (typeof content !== "string") return undefined;
  // Of a text of any length no more than this can come into the title, but for blanks.
  const text = content
    .slice(0, 10_000)
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  const title = Array.from(text).slice(0, maxFirstTitleLength).join("").trimEnd();
  return title === "" ? undefined : title;
}

/**
 * Whether a title holds a text, whatever the case of the letters of both, and whether their
 * characters are written in full or half width, composed or not.
 */
export function titleHolds(title: string | undefined, text: string): boolean {
  return title !== undefined && fold(title).includes(fold(text));
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
