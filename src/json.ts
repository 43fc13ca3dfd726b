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
 * A deep, frozen copy of `value` as JSON holds it. Properties that are `undefined` or have a symbol
 * for a key are left out, and -0 is 0, as in `JSON.stringify`; nothing else is changed in silence.
 * @param path how the value is called in the error, such as `content`.
 * @throws JSONProblem naming the path of the first part that JSON cannot hold: `undefined` (also a
 * hole in a list), a function, a symbol, a bigint, NaN or an infinity, an object that is not plain
 * (Date, Map, a promise, ...), half of a surrogate pair, nesting deeper than {@link maxJSONDepth}
 * (also a cycle).
 */
export function toJSONValue(value: unknown, path: string): JSONValue {
  return copy(value, [path]);
}

/**
 * Parses a JSON text that came from outside.
 * @throws JSONProblem where the text is not JSON, nests deeper than {@link maxJSONDepth}, holds
 * half of a surrogate pair, or an integer with digits that a JavaScript number would change.
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

/** Whether a value is an object of no class: `{}`, also of another realm, or without a prototype. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** @param at where the value stands: what the whole is called, then a key or an index a level. */
function copy(value: unknown, at: (string | number)[]): JSONValue {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) {
        throw new JSONProblem(
          `${toPath(at)} holds half of a surrogate pair, which is not text: send whole characters`,
        );
      }
      return value;
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) {
        throw new JSONProblem(`${toPath(at)} is ${value}, which JSON lacks`);
      }
      return value === 0 ? 0 : value;
    case "object":
      if (value === null) return null;
      if (at.length > maxJSONDepth) {
        throw new JSONProblem(`${toPath(at)} nests deeper than ${maxJSONDepth} levels`);
      }
      return Object.freeze(Array.isArray(value) ? copyList(value, at) : copyObject(value, at));
    default:
      throw new JSONProblem(`${toPath(at)} is ${describe(value)}, which JSON cannot hold`);
  }
}

function copyList(list: readonly unknown[], at: (string | number)[]): JSONValue[] {
  // Unlike map, from visits holes and makes a plain list out of a subclass.
  return Array.from(list, (item, index) => {
    at.push(index);
    const copied = copy(item, at);
    at.pop();
    return copied;
  });
}

function copyObject(value: object, at: (string | number)[]): { [key: string]: JSONValue } {
  if (!isPlainObject(value)) {
    throw new JSONProblem(
      `${toPath(at)} is ${describe(value)}, which JSON cannot hold: convert it to plain values first`,
    );
  }
  const result: { [key: string]: JSONValue } = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    if (!key.isWellFormed()) {
      throw new JSONProblem(
        `a key of ${toPath(at)} holds half of a surrogate pair, which is not text`,
      );
    }
    at.push(key);
    const copied = copy(item, at);
    at.pop();
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

/** The path as one would write it, cut in the middle where it is long: `content.list[3]["a b"]`. */
function toPath([whole, ...keys]: readonly (string | number)[]): string {
  const steps = keys.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return /^[\p{ID_Start}_$][\p{ID_Continue}$]{0,59}$/u.test(key)
      ? `.${key}`
      : `[${describe(key)}]`;
  });
  const shown = steps.length > 10 ? [...steps.slice(0, 5), " ... ", ...steps.slice(-4)] : steps;
  return `${whole}${shown.join("")}`;
}

function refuseInexact(key: string, value: unknown, context?: { source?: string }): unknown {
  if (
    typeof value === "number" &&
    !Number.isSafeInteger(value) &&
    context?.source !== undefined &&
    /^-?\d+$/.test(context.source) &&
    // What JSON.stringify writes, it must also read: whether the digits stay, not whether a double
    // has the value exactly, decides.
    context.source !== String(value)
  ) {
    throw new JSONProblem(
      `the number ${context.source.slice(0, 40)} (key ${describe(key)}) is too large to be kept exactly: send it as a string`,
    );
  }
  return value;
}
