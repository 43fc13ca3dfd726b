import type { Context } from "hono";
import { describe, TurnkeepError } from "../errors.ts";
import { requireId } from "../session/ids.ts";
import { maxIdLength } from "../session/session-store.ts";

/** How many items of a list are answered at the most. */
export const maxLimit = 100;
/** How many without the parameter `limit`. */
export const defaultLimit = 20;

/**
 * An id in a request's path, decoded.
 * @throws TurnkeepError `invalid_request` where no id is written so.
 */
export function pathId(context: Context, name: "session_id" | "request_id"): string {
  const { pathname } = new URL(context.req.url);
  try {
    decodeURIComponent(pathname);
  } catch (error) {
    throw new TurnkeepError(
      "invalid_request",
      `The path ${describe(pathname)} is not percent-encoded UTF-8: encode the ids in it, as encodeURIComponent does.`,
      { cause: error },
    );
  }
  const id = context.req.param(name);
  requireId(name, id ?? "", maxIdLength);
  return id ?? "";
}

/**
 * A parameter of a request's query; undefined where it is absent.
 * @throws TurnkeepError `invalid_request` where it is there twice.
 */
export function queryText(context: Context, name: string): string | undefined {
  const values = new URL(context.req.url).searchParams.getAll(name);
  if (values.length > 1) {
    throw new TurnkeepError("invalid_request", `The parameter ${name} is there twice: send one.`);
  }
  return values[0];
}

/**
 * The parameter `limit`.
 * @throws TurnkeepError `invalid_request` where it is not a whole number from 1 to
 * {@link maxLimit}.
 */
export function queryLimit(context: Context): number {
  const text = queryText(context, "limit") ?? String(defaultLimit);
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > maxLimit) {
    throw new TurnkeepError(
      "invalid_request",
      `limit must be a whole number from 1 to ${maxLimit}, but it is ${describe(text)}.`,
    );
  }
  return limit;
}

/**
 * A parameter that is `true` or `false`; false where it is absent.
 * @throws TurnkeepError `invalid_request` where it is anything else.
 */
export function queryFlag(context: Context, name: string): boolean {
  const text = queryText(context, name) ?? "false";
  if (text !== "true" && text !== "false") {
    throw new TurnkeepError(
      "invalid_request",
      `${name} must be true or false, but it is ${describe(text)}.`,
    );
  }
  return text === "true";
}
