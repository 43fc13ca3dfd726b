import type { Command } from "commander";
import { Kysely } from "kysely";
import { TurnkeepError } from "../errors.ts";
import { copyDatabase, type CopyProgress } from "../sql/copy/copy-database.ts";
import { TablePages } from "../sql/copy/table-pages.ts";
import { parseDatabaseUrl, redactDatabaseUrl } from "../sql/database-url.ts";
import type { OpenDatabase } from "../sql/database.ts";
import { openDatabase } from "../sql/find-database.ts";
import { findSchemaStatus, openSchema, schemaVersion } from "../sql/schema.ts";
import { defineTables } from "../sql/table-definitions.ts";
import type { Tables } from "../sql/tables.ts";

/** Adds the command `db`: looks after the database that sessions are kept in. */
export function addDatabaseCommand(program: Command): void {
  const command = program
    .command("db")
    .summary("look after the database that sessions are kept in")
    .description("Look after the database that sessions are kept in.");
  command
    .command("status")
    .summary("tell what is there, and change nothing")
    .description(
      "Tell which of turnkeep's tables there are, with how many rows, and what is missing.",
    )
    .argument("<url>", "the database")
    .option("--json", "as a line of JSON")
    .action(status);
  command
    .command("upgrade")
    .summary("make what is missing")
    .description(
      "Make the tables, columns and indexes that are missing, while servers may go on writing.",
    )
    .argument("<url>", "the database")
    .option("--dry-run", "only tell what would be made")
    .action(upgrade);
  command
    .command("copy")
    .summary("copy all sessions into another database")
    .description(
      "Copy all that turnkeep has in one database into another, of whatever kind, and verify it row by row. Called again, a copy that was broken off goes on. Stop the servers that write to the source first.",
    )
    .argument("<from>", "the database to copy")
    .argument("<to>", "the database to copy into: empty, or copied into before")
    .action(copy);
}

async function status(url: string, { json = false }: { readonly json?: boolean }): Promise<void> {
  await using database = await openDatabase(url, { readOnly: true });
  await explained(database, async () => {
    const kysely = new Kysely<Tables>({ dialect: database.reads });
    const found = await findSchemaStatus(kysely, database);
    const types = database.columnTypes;
    const rows: Record<string, number> = {};
    for (const definition of defineTables(types)) {
      if (!found.tables.includes(definition.name)) continue;
      rows[definition.name] = await new TablePages(kysely, definition, types).count();
    }
    const facts = {
      database: redactDatabaseUrl(url),
      version: found.version ?? null,
      known_version: schemaVersion,
      rows,
      missing: found.missing,
    };
    if (json) {
      print(JSON.stringify(facts));
      return;
    }
    print(`Database  ${facts.database}`);
    print(`Version   ${found.version ?? "none"}; this turnkeep makes version ${schemaVersion}`);
    const width = Math.max(0, ...Object.keys(rows).map(({ length }) => length));
    for (const [name, count] of Object.entries(rows)) print(`${name.padEnd(width)}  ${count} rows`);
    for (const name of found.missing) print(`Missing   ${name}`);
    print(found.missing.length === 0 ? "Nothing is missing." : "turnkeep db upgrade makes it.");
  });
}

async function upgrade(
  url: string,
  { dryRun = false }: { readonly dryRun?: boolean },
): Promise<void> {
  await using database = await openDatabase(url);
  await explained(database, async () => {
    const kysely = new Kysely<Tables>({ dialect: database.writes });
    const { missing } = await findSchemaStatus(kysely, database);
    if (missing.length === 0) {
      print("Nothing is missing.");
      return;
    }
    for (const name of missing) print(`${dryRun ? "Would make" : "Making"} ${name}`);
    if (dryRun) return;
    const start = performance.now();
    await openSchema(kysely, database);
    print(`Made in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
  });
}

async function copy(from: string, to: string): Promise<void> {
  // Both are read before either is opened, so that a slip shows at once.
  parseDatabaseUrl(from);
  parseDatabaseUrl(to);
  const start = performance.now();
  const { rows, copied } = await copyDatabase(from, to, progressTo(print));
  const seconds = (performance.now() - start) / 1000;
  print(
    `Copied ${copied} rows, and verified all ${rows}, in ${seconds.toFixed(1)} s (${Math.round(rows / seconds)} rows a second).`,
  );
}

const progressPause = 1000;

/** Tells of a copy at its steps' ends, and once a second. */
function progressTo(tell: (line: string) => void): (progress: CopyProgress) => void {
  let last = "";
  let at = 0;
  let began = 0;
  return ({ step, table, done, total }) => {
    const now = performance.now();
    const name = `${step} ${table}`;
    if (name !== last) {
      last = name;
      began = now;
      at = 0;
    }
    if (done < total && now - at < progressPause) return;
    at = now;
    const rate = now > began ? Math.round((done * 1000) / (now - began)) : 0;
    tell(
      `${name}: ${done} of ${total} rows${done < total && rate > 0 ? `, ${rate} a second, ${Math.ceil((total - done) / rate)} s left` : ""}`,
    );
  };
}

async function explained<Result>(
  database: OpenDatabase,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const failure = database.explain(error);
    if (failure === undefined) throw error;
    throw new TurnkeepError(failure.code, failure.message, { cause: error });
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
