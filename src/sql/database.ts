import type { DatabaseConnection, Dialect, Kysely } from "kysely";
import type { DatabaseUrl } from "./database-url.ts";

/**
 * A database: what the `index.ts` of each folder under `databases/` exports as its default, where it
 * is not a {@link RefusedDatabase}. The folder is the only place that names it.
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
  open(url: DatabaseUrl, options?: OpenOptions): Promise<OpenDatabase>;
  /** The URL that someone meant who gave `text` in its place, where it looks like one of these. */
  suggestUrl?(text: string): string | undefined;
}

/** A database that others have, and that cannot be had here: its URLs are refused with the reason. */
export interface RefusedDatabase {
  /** The dialects that its URLs begin with. */
  readonly dialects: readonly string[];
  /** Why it is refused, and what to do, in sentences. */
  readonly refusal: string;
}

/** How a database is opened. */
export interface OpenOptions {
  /**
   * Whether it is only read: then opening it makes and changes nothing, and a file must be there.
   * False by default.
   */
  readonly readOnly?: boolean;
}

/**
 * An open database. Rows come and go as `tables.ts` has them: times as text to the microsecond,
 * JSON as text, `deleted` as anything the database takes for a boolean; texts compare byte by
 * byte, but for the table of messages where others made it: a column of it that is compared with
 * something in parentheses may be compared as the column itself has it. A transaction that writes sees what every earlier one wrote, and none writes between its
 * reads and its end. What is committed is durable.
 *
 * Disposing of it closes its connections; disposing again does nothing.
 */
export interface OpenDatabase extends AsyncDisposable {
  /** The connection or connections that write: each is a {@link WritingConnection}. */
  readonly writes: Dialect;
  /** How many transactions may write at once. */
  readonly writers: number;
  /**
   * How long what is done waits while the database cannot be reached, in milliseconds, before it
   * fails; 0 where waiting would not help.
   */
  readonly patience: number;
  /**
   * Whether a query can lock the rows it selects until its transaction ends (`for update`, and
   * `skip locked`); false where a transaction that writes has the database for itself.
   */
  readonly locksRows: boolean;
  /**
   * Whether a connection is sent statements before it has answered those before them. Then what the
   * operations of a transaction ask for at the same time is one statement for all of them, and the
   * first reads are sent along with what begins the transaction.
   */
  readonly pipelines?: boolean;
  /**
   * Whether a transaction in which a statement has failed cannot be committed any more. Where it
   * `pipelines` too, the commit is sent along with the last statements.
   */
  readonly failsWhole?: boolean;
  /**
   * Whether others who share the database may not see a lock, as on the nodes of a cluster that hold
   * what was written against one another when it is committed: of two transactions that write to one
   * row, the one that comes last is a conflict then.
   */
  readonly locksAreLocal?: boolean;
  /** Those that only read; the same object as `writes` where one serves both. */
  readonly reads: Dialect;
  readonly columnTypes: ColumnTypes;
  /** The schema of the tables, where the database's own client looks for them in another. */
  readonly schema?: string | undefined;
  /** Whether an index can leave rows out by a condition. */
  readonly partialIndexes: boolean;
  /**
   * The SQL expression for the present time of the database's clock, a whole number of
   * milliseconds since 1970: the same within a statement, and for all who share the database.
   */
  readonly epochMilliseconds: string;
  /**
   * Called when the tables are there, before statements on them are made: looks at what is special
   * about the table of messages, which others may have made. Where it is absent, nothing is.
   */
  inspect?(kysely: Kysely<unknown>): Promise<MessageTimes>;
  /** Whether a table has the index of that name, and it can be used. */
  hasIndex(kysely: Kysely<unknown>, table: string, index: string): Promise<boolean>;
  /** Does the work while no other process that asks for the same makes tables or indexes. */
  whileAlone?<Result>(work: () => Promise<Result>): Promise<Result>;
  /**
   * Makes an index of a table that may be large and in use, without holding up who writes to it.
   * Where it is absent, an index is made in the ordinary way.
   */
  makeIndexOnline?(table: string, index: IndexDefinition): Promise<void>;
  /**
   * Adds a column that can be null to a table that may be large and in use, without holding up who
   * writes to it. Where it is absent, a column is added in the ordinary way.
   * @param type as {@link ColumnTypes} has it.
   */
  addColumnOnline?(table: string, column: string, type: string): Promise<void>;
  /** What an error means that a statement raised; undefined where it is not the database's. */
  explain(error: unknown): DatabaseFailure | undefined;
  /** Called after each transaction that writes, when nothing is being written: the time for upkeep. */
  afterWrite?(written: Written): Promise<void>;
  /** What {@link SessionStore.check} asks beyond the tables. */
  check?(): Promise<void>;
}

/** How an index is made. */
export interface IndexDefinition {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique?: boolean;
  /** Whether rows without the first column need not be in it. */
  readonly sparse?: boolean;
}

/** How the times of the table of messages are kept. */
export interface MessageTimes {
  /** The least difference between two of them, in microseconds: what is beyond is cut off. */
  readonly step: number;
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
  readonly kind: FailureKind;
}

/**
 * What a failure means for what was being done.
 *
 * - `refused`: it cannot be done, other things can.
 * - `conflict`: its transaction was rolled back for the sake of another, and can be done again at
 *   once.
 * - `lost`: the connection could not be had, or broke; it can be done again as soon as there is one.
 * - `outage`: every other write would fail in the same way now.
 */
export type FailureKind = "refused" | "conflict" | "lost" | "outage";

/** A connection on which a transaction can be made. */
export interface WritingConnection extends DatabaseConnection {
  /** Begins a transaction, in which each statement sees all that was committed before it. */
  begin(): Promise<void>;
  commit(): Promise<void>;
  /** Ends the transaction without its changes. Does not throw: where it fails, the connection is given up. */
  rollback(): Promise<void>;
}

/** How much was written, about. */
export interface Written {
  readonly rows: number;
  /** The length of their JSON. */
  readonly characters: number;
}
