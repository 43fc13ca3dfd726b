import { expect, test } from "vitest";
import { textProblem } from "../../src/session/text-limits.ts";

test.each(["a", "é".repeat(36), "😀".repeat(36), "a b", " ", "%", "'; --", "e\u0301", "\u00a0"])(
  "%j is an id",
  (text) => {
    expect(textProblem(text, 36)).toBeUndefined();
  },
);

test.each([
  ["", "is empty"],
  ["a".repeat(37), "is longer than 36 characters"],
  ["😀".repeat(37), "is longer than 36 characters"],
  ["\ud83d", "holds half of a surrogate pair"],
  ["a\u0000", "holds a control character"],
  ["a\nb", "holds a control character"],
  ["\u007f", "holds a control character"],
  ["\u0085", "holds a control character"],
])("%j is not an id: it %s", (text, problem) => {
  expect(textProblem(text, 36)).toContain(problem);
});
