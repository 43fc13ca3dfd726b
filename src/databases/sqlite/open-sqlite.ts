import type { DatabaseSync } from "node:sqlite";
import { type Kysely, sql } from "kysely";
import { isTurnkeepError, TurnkeepError } from "../../errors.ts";
import type { DatabaseUrl } from "../../sql/database-url.ts";
import type {
  ColumnTypes,
  DatabaseFailure,
  OpenDatabase,
  OpenOptions,
  Written,
} from "../../sql/database.ts";
import { waitWhileBusy } from "./busy.ts";
import { Checkpoints, latestCheckpointPages } from "./checkpoints.ts";
import { SqliteDialect } from "./dialect.ts";
import { explainFailure } from "./failure.ts";
import { fileIdentity, type Location, requireUsable, toLocation } from "./location.ts";
import { loadSqlite } from "./node-sqlite.ts";

/** Opens the SQLite database that a URL names. See {@link Database.open}. */
export async function openSqlite(
  url: DatabaseUrl,
  { readOnly = false }: OpenOptions = {},
): Promise<OpenDatabase> {
  const location = toLocation(url);
  const { path, timeout } = location;
  if (path !== undefined) requireUsable(path, readOnly ? "read" : "write");
  const { DatabaseSync } = loadSqlite();
  const opened: DatabaseSync[] = [];
  const connect = (): DatabaseSync => {
    const connection = new DatabaseSync(path ?? ":memory:", {
      readOnly: readOnly && path !== undefined,
    });
    opened.push(connection);
    return connection;
  };
  try {
    const writer = connect();
    if (path === undefined || readOnly) return new OpenSqlite(location, writer, writer);
    await waitWhileBusy(timeout, () => useWriteAheadLog(writer, path));
    // The last two are for macOS, where an ordinary sync may stop at the disk's cache.
    writer.exec(
      `PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${latestCheckpointPages}; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON`,
    );
    const reader = connect();
    reader.exec("PRAGMA query_only = ON");
    return new OpenSqlite(location, writer, reader);
  } catch (error) {
    for (const connection of opened) connection.close();
    const failure = explainFailure(error, placeOf(path), timeout);
    if (isTurnkeepError(error) || failure === undefined) throw error;
    throw new TurnkeepError(failure.code, failure.message, { cause: error });
  }
}

class OpenSqlite implements OpenDatabase {
  readonly writes: SqliteDialect;
  readonly reads: SqliteDialect;
  readonly columnTypes: ColumnTypes = {
    text: (length) => `VARCHAR(${length})`,
    json: "JSON",
    time: "DATETIME",
    boolean: "BOOLEAN",
  };
  // SQLite has one writer, which the dialect lets wait for the others' locks.
  readonly writers = 1;
  readonly patience = 0;
  readonly locksRows = false;
  readonly partialIndexes = true;
  readonly epochMilliseconds = "CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)";
  readonly #location: Location;
  readonly #writer: DatabaseSync;
  readonly #reader: DatabaseSync;
  readonly #identity: string | undefined;
  readonly #checkpoints: Checkpoints;
  #open = true;

  constructor(location: Location, writer: DatabaseSync, reader: DatabaseSync) {
    const { timeout, path } = location;
    this.#location = location;
    this.#writer = writer;
    this.#checkpoints = new Checkpoints(writer);
    this.#reader = reader;
    this.#identity = path === undefined ? undefined : fileIdentity(path);
    this.writes = new SqliteDialect(writer, {
      timeout,
      beforeTransaction: () => this.#requireSameFile(),
    });
    this.reads =
      reader === writer ? this.writes : new SqliteDialect(reader, { timeout, shared: this.writes });
  }

  async hasIndex(kysely: Kysely<unknown>, table: string, index: string): Promise<boolean> {
    const { rows } =
      await sql`select name from pragma_index_list(${table}) where name = ${index}`.execute(kysely);
    return rows.length > 0;
  }

  explain(error: unknown): DatabaseFailure | undefined {
    return explainFailure(error, placeOf(this.#location.path), this.#location.timeout);
  }

  async afterWrite(written: Written): Promise<void> {
    this.#checkpoints.afterWrite(written);
  }

  async check(): Promise<void> {
    this.#requireSameFile();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    if (this.#reader !== this.#writer) this.#reader.close();
    try {
      // Where it is open only to be read, this does nothing.
      this.#writer.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // All that was committed is in the log, and the next to open the file takes it from there.
    }
    this.#writer.close();
  }

  // SQLite goes on writing to a file that has been deleted, and all of it would be lost.
  #requireSameFile(): void {
    const { path } = this.#location;
    if (path === undefined || fileIdentity(path) === this.#identity) return;
    throw new TurnkeepError(
      "database_unavailable",
      `The SQLite file ${path} has been deleted or replaced while it was open. Put it back, or open the store again.`,
    );
  }
}

function useWriteAheadLog(database: DatabaseSync, path: string): void {
  const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"];
  if (mode !== "wal") {
    throw new TurnkeepError(
      "database_unavailable",
      `The SQLite file ${path} cannot have a write-ahead log (its journal mode stays ${String(mode)}), as on a network file system. Put it on a local disk.`,
    );
  }
}

function placeOf(path: string | undefined): string {
  return path === undefined ? "The SQLite database in memory" : `The SQLite file ${path}`;
}
