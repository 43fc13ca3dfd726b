import type * as nodeSqlite from "node:sqlite";

let loaded: typeof nodeSqlite | undefined;

/**
 * The SQLite that is part of Node, loaded on first use. Its warning of being experimental, which
 * older versions of Node print, is left out; every other warning stays.
 */
export function loadSqlite(): typeof nodeSqlite {
  loaded ??= withoutItsWarning(() => process.getBuiltinModule("node:sqlite"));
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
