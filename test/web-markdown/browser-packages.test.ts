import assert from "node:assert/strict";
import { eastAsianWidthType } from "get-east-asian-width";
import { P, S } from "uc.micro";
import { test } from "vitest";
import { eastAsianWidthType as ours } from "../../web/src/markdown/browser/get-east-asian-width.ts";
import * as classes from "../../web/src/markdown/browser/uc.micro.ts";

const characters = Array.from({ length: 0x11_0000 }, (_, codePoint) => codePoint)
  .filter((codePoint) => codePoint < 0xd8_00 || codePoint > 0xdf_ff)
  .map((codePoint) => String.fromCodePoint(codePoint))
  .filter((character) => /\P{Cn}/u.test(character));

test("whether a character belongs to Chinese is what the package says, for all characters", () => {
  const differing = characters.filter((character) => {
    const codePoint = character.codePointAt(0) ?? 0;
    return (
      belongs(eastAsianWidthType(codePoint), character) !== belongs(ours(codePoint), character)
    );
  });
  assert.deepEqual(differing, []);
});

/** What markdown-it-cjk-friendly makes of a width. */
function belongs(width: string, character: string): boolean | undefined {
  if (character < "\u1100") return false;
  switch (width) {
    case "fullwidth":
    case "halfwidth":
      return true;
    case "wide":
      return !/^\p{Emoji_Presentation}/u.test(character);
    case "ambiguous":
      // What these are depends on the selector beside them; others are not asked for it.
      return /[\u{e0100}-\u{e01ef}‘’“”]/u.test(character) ? undefined : false;
    default:
      return width === "neutral" && /^\p{sc=Hangul}/u.test(character);
  }
}

test("punctuation and symbols are what the package says, but for later versions of Unicode", () => {
  const differing = characters.filter((character) => {
    return (
      P.test(character) !== classes.P.test(character) ||
      S.test(character) !== classes.S.test(character)
    );
  });
  assert.deepEqual(differing, []);
});
