import { describe, TurnkeepError } from "../errors.ts";

/** How long a model may take, and how often it is asked again. */
export interface CallLimits {
  /** Milliseconds for the whole call, with its retries and its stream; 300,000 by default. */
  readonly timeout?: number | undefined;
  /** Milliseconds without a piece in a stream; 60,000 by default. */
  readonly pieceTimeout?: number | undefined;
  /**
   * How often a call is made again that failed for a cause that may pass (status 429 or 5xx, no
   * connection), before the first piece of a stream; 2 by default.
   */
  readonly maxRetries?: number | undefined;
}

const longestTimer = 2 ** 31 - 1;

/**
 * Checks limits.
 * @throws TurnkeepError `invalid_argument` for a time that is not from 1 to 2,147,483,647, or a
 * number of retries that is not a whole number from 0 to 10.
 */
export function requireLimits({ timeout, pieceTimeout, maxRetries }: CallLimits): CallLimits {
  for (const [name, time] of Object.entries({ timeout, pieceTimeout })) {
    if (time === undefined) continue;
    if (typeof time !== "number" || !(time >= 1 && time <= longestTimer)) {
      throw new TurnkeepError(
        "invalid_argument",
        `${name} is a time in milliseconds from 1 to ${longestTimer}, but it is ${describe(time)}.`,
      );
    }
  }
  if (
    maxRetries !== undefined &&
    (!Number.isInteger(maxRetries) || maxRetries < 0 || maxRetries > 10)
  ) {
    throw new TurnkeepError(
      "invalid_argument",
      `maxRetries is a whole number from 0 to 10, but it is ${describe(maxRetries)}.`,
    );
  }
  return { timeout, pieceTimeout, maxRetries };
}

/** The first limits that are given, one by one, then the defaults. */
export function mergeLimits(...limits: readonly CallLimits[]): {
  readonly timeout: number;
  readonly pieceTimeout: number;
  readonly maxRetries: number;
} {
  const first = (name: keyof CallLimits): number | undefined =>
    limits.map((each) => each[name]).find((value) => value !== undefined);
  return {
    timeout: first("timeout") ?? 300_000,
    pieceTimeout: first("pieceTimeout") ?? 60_000,
    maxRetries: first("maxRetries") ?? 2,
  };
}
