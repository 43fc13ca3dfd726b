import { readdir } from "node:fs/promises";
import { describe, TurnkeepError } from "../errors.ts";
import { type DatabaseConfig, toDatabaseUrl } from "./database-config.ts";
import { invalid } from "./database-url.ts";
import type { Database, OpenDatabase, OpenOptions, RefusedDatabase } from "./database.ts";

const folder = new URL("../databases/", import.meta.url);

/**
 * Opens the database that a URL names, which options may stand beside.
 * @throws TurnkeepError `database_url_invalid`, `database_unknown` where no folder under
 * `databases/` answers to the URL's dialect, or the one that does refuses it, and what
 * {@link Database.open} throws.
 */
export async function openDatabase(
  config: string | DatabaseConfig,
  options?: OpenOptions,
): Promise<OpenDatabase> {
  const url: unknown = typeof config === "string" ? config : config?.url;
  if (typeof url === "string" && !url.includes("://")) await suggest(url);
  const parsed = toDatabaseUrl(config);
  const databases = await loadDatabases();
  const database = databases.find(({ dialects }) => dialects.includes(parsed.dialect));
  if (database !== undefined && "refusal" in database) {
    throw new TurnkeepError(
      "database_unknown",
      `The database URL begins with ${describe(parsed.dialect)}. ${database.refusal}`,
    );
  }
  if (database === undefined) {
    const dialects = databases.flatMap((known) => ("refusal" in known ? [] : known.dialects));
    throw new TurnkeepError(
      "database_unknown",
      `The database URL begins with ${describe(parsed.dialect)}, which is none of the databases there are: ${dialects.join(", ")}.`,
    );
  }
  return database.open(parsed, options);
}

/** The names of the folders under `databases/`, sorted. */
export async function databaseNames(): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

async function loadDatabases(): Promise<(Database | RefusedDatabase)[]> {
  return Promise.all(
    (await databaseNames()).map(async (name) => {
      const module = (await import(`../databases/${name}/index.ts`)) as {
        default: Database | RefusedDatabase;
      };
      return module.default;
    }),
  );
}

async function suggest(text: string): Promise<void> {
  for (const database of await loadDatabases()) {
    const suggestion = "refusal" in database ? undefined : database.suggestUrl?.(text);
    if (suggestion !== undefined) {
      throw invalid(`has no scheme. Write ${suggestion} for that file`);
    }
  }
}
