import { describe, TurnkeepError } from "../errors.ts";
import { textProblem } from "./text-limits.ts";

/**
 * Refuses an id that no database would keep as it is.
 * @param name what the id is called where it came from, such as `session_id`.
 * @throws TurnkeepError `invalid_request` where it is not a text of 1 to `maxLength` Unicode
 * characters without control characters. `undefined` is fine.
 */
export function requireId(name: string, id: unknown, maxLength: number): void {
  if (id === undefined) return;
  const problem = typeof id === "string" ? textProblem(id, maxLength) : "is not a string";
  if (problem !== undefined) {
    throw new TurnkeepError(
      "invalid_request",
      `${name} ${problem}: ${describe(id)}. Send 1 to ${maxLength} characters, such as a UUID.`,
    );
  }
}
