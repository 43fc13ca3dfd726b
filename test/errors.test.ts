import * as fc from "fast-check";
import { type ErrorCode, errorStatuses, isTurnkeepError, TurnkeepError } from "turnkeep";
import { describe, expect, test, vi } from "vitest";
import { describe as render } from "../src/errors.ts";

const codes = Object.keys(errorStatuses) as ErrorCode[];

describe("a TurnkeepError", () => {
  test.each(codes)("%s has its HTTP status, from 400 to 599", (code) => {
    const error = new TurnkeepError(code, "what happened");
    expect(error).toMatchObject({ name: "TurnkeepError", code, message: "what happened" });
    expect(error.status).toBe(errorStatuses[code]);
    expect(error.status).toBeGreaterThanOrEqual(400);
    expect(error.status).toBeLessThan(600);
  });

  test("is an Error, with a stack and a readable rendering", () => {
    const error = new TurnkeepError("not_found", "There is no such session.");
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe("TurnkeepError: There is no such session.");
    expect(error.stack).toContain("errors.test.ts");
  });

  test("keeps its cause, and has none where there is none", () => {
    const cause = new Error("behind it");
    expect(new TurnkeepError("model_failed", "a", { cause }).cause).toBe(cause);
    expect("cause" in new TurnkeepError("model_failed", "a")).toBe(false);
    expect("cause" in new TurnkeepError("model_failed", "a", { cause: undefined })).toBe(false);
  });

  test("has details of its own, frozen", () => {
    const details = { providerCode: 336_002 };
    const error = new TurnkeepError("model_failed", "a", { details });
    details.providerCode = 1;
    expect(error.details).toEqual({ providerCode: 336_002 });
    expect(() => Object.assign(error.details, { providerCode: 2 })).toThrow(TypeError);
    expect(new TurnkeepError("model_failed", "a").details).toEqual({});
  });

  test("is known also where another copy of the package made it, and nothing else is", async () => {
    vi.resetModules();
    const copy = await import("turnkeep");
    const other = new copy.TurnkeepError("run_missing", "a");
    expect(other).not.toBeInstanceOf(TurnkeepError);
    expect(isTurnkeepError(other)).toBe(true);
    expect(copy.isTurnkeepError(new TurnkeepError("run_missing", "a"))).toBe(true);
    const alike = Object.assign(new Error("a"), { name: "TurnkeepError", code: "run_missing" });
    for (const value of [alike, null, undefined, "TurnkeepError", 1, {}, () => "a"]) {
      expect(isTurnkeepError(value)).toBe(false);
    }
  });

  test("shows only what is safe when it is turned into JSON", () => {
    const cause = new Error("secret");
    const error = new TurnkeepError("model_failed", "a", { cause });
    expect(JSON.stringify(error)).not.toContain("secret");
  });
});

describe("what an error message says of a value", () => {
  class Session {
    readonly password = "secret";
  }
  const nameless = Object.create({ constructor: { name: "" } }) as object;
  const strange = Object.create({ constructor: { name: 5 } }) as object;
  test.each<readonly [unknown, string]>([
    [null, "null"],
    [undefined, "nothing (undefined)"],
    ["", '""'],
    ["a\n\u0000b", '"a\\n\\u0000b"'],
    [-0.5, "-0.5"],
    [Number.NaN, "NaN"],
    [false, "false"],
    [10n ** 100n, "a bigint"],
    [[], "a list of 0"],
    [["secret"], "a list of 1"],
    [{ password: "secret" }, "an object"],
    [Object.create(null), "an object"],
    [new Session(), "an object of class Session"],
    [new Error("secret"), "an object of class Error"],
    [new Map([["password", "secret"]]), "an object of class Map"],
    [nameless, "an object"],
    [strange, "an object"],
    [() => "secret", "a function"],
    [Session, "a function"],
    [Symbol("secret"), "a symbol"],
  ])("%s", (value, rendered) => {
    expect(render(value)).toBe(rendered);
  });

  test("a text of 60 characters is whole, a longer one is cut", () => {
    expect(render("k".repeat(60))).toBe(`"${"k".repeat(60)}"`);
    expect(render(`${"k".repeat(57)}secret`)).toBe(`"${"k".repeat(57)}..."`);
    expect(render("😀".repeat(1_000_000)).length).toBeLessThan(80);
  });

  test("a cut through an emoji leaves no half of it", () => {
    expect(render(`${"k".repeat(56)}😀${"k".repeat(20)}`).isWellFormed()).toBe(true);
  });

  test("a class with a long name is cut", () => {
    const value = Object.create({ constructor: { name: "K".repeat(5_000) } }) as object;
    expect(render(value).length).toBeLessThan(100);
  });

  test("an object that throws when it is looked at is an object", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const throwing = Object.create({
      get constructor() {
        throw new Error("secret");
      },
    }) as object;
    expect([render(proxy), render(throwing)]).toEqual(["an object", "an object"]);
  });

  test("is short, and of an object's inside tells nothing, whatever the value", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), (value) => {
        const rendered = render(value);
        expect(rendered.length).toBeLessThan(400);
        if (typeof value === "object" && value !== null) {
          expect(rendered).toMatch(/^(an object( of class \w+)?|a list of \d+)$/);
        }
      }),
    );
  });
});
