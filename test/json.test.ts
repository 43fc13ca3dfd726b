import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JSONProblem, maxJSONDepth, parseJSON, toJSONValue } from "../src/json.ts";

function problem(...parts: readonly string[]): unknown {
  return expect.toSatisfy(
    (error) => error instanceof JSONProblem && parts.every((part) => error.message.includes(part)),
    `a JSONProblem that says ${parts.join(", ")}`,
  );
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

describe("what JSON cannot hold is refused, with its path", () => {
  const sparse: unknown[] = [];
  sparse[1] = 1;
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  class Point {
    x = 1;
  }
  const cases: readonly (readonly [string, unknown, ...string[]])[] = [
    ["undefined", undefined, "content is nothing (undefined)"],
    ["undefined in a list", [1, undefined], "content[1] is nothing (undefined)"],
    ["a hole in a list", sparse, "content[0] is nothing (undefined)"],
    ["NaN", { a: { b: Number.NaN } }, "content.a.b is NaN"],
    ["an infinity", [Number.NEGATIVE_INFINITY], "content[0] is -Infinity"],
    ["a bigint", { n: 1n }, "content.n is a bigint"],
    ["a function", [{ run: () => 1 }], "content[0].run is a function"],
    ["a symbol", Symbol("secret"), "content is a symbol"],
    ["a Date", { at: new Date() }, "content.at is an object of class Date", "convert it"],
    ["a Map", new Map(), "content is an object of class Map"],
    ["a Set", new Set(), "content is an object of class Set"],
    ["a buffer", Buffer.from("a"), "content is an object of class Buffer"],
    ["a typed array", new Float64Array(2), "content is an object of class Float64Array"],
    ["a regular expression", /a/, "content is an object of class RegExp"],
    ["an error", new Error("secret"), "content is an object of class Error"],
    ["a promise", Promise.resolve(1), "content is an object of class Promise"],
    ["a boxed text", Object("text"), "content is an object of class String"],
    ["an instance of a class", new Point(), "content is an object of class Point"],
    ["an object with an inherited property", Object.create({ a: 1 }), "content is an object"],
    ["half of a surrogate pair", ["\ud83d"], "content[0] holds half of a surrogate pair"],
    ["half of a pair in a key", { a: { "\ude00": 1 } }, "a key of content.a holds half"],
    ["a cycle", cycle, "content.self.self", `nests deeper than ${maxJSONDepth} levels`],
    ["a list too deep", nested(maxJSONDepth + 1), `nests deeper than ${maxJSONDepth} levels`],
  ];
  test.each(cases.map(([name, value, ...parts]) => ({ name, value, parts })))(
    "$name",
    ({ value, parts }) => {
      expect(() => toJSONValue(value, "content")).toThrow(problem(...parts));
    },
  );

  test("a path names keys as one would write them", () => {
    const value = { a: { "two words": { "": { π: [{ "0": Number.NaN }] } } } };
    expect(() => toJSONValue(value, "content")).toThrow(
      problem('content.a["two words"][""].π[0]["0"] is NaN'),
    );
  });

  test("a path is short whatever the keys hold", () => {
    let value: unknown = Number.NaN;
    for (let level = 0; level < 150; level += 1) value = { ["k".repeat(100_000)]: value };
    let message = "";
    try {
      toJSONValue(value, "content");
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/^content\["kkk.* \.\.\. .*\] is NaN/);
    expect(message.length).toBeLessThan(1_000);
  });
});

describe("a copy", () => {
  test("is frozen to its depths and apart from the original", () => {
    const original = { list: [{ a: 1 }], object: { b: [2] } };
    const copied = toJSONValue(original, "content") as unknown as typeof original;
    original.list[0] = { a: 9 };
    original.object.b.push(9);
    expect(copied).toEqual({ list: [{ a: 1 }], object: { b: [2] } });
    expect([copied, copied.list, copied.list[0], copied.object, copied.object.b]).toSatisfy(
      (parts: object[]) => parts.every((part) => Object.isFrozen(part)),
    );
  });

  test("leaves out undefined properties and keys that are symbols", () => {
    const value = { a: undefined, b: 1, [Symbol("c")]: 2 };
    expect(toJSONValue(value, "content")).toStrictEqual({ b: 1 });
  });

  test("has 0 for -0, as JSON.stringify does", () => {
    expect(toJSONValue([-0], "content")).toStrictEqual([0]);
    expect(parseJSON("-0", "body")).toBe(0);
  });

  test("of a subclass of Array is a plain list", () => {
    class Stack extends Array<number> {}
    const copied = toJSONValue(Stack.of(1, 2), "content");
    expect(copied).not.toBeInstanceOf(Stack);
    expect(copied).toStrictEqual([1, 2]);
  });

  test("takes objects without a prototype", () => {
    const value = Object.assign(Object.create(null) as object, { a: 1 });
    expect(toJSONValue(value, "content")).toStrictEqual({ a: 1 });
  });

  test(`takes ${maxJSONDepth} levels`, () => {
    expect(toJSONValue(nested(maxJSONDepth), "content")).toEqual(nested(maxJSONDepth));
  });

  test("keeps a key called __proto__ as a key, and changes no prototype", () => {
    const copied = parseJSON('{"__proto__":{"admin":true},"a":1}', "body") as object;
    expect(Object.getPrototypeOf(copied)).toBe(Object.prototype);
    expect((copied as { admin?: boolean }).admin).toBeUndefined();
    expect(JSON.stringify(copied)).toBe('{"__proto__":{"admin":true},"a":1}');
  });
});

describe("parsing", () => {
  test.each([
    ["not JSON", "{", "body is not JSON"],
    ["nothing", "", "body is not JSON"],
    ["half of a surrogate pair", '"\\ud83d"', "body holds half of a surrogate pair"],
    ["a number beyond a double", '{"n":1e400}', "body.n is Infinity"],
    ["an integer whose digits would change", '{"n":9007199254740993}', "9007199254740993", '"n"'],
    ["a negative one", "-12345678901234567890", "-12345678901234567890"],
    ["one that a double has exactly but would write otherwise", "1152921504606846976", "exactly"],
    ["one of many digits", `[${"9".repeat(5_000)}]`, `${"9".repeat(40)} (key`],
    ["deep nesting", "[".repeat(100_000) + "]".repeat(100_000), "body"],
    ["deep nesting beside many digits", `${"[".repeat(100_000)}1234567890123456`, "body"],
    ["a large number under a long key", `{"${"k".repeat(5_000)}":9007199254740993}`, "kkk..."],
  ])("refuses %s", (_name, text, ...parts) => {
    expect(() => parseJSON(text, "body")).toThrow(problem(...parts));
    expect(() => parseJSON(text, "body")).toThrow(
      expect.toSatisfy((error: Error) => error.message.length < 500),
    );
  });

  test.each(["9007199254740991", "-9007199254740991", "123456789012345680000", "1e21", "0.1"])(
    "keeps %s as written",
    (text) => {
      expect(parseJSON(text, "body")).toBe(Number(text));
    },
  );

  test("leaves long digits in a text alone", () => {
    expect(parseJSON('{"id":"12345678901234567890"}', "body")).toEqual({
      id: "12345678901234567890",
    });
  });

  test("reads whatever JSON.stringify writes of a copy, unchanged", () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: false, min: 1e14, max: 1e23 }),
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(Number),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, false),
        fc.string({ unit: "binary" }),
        number,
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(
          fc.oneof(fc.string({ unit: "binary" }), fc.constant("__proto__"), fc.constant("toJSON")),
          tie("value"),
          { maxKeys: 4 },
        ),
      ),
    }));
    fc.assert(
      fc.property(value, (given) => {
        const copied = toJSONValue(given, "content");
        const text = JSON.stringify(copied);
        expect(parseJSON(text, "body")).toStrictEqual(copied);
        expect(JSON.stringify(parseJSON(text, "body"))).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  test("answers or refuses any text, and throws nothing else", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (text) => {
        try {
          JSON.stringify(parseJSON(text, "body"));
        } catch (error) {
          expect(error).toBeInstanceOf(JSONProblem);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
