import type { TestDatabase } from "../../src/sql/database-fixture.ts";

/** A package that keeps conversations. */
export interface Peer {
  readonly title: string;
  /** The package of the benchmark's package.json that its version is told of. */
  readonly package: string;
  /** The database that it keeps them in, by its folder's name; undefined for memory. */
  readonly database: string | undefined;
  /** Whether what it acknowledges is on disk, as turnkeep has it. */
  readonly isDurable: boolean;
  /** What must be known of how it is used, in a sentence. */
  readonly note?: string;
  /** Opens it on an empty database. */
  open(database: TestDatabase): Promise<OpenPeer>;
}

/** A peer that is open. */
export interface OpenPeer extends AsyncDisposable {
  /** Begins a conversation. */
  begin(sessionId: string): Promise<unknown>;
  /** Reads its newest messages, ten questions and ten answers, and stores one more of each. */
  turn(sessionId: string): Promise<unknown>;
}

/** Who speaks in a conversation. */
export const userId = "someone";

/**
 * Loads a package that is installed for the benchmark alone: the names are not those of turnkeep's
 * own, and types are said where they are used.
 */
export async function load<Module>(name: string): Promise<Module> {
  try {
    return (await import(name)) as Module;
  } catch (error) {
    throw new Error(`${name} cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
}

/** The path of a database in a file. */
export function pathOf({ url }: TestDatabase): string {
  return url.replace(/^sqlite:\/\/\//, "");
}

/** A PostgreSQL URL as `pg` takes it. */
export function connectionString({ pythonUrl = "" }: TestDatabase): string {
  return pythonUrl;
}
