import type { Client, CustomTypesConfig, QueryConfig } from "pg";
import type { CompiledQuery, QueryResult } from "kysely";
import { loadDriver } from "../../sql/server/load-driver.ts";
import type { ServerConnection, ServerHost } from "../../sql/server/connection-pool.ts";
import type { ServerOptions } from "../../sql/server/server-options.ts";
import { isConnectionLost, isReadOnly } from "./failure.ts";

/** What is PostgreSQL's own among the options of a URL. */
export interface PostgreSQLOptions extends ServerOptions {
  /** As {@link ServerOptions} has it; 0 for a statement that may take as long as it likes. */
  readonly statementTimeout: number;
  /** The schema that the tables are in; the server's own choice where undefined. */
  readonly schema: string | undefined;
  /** What the server shows the connections as. */
  readonly applicationName: string;
}

// How long a transaction of a process that hangs, or was cut off, keeps others waiting.
const idleInTransaction = 10_000;
const maxStatements = 500;

/**
 * Connects to a host.
 * @throws ReadOnlyHost where there are other hosts and this one takes no writes.
 */
export async function connect(
  options: PostgreSQLOptions,
  { host, port }: ServerHost,
): Promise<ServerConnection> {
  const { default: pg } = await loadDriver("pg", () => import("pg"));
  const client = new pg.Client({
    host,
    port,
    user: options.username,
    password: options.password,
    database: options.database,
    ssl: options.tls ?? false,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeout,
    // The server ends a statement that takes too long; this ends the wait for a server that does not.
    query_timeout:
      options.statementTimeout === 0 ? 0 : options.statementTimeout + options.connectTimeout,
    keepAlive: true,
    pipeline: true,
    types,
  });
  // What breaks it shows in what is asked next; unheard, it would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ readonly transaction_read_only: string }>(
      "show transaction_read_only",
    );
    if (options.hosts.length > 1 && rows[0]?.transaction_read_only === "on") {
      throw new ReadOnlyHost(`${host}:${port}`);
    }
    await client.query(toSettings(options));
    return new PostgreSQLConnection(client);
  } catch (error) {
    void client.end().catch(() => undefined);
    throw error;
  }
}

/** A host that takes no writes, where another may. */
export class ReadOnlyHost extends Error {
  constructor(host: string) {
    super(`The host ${host} takes no writes.`);
    this.name = "ReadOnlyHost";
  }
}

class PostgreSQLConnection implements ServerConnection {
  readonly #client: Client;
  /** The names of the statements that are kept prepared, by their SQL; "" where it came once. */
  readonly #names = new Map<string, string>();
  #lastName = 0;
  #isBroken = false;

  constructor(client: Client) {
    this.#client = client;
    const broken = (): void => {
      this.#isBroken = true;
    };
    client.on("error", broken);
    client.on("end", broken);
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  async begin(): Promise<void> {
    await this.#query({ text: "begin isolation level read committed" });
  }

  async commit(): Promise<void> {
    const { command } = await this.#query({ text: "commit" });
    // In a transaction that has failed, a commit is a rollback that says so nowhere else.
    if (command === "ROLLBACK") throw new Error("The transaction had failed and was rolled back.");
  }

  async rollback(): Promise<void> {
    try {
      await this.#query({ text: "rollback" });
    } catch {
      this.#isBroken = true;
    }
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { command, rowCount, rows } = await this.#query({
      name: this.#nameOf(query),
      text: query.sql,
      values: [...query.parameters],
    });
    const isChange = command === "INSERT" || command === "UPDATE" || command === "DELETE";
    return isChange
      ? { rows: rows as Row[], numAffectedRows: BigInt(rowCount ?? 0) }
      : { rows: rows as Row[] };
  }

  // oxlint-disable-next-line require-yield -- what a store reads is short: nothing is streamed
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new TypeError("Queries are not streamed.");
  }

  async close(): Promise<void> {
    this.#isBroken = true;
    // A server that is gone never says that it has heard.
    void this.#client.end().catch(() => undefined);
  }

  async #query(query: Omit<QueryConfig, "name"> & { readonly name?: string | undefined }) {
    if (this.#isBroken) throw new Error("Connection terminated");
    this.#gather();
    try {
      return await this.#client.query(query as QueryConfig);
    } catch (error) {
      // A server that has become a replica takes writes again through another connection alone.
      if (isConnectionLost(error) || isReadOnly(error)) this.#isBroken = true;
      throw error;
    }
  }

  /** Lets what is asked for at the same time go out in one write. */
  #gather(): void {
    const { stream } = this.#client.connection;
    if (stream.writableCorked > 0) return;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  // A statement is kept prepared from the second time on, and for good: those that are made for one
  // occasion would only take room.
  #nameOf({ sql }: CompiledQuery): string | undefined {
    const name = this.#names.get(sql);
    if (name === undefined && this.#names.size < maxStatements) {
      this.#names.set(sql, "");
    } else if (name === "") {
      this.#lastName += 1;
      this.#names.set(sql, `turnkeep_${this.#lastName}`);
    }
    const kept = this.#names.get(sql) ?? "";
    return kept === "" ? undefined : kept;
  }
}

function toSettings({ statementTimeout, schema }: PostgreSQLOptions): string {
  const settings = [
    "set datestyle to iso",
    "set enable_seqscan to off",
    `set statement_timeout to ${statementTimeout}`,
    `set idle_in_transaction_session_timeout to ${idleInTransaction}`,
  ];
  if (schema !== undefined) settings.push(`set search_path to "${schema.replaceAll('"', '""')}"`);
  return settings.join("; ");
}

// The object identifiers of pg_type.
const int8 = 20;
const boolean = 16;
const int2 = 21;
const int4 = 23;
const timestamp = 1114;

const types: CustomTypesConfig = {
  getTypeParser(oid: number) {
    switch (oid) {
      case int2:
      case int4:
      case int8:
        return Number;
      case timestamp:
        return toMicroseconds;
      case boolean:
        return (text: string) => text === "t";
      default:
        // Also JSON, which stays as it was written.
        return (text: string) => text;
    }
  },
};

/** PostgreSQL leaves out the zeros at the end of a time. */
function toMicroseconds(text: string): string {
  const length = "YYYY-MM-DD HH:MM:SS.ffffff".length;
  if (text.length >= length || text.length < 19) return text;
  return (text.length === 19 ? `${text}.` : text).padEnd(length, "0");
}
