import { type ErrorCode, isTurnkeepError } from "../errors.ts";

/** What is wrong with the command as it was given, rather than with the world it met. */
const wrongUse: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "component_invalid",
  "database_unknown",
  "database_url_invalid",
  "model_reference_invalid",
  "model_unknown",
]);

/** The exit code for an error that ended a command: 2 for wrong use, else 1. */
export function exitCodeOf(error: unknown): number {
  return isTurnkeepError(error) && wrongUse.has(error.code) ? 2 : 1;
}

/**
 * Writes an error to standard error: turnkeep's own as its message alone, which says all there is
 * to know; of any other also where it was thrown.
 */
export function reportError(error: unknown): void {
  process.stderr.write(`error: ${toText(error)}\n`);
}

function toText(error: unknown): string {
  if (!isTurnkeepError(error)) return stackOf(error);
  // A component's own error: its author needs to see where it comes from.
  return error.code === "component_failed" && error.cause !== undefined
    ? `${error.message}\n${stackOf(error.cause)}`
    : error.message;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
