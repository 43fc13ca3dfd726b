/**
 * What tests need of a database: the `fixture` that each folder under `databases/` exports from its
 * `fixture.ts`.
 */
export interface DatabaseFixture {
  /**
   * Makes an empty database. Where none can be had on this machine it throws, and the message says
   * what is missing.
   */
  createDatabase(): Promise<TestDatabase>;
  /** The database's servers; undefined where it needs none. */
  readonly servers?: ServerFixture;
}

/** What tests need of a database that has servers. */
export interface ServerFixture {
  /**
   * Whether the tests as a whole have failed where none can be had: false for a database of which
   * there is no server that can be installed freely.
   */
  readonly isRequired: boolean;
  /** Why there is no server for tests, in a sentence; undefined where there is one. */
  findProblem(): Promise<string | undefined>;
  /** Starts a server of the tests' own, which they may kill, from the programs on this machine. */
  startServer(): Promise<TestServer>;
}

/** A server of the tests' own. Disposing of it ends it and removes all it had. */
export interface TestServer extends AsyncDisposable {
  /** The address of an ordinary database on it, as `TEST_DATABASE_URLS` takes it. */
  readonly url: string;
  createDatabase(): Promise<TestDatabase>;
  /** Ends it at once, as a loss of power would; its data stays. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data; fulfilled when it takes connections. */
  start(): Promise<void>;
}

/** An empty database of its own. Disposing of it removes it. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  /** Its URL as Python's SQLAlchemy has it; undefined where the tests have another way. */
  readonly pythonUrl?: string;
  /**
   * Makes a table of turnkeep's, which is there, refuse from now on every row for which a condition
   * holds, in plain SQL on its columns.
   */
  refuse(table: string, condition: string): Promise<void>;
  /** Ends what {@link refuse} began. */
  accept(table: string): Promise<void>;
  /**
   * Executes statements of the database's own SQL, one after another, and answers the rows of the
   * last, by column.
   */
  execute(...statements: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** How much room the tables and their indexes take, in bytes. */
  sizeOnDisk(): Promise<number>;
}
