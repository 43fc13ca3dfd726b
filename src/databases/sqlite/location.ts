import { accessSync, constants, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { TurnkeepError } from "../../errors.ts";
import { type DatabaseUrl, invalid } from "../../sql/database-url.ts";

/** What a SQLite URL says. */
export interface Location {
  /** The file's absolute path, or undefined for a database in memory. */
  readonly path: string | undefined;
  /** How many seconds to wait while another process writes. */
  readonly timeout: number;
}

// The first is ours too; the others tune Python's driver and have no meaning here.
const knownOptions = ["timeout", "check_same_thread", "cached_statements"];
const forms =
  "sqlite:///relative/path.db, sqlite:////absolute/path.db, sqlite:///C:\\path.db or sqlite:// (in memory)";

/**
 * Where a SQLite URL points: relative paths from the working directory.
 * @throws TurnkeepError `database_url_invalid`.
 */
export function toLocation(url: DatabaseUrl): Location {
  for (const part of ["username", "password", "host", "port"] as const) {
    if (url[part] !== undefined) {
      throw invalid(`has a ${part}, which SQLite does not take. Write ${forms}`);
    }
  }
  url.requireOptions(knownOptions);
  const timeout = Number(url.option("timeout") ?? "5");
  if (!(timeout >= 0 && timeout <= 3600)) {
    throw invalid("has a timeout that is not a number of seconds from 0 to 3600");
  }
  const memory = url.database === undefined || url.database === "" || url.database === ":memory:";
  return { path: memory ? undefined : resolve(url.database ?? ""), timeout };
}

/** The URL of the database at a path. */
export function toUrl(path: string): string {
  return `sqlite:///${path.replaceAll(/[%?]/g, encodeURIComponent)}`;
}

/**
 * Makes sure that a database can be opened and written at this path; or, to be read, that one is
 * there.
 * @throws TurnkeepError `database_unavailable` or `database_read_only`, saying what stands against it.
 */
export function requireUsable(path: string, use: "read" | "write"): void {
  const directory = dirname(path);
  if (use === "read" && found(path) === undefined) {
    throw new TurnkeepError(
      "database_unavailable",
      `There is no SQLite file ${path}. Mend the path (a relative one is taken from the working directory, ${process.cwd()}).`,
    );
  }
  if (found(directory)?.isDirectory() !== true) {
    throw new TurnkeepError(
      "database_unavailable",
      `The SQLite file ${path} cannot be made: there is no directory ${directory}. Make the directory, or mend the path (a relative one is taken from the working directory, ${process.cwd()}).`,
    );
  }
  const file = found(path);
  if (file !== undefined && !file.isFile()) {
    throw new TurnkeepError(
      "database_unavailable",
      `The SQLite path ${path} is not a file${file.isDirectory() ? " but a directory" : ""}. Name a file in it.`,
    );
  }
  if (file !== undefined && !may(path, constants.R_OK)) {
    throw new TurnkeepError(
      "database_unavailable",
      `The SQLite file ${path} may not be read by this process. Give its user the right to ${use === "read" ? "read" : "read and write"} it.`,
    );
  }
  if (use === "read") return;
  if (file !== undefined && !may(path, constants.W_OK)) {
    throw new TurnkeepError(
      "database_read_only",
      `The SQLite file ${path} may not be written by this process. Give its user the right to write it.`,
    );
  }
  if (!may(directory, constants.W_OK | constants.X_OK)) {
    throw new TurnkeepError(
      "database_read_only",
      `The directory ${directory} may not be written by this process, and SQLite keeps files beside ${path} while it is open. Give its user the right to write the directory.`,
    );
  }
}

/** The identity of the file at a path, or undefined where none can be found. */
export function fileIdentity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

function found(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOTDIR") return undefined;
    throw new TurnkeepError(
      "database_unavailable",
      `The SQLite path ${path} cannot be reached (${code}). Give this process's user the right to enter its directories.`,
      { cause: error },
    );
  }
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
