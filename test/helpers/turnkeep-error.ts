import type { ErrorCode } from "turnkeep";
import { expect } from "vitest";

/** Matches a TurnkeepError with the code, whose message holds every one of the parts. */
export function turnkeepError(code: ErrorCode, ...parts: readonly string[]): unknown {
  return expect.toSatisfy(
    (error: { name?: unknown; code?: unknown; message?: unknown } | undefined) =>
      error?.name === "TurnkeepError" &&
      error.code === code &&
      parts.every((part) => String(error.message).includes(part)),
    `a TurnkeepError ${code}${parts.length > 0 ? ` that says ${parts.join(", ")}` : ""}`,
  );
}
