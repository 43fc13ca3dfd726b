import type { ServerConnection } from "../../sql/server/connection-pool.ts";

/** What a server and its database are, as they were when a connection was made. */
export interface ServerFacts {
  /** The schema that tables are in whose schema is not named. */
  readonly schema: string;
  readonly takesWrites: boolean;
  /** Whether it makes indexes of tables that are in use. */
  readonly makesIndexesOnline: boolean;
}

/** A connection that knows its server. */
export interface KnownConnection extends ServerConnection {
  readonly facts: ServerFacts;
}

/** The row that {@link settingsAndFacts} answers. */
export interface FactsRow {
  readonly schema: string;
  readonly updateability: string;
  readonly edition: number;
}

// As SERVERPROPERTY('EngineEdition') has them: Enterprise and Developer; Azure's database and instance.
const onlineEditions = new Set([3, 5, 8]);

/**
 * What a connection begins with: its settings, so that they are the same whatever the server's
 * defaults are, and what is to be known of the server.
 * @param statementTimeout in milliseconds; 0 for a statement that may take as long as it likes.
 */
export function settingsAndFacts(statementTimeout: number): string {
  // The client gives a statement up by itself; this ends the wait of one whose client is gone.
  const lockTimeout = statementTimeout === 0 ? -1 : statementTimeout;
  return `set lock_timeout ${lockTimeout};
select schema_name() as "schema",
  cast(databasepropertyex(db_name(), 'Updateability') as nvarchar(60)) as "updateability",
  cast(serverproperty('EngineEdition') as int) as "edition"`;
}

/** What a server answered. */
export function toFacts({ schema, updateability, edition }: FactsRow): ServerFacts {
  return {
    schema,
    takesWrites: updateability !== "READ_ONLY",
    makesIndexesOnline: onlineEditions.has(edition),
  };
}
