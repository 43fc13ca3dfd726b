import type { Dialect, Kysely } from "kysely";
import type { DatabaseUrl } from "./database-url.ts";

/**
 * A database: what the `index.ts` of each folder under `databases/` exports as its default. The
 * folder is the only place that names it.
 */
export interface Database {
  /** The dialects that the URLs of this database begin with. */
  readonly dialects: readonly string[];
  /**
   * Opens the database that a URL names: connects, and makes what a database needs before its
   * tables. Loads its driver on first use.
   * @throws TurnkeepError `database_url_invalid` for a URL that this database cannot have,
   * `database_driver_missing`, and the errors of a {@link DatabaseFailure}.
   */
  open(url: DatabaseUrl): Promise<OpenDatabase>;
  /** The URL that someone meant who gave `text` in its place, where it looks like one of these. */
  suggestUrl?(text: string): string | undefined;
}

/**
 * An open database. Rows come and go as `tables.ts` has them: times as text to the microsecond,
 * JSON as text, `deleted` as anything the database takes for a boolean; texts compare byte by
 * byte. A transaction that writes sees what every earlier one wrote, and none writes between its
 * reads and its end. What is committed is durable.
 *
 * Disposing of it closes its connections; disposing again does nothing.
 */
export interface OpenDatabase extends AsyncDisposable {
  /** The connection or connections that write. */
  readonly writes: Dialect;
  /** Those that only read; the same object as `writes` where one serves both. */
  readonly reads: Dialect;
  readonly columnTypes: ColumnTypes;
  /** Whether an index can leave rows out by a condition. */
  readonly partialIndexes: boolean;
  /**
   * The SQL expression for the present time of the database's clock, a whole number of
   * milliseconds since 1970: the same within a statement, and for all who share the database.
   */
  readonly epochMilliseconds: string;
  /** Whether a table has the index of that name. */
  hasIndex(kysely: Kysely<unknown>, table: string, index: string): Promise<boolean>;
  /** What an error means that a statement raised; undefined where it is not the database's. */
  explain(error: unknown): DatabaseFailure | undefined;
  /** Called after each transaction that writes, when nothing is being written: the time for upkeep. */
  afterWrite?(written: Written): Promise<void>;
  /** What {@link SessionStore.check} asks beyond the tables. */
  check?(): Promise<void>;
}

/** How a table's columns are declared. */
export interface ColumnTypes {
  /** A text of up to `length` characters. */
  text(length: number): string;
  readonly json: string;
  /** A time without zone, to the microsecond. */
  readonly time: string;
  readonly boolean: string;
}

/** What a database's error means. */
export interface DatabaseFailure {
  readonly code: "database_unavailable" | "database_read_only" | "database_schema_mismatch";
  /** What happened and what to do, in sentences without secrets. */
  readonly message: string;
  /** Whether any other write would fail in the same way now. */
  readonly outage: boolean;
}

/** How much was written, about. */
export interface Written {
  readonly rows: number;
  /** The length of their JSON. */
  readonly characters: number;
}
