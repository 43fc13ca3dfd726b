import { describe } from "./errors.ts";

/** Any value that JSON can hold. */
export type JSONValue =
  null | boolean | number | string | readonly JSONValue[] | { readonly [key: string]: JSONValue };

/** How deep objects and lists may nest: beyond it, a value is refused. */
export const maxJSONDepth = 200;

/** Why a value cannot be JSON: where in it, and what stands there. */
export class JSONProblem extends Error {
  override readonly name = "JSONProblem";
}

/**
 * A deep, frozen copy of `value` as JSON holds it. Properties that are `undefined` are left out,
 * as `JSON.stringify` does.
 * @param path how the value is called in the error, such as `content`.
 * @throws JSONProblem naming the path of the first part that JSON cannot hold: `undefined`, a
 * function, a symbol, a bigint, NaN or an infinity, an object that is not plain (Date, Map, ...),
 * half of a surrogate pair, nesting deeper than {@link maxJSONDepth} (also a cycle).
 */
export function toJSONValue(value: unknown, path: string): JSONValue {
  return copy(value, path, 0);
}

/**
 * Parses a JSON text that came from outside.
 * @throws JSONProblem where the text is not JSON, nests deeper than {@link maxJSONDepth}, holds
 * half of a surrogate pair, or an integer that a double cannot hold exactly.
 */
export function parseJSON(text: string, path: string): JSONValue {
  let value: unknown;
  try {
    value = /\d{16}/.test(text) ? JSON.parse(text, refuseInexact) : JSON.parse(text);
  } catch (error) {
    if (error instanceof JSONProblem) throw error;
    throw new JSONProblem(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  return toJSONValue(value, path);
}

/** Whether `value` is a JSON object: not null, not a list. */
export function isJSONObject(value: unknown): value is { readonly [key: string]: JSONValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function copy(value: unknown, path: string, depth: number): JSONValue {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) {
        throw new JSONProblem(
          `${path} holds half of a surrogate pair, which is not text: send whole characters`,
        );
      }
      return value;
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new JSONProblem(`${path} is ${value}, which JSON lacks`);
      return value;
    case "object":
      if (value === null) return null;
      if (depth >= maxJSONDepth) {
        throw new JSONProblem(`${path} nests deeper than ${maxJSONDepth} levels`);
      }
      return Object.freeze(
        Array.isArray(value)
          ? value.map((item, index) => copy(item, `${path}[${index}]`, depth + 1))
          : copyObject(value, path, depth),
      );
    default:
      throw new JSONProblem(`${path} is ${describe(value)}, which JSON cannot hold`);
  }
}

function copyObject(value: object, path: string, depth: number): { [key: string]: JSONValue } {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new JSONProblem(
      `${path} is ${describe(value)}, which JSON cannot hold: convert it to plain values first`,
    );
  }
  const result: { [key: string]: JSONValue } = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    if (!key.isWellFormed()) {
      throw new JSONProblem(`a key of ${path} holds half of a surrogate pair, which is not text`);
    }
    const copied = copy(item, `${path}.${key}`, depth + 1);
    if (key === "__proto__") {
      Object.defineProperty(result, key, {
        value: copied,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } else {
      result[key] = copied;
    }
  }
  return result;
}

function refuseInexact(key: string, value: unknown, context?: { source?: string }): unknown {
  if (
    typeof value === "number" &&
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    context?.source !== undefined &&
    /^-?\d+$/.test(context.source) &&
    BigInt(context.source) !== BigInt(value)
  ) {
    throw new JSONProblem(
      `the number ${context.source.slice(0, 40)} (key ${JSON.stringify(key)}) is too large to be kept exactly: send it as a string`,
    );
  }
  return value;
}
