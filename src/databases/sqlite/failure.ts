import type { DatabaseFailure } from "../../sql/database.ts";

// https://www.sqlite.org/rescode.html: the primary code is the low byte of an extended one.
const code = {
  error: 1,
  busy: 5,
  locked: 6,
  readOnly: 8,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** Whether another connection's lock stood in the way. */
export function isBusy(error: unknown): boolean {
  const found = primaryCode(error);
  return found === code.busy || found === code.locked;
}

/** What an error of SQLite means for the database at `place`; undefined where it is not SQLite's. */
export function explainFailure(
  error: unknown,
  place: string,
  timeout: number,
): DatabaseFailure | undefined {
  if (hasCode(error, "ERR_INVALID_STATE")) {
    return unavailable("SQLite is closed. Open the store again.");
  }
  const found = primaryCode(error);
  if (found === undefined) return undefined;
  const { message: reason } = error as Error;
  switch (found) {
    case code.busy:
    case code.locked:
      return unavailable(
        `${place} has been locked by another process for more than ${timeout} s. End what holds it, or wait longer with ?timeout=<seconds>.`,
      );
    case code.readOnly:
      return {
        code: "database_read_only",
        message: `${place} takes no writes (${reason}). Give this process's user the right to write the file and its directory.`,
        kind: "outage",
      };
    case code.inputOutput:
      return unavailable(`${place} could not be read or written (${reason}). Check its disk.`);
    case code.corrupt:
      return unavailable(
        `${place} is damaged (${reason}). Restore it from a backup, or save what can be saved with sqlite3's .recover.`,
      );
    case code.full:
      return {
        ...unavailable(`${place} cannot grow (${reason}). Make room on its disk.`),
        // A smaller turn may still have room.
        kind: "refused",
      };
    case code.cannotOpen:
      return unavailable(
        `${place} cannot be opened (${reason}). Check that it exists and that this process's user may use it.`,
      );
    case code.notADatabase:
      return unavailable(`${place} is not a SQLite database. Name another file.`);
    default:
      return { ...explainStatement(found, reason, place), kind: "refused" };
  }
}

function explainStatement(
  found: number,
  reason: string,
  place: string,
): Omit<DatabaseFailure, "kind"> {
  return found === code.error && /no such (?:table|column)|no column named/.test(reason)
    ? {
        code: "database_schema_mismatch",
        message: `${place} has not the tables it should have (${reason}). Open the store again, so that missing ones are made.`,
      }
    : unavailable(`${place} refused a statement (${reason}).`);
}

function unavailable(message: string): DatabaseFailure {
  return { code: "database_unavailable", message, kind: "outage" };
}

function primaryCode(error: unknown): number | undefined {
  if (!hasCode(error, "ERR_SQLITE_ERROR") || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

function hasCode(error: unknown, wanted: string): error is Error {
  return error instanceof Error && "code" in error && error.code === wanted;
}
