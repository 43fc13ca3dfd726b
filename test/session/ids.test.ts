import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { requireId } from "../../src/session/ids.ts";
import { textProblem } from "../../src/session/text-limits.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";

describe("an id", () => {
  test.each([undefined, "a", "海淀区", "😀".repeat(36), "LOCAL-1", " a ", "7f0b2a5e"])(
    "may be %j",
    (id) => {
      expect(() => requireId("session_id", id, 36)).not.toThrow();
    },
  );

  test.each<readonly [unknown, string]>([
    ["", 'session_id is empty: "". Send 1 to 36 characters, such as a UUID.'],
    ["a".repeat(37), "is longer than 36 characters"],
    ["😀".repeat(37), "is longer than 36 characters"],
    ["a\u0000", "holds a control character"],
    ["a\u007f", "holds a control character"],
    ["\ud83d", "holds half of a surrogate pair"],
    [null, "session_id is not a string: null"],
    [7, "session_id is not a string: 7"],
    [["a"], "session_id is not a string: a list of 1"],
  ])("cannot be %j", (id, part) => {
    expect(() => requireId("session_id", id, 36)).toThrow(turnkeepError("invalid_request", part));
  });
});

test("a text is within its limits exactly where it has 1 to so many characters, all of them visible", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 8 }),
      fc.nat({ max: 8 }),
      (text, maxLength) => {
        const count = Array.from(text).length;
        const fits = count >= 1 && count <= maxLength && !/\p{Cc}/u.test(text);
        expect(textProblem(text, maxLength) === undefined).toBe(fits);
      },
    ),
    { numRuns: 2_000 },
  );
});
