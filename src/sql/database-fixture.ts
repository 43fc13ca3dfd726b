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
}

/** An empty database of its own. Disposing of it removes it. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  /** Makes the table of messages, which is there, refuse rows with this key from now on. */
  refuseKey(messageKey: string): Promise<void>;
}
