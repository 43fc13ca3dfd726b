import type * as nodeSqlite from "node:sqlite";
import { TurnkeepError } from "../../errors.ts";

let loaded: typeof nodeSqlite | undefined;

/**
 * The SQLite that is part of Node, loaded on first use. Its warning of being experimental, which
 * older versions of Node print, is left out; every other warning stays.
 * @throws TurnkeepError `database_driver_missing` where Node was built or started without it.
 */
export function loadSqlite(): typeof nodeSqlite {
  loaded ??= withoutItsWarning((): typeof nodeSqlite | undefined =>
    process.getBuiltinModule("node:sqlite"),
  );
  if (loaded === undefined) {
    throw new TurnkeepError(
      "database_driver_missing",
      `This Node.js (${process.version}) has no SQLite. Start it without --no-experimental-sqlite, or use a release from nodejs.org.`,
    );
  }
  return loaded;
}

// The module warns while it loads, which is not interrupted by anything else.
function withoutItsWarning<Result>(load: () => Result): Result {
  // oxlint-disable-next-line typescript/unbound-method -- it is applied to the process below
  const { emitWarning } = process;
  process.emitWarning = (...parameters: unknown[]) => {
    const [warning, type] = parameters;
    if (type === "ExperimentalWarning" && String(warning).startsWith("SQLite is")) return;
    Reflect.apply(emitWarning, process, parameters);
  };
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
