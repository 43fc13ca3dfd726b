import { userInfo } from "node:os";
import { setTimeout } from "node:timers/promises";
import {
  type ColumnMetadata,
  CompiledQuery,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
  type TableMetadata,
} from "kysely";
import { isTurnkeepError, TurnkeepError } from "../../errors.ts";
import type { DatabaseUrl } from "../../sql/database-url.ts";
import type {
  ColumnTypes,
  DatabaseFailure,
  IndexDefinition,
  OpenDatabase,
} from "../../sql/database.ts";
import { changePatience, changeTable } from "../../sql/server/change-table.ts";
import { ConnectionPool } from "../../sql/server/connection-pool.ts";
import { PooledDialect } from "../../sql/server/pooled-dialect.ts";
import { toServerOptions } from "../../sql/server/server-options.ts";
import { connect, type PostgreSQLOptions } from "./connection.ts";
import { explainFailure, isLockTimeout } from "./failure.ts";

/** Opens the PostgreSQL database that a URL names. See {@link Database.open}. */
export async function openPostgreSQL(url: DatabaseUrl): Promise<OpenDatabase> {
  const database = new OpenPostgreSQL(toOptions(url));
  try {
    await database.reach();
    return database;
  } catch (error) {
    await database[Symbol.asyncDispose]();
    if (isTurnkeepError(error)) throw error;
    const failure = database.explain(error);
    throw failure === undefined
      ? error
      : new TurnkeepError(failure.code, failure.message, { cause: error });
  }
}

// What a process asks for that makes tables: the number stands for that alone.
const schemaLock = 7_475_726_365;
/** How long a process waits before it asks for that again, in milliseconds. */
const lockPause = 50;
const maxWriters = 4;

class OpenPostgreSQL implements OpenDatabase {
  readonly writes: PooledDialect;
  readonly reads: PooledDialect;
  readonly writers: number;
  readonly patience: number;
  readonly schema: string | undefined;
  readonly locksRows = true;
  readonly pipelines = true;
  readonly failsWhole = true;
  readonly columnTypes: ColumnTypes = {
    text: (length) => `VARCHAR(${length})`,
    json: "JSON",
    time: "TIMESTAMP WITHOUT TIME ZONE",
    boolean: "BOOLEAN",
  };
  readonly partialIndexes = true;
  // Of the statement, not of the transaction, which may have waited for others.
  readonly epochMilliseconds = "floor(extract(epoch from statement_timestamp()) * 1000)::bigint";
  readonly #options: PostgreSQLOptions;
  readonly #pool: ConnectionPool;

  constructor(options: PostgreSQLOptions) {
    this.#options = options;
    this.#pool = new ConnectionPool(options, (host) => connect(options, host));
    this.writes = new PooledDialect(this.#pool, {
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (kysely) => new CurrentSchema(kysely),
    });
    this.reads = this.writes;
    // One connection is left for reading, where there is more than one.
    this.writers = Math.max(1, Math.min(maxWriters, options.poolSize - 1));
    this.patience = options.outageTimeout;
    this.schema = options.schema;
  }

  /** Fulfilled where the server takes a connection. */
  async reach(): Promise<void> {
    this.#pool.release(await this.#pool.acquire());
  }

  async hasIndex(kysely: Kysely<unknown>, table: string, index: string): Promise<boolean> {
    const { rows } = await sql`
      select 1 from pg_index
      join pg_class on pg_class.oid = pg_index.indexrelid
      where pg_index.indrelid = to_regclass(quote_ident(${table}))
        and pg_class.relname = ${index} and pg_index.indisvalid`.execute(kysely);
    return rows.length > 0;
  }

  async whileAlone<Result>(work: () => Promise<Result>): Promise<Result> {
    await using connection = await this.#connectPatiently();
    // Asked again and again: a statement that waited would itself be waited for, without an end, by
    // whoever has the lock and makes an index beside what goes on.
    const lock = `select pg_try_advisory_lock(${schemaLock}) as locked`;
    while ((await connection.execute(lock))[0]?.["locked"] !== true) await setTimeout(lockPause);
    return await work();
  }

  async makeIndexOnline(
    table: string,
    { name, columns, unique = false }: IndexDefinition,
  ): Promise<void> {
    await using connection = await this.#connectPatiently();
    // What an earlier attempt that was cut off has left is no index, and stands in the way.
    await connection.execute(`drop index concurrently if exists ${quoted(name)}`);
    await connection.execute(
      `create ${unique ? "unique index" : "index"} concurrently ${quoted(name)} on ${quoted(table)} (${columns.map(quoted).join(", ")})`,
    );
  }

  async addColumnOnline(table: string, column: string, type: string): Promise<void> {
    await using connection = await this.#connectPatiently();
    await connection.execute(`set lock_timeout = ${changePatience}`);
    await changeTable(
      () => connection.execute(`alter table ${quoted(table)} add column ${quoted(column)} ${type}`),
      table,
      isLockTimeout,
      `Find it in pg_stat_activity of the ${this.#place} and end it.`,
    );
  }

  /** A connection of its own, whose statements may take as long as they like. */
  async #connectPatiently() {
    const options = { ...this.#options, statementTimeout: 0 };
    const connection = await new ConnectionPool(options, (host) =>
      connect(options, host),
    ).connect();
    return {
      execute: async (text: string) => {
        const query = CompiledQuery.raw(text);
        return (await connection.executeQuery<Readonly<Record<string, unknown>>>(query)).rows;
      },
      [Symbol.asyncDispose]: () => connection.close(),
    };
  }

  explain(error: unknown): DatabaseFailure | undefined {
    return explainFailure(error, `The ${this.#place}`, this.#options.hosts.length > 1);
  }

  get #place(): string {
    const { hosts, database = "" } = this.#options;
    const names = hosts.map(({ host, port }) => `${host}:${port}`).join(",");
    return `PostgreSQL database ${names}/${database}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }
}

const names = ["schema", "application_name", "target_session_attrs"];

function toOptions(url: DatabaseUrl): PostgreSQLOptions {
  const options = toServerOptions(url, {
    port: 5432,
    options: names,
    aliases: {
      sslmode: "tls",
      ssl: "tls",
      sslrootcert: "tls_ca",
      sslcert: "tls_cert",
      sslkey: "tls_key",
    },
  });
  const { username = process.env["PGUSER"] ?? userInfo().username } = options;
  return {
    ...options,
    username,
    password: options.password ?? process.env["PGPASSWORD"],
    database: options.database ?? username,
    schema: url.option("schema"),
    applicationName: url.option("application_name") ?? "turnkeep",
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Sees the tables of the schema that new tables are made in, and no others. */
class CurrentSchema extends PostgresIntrospector {
  readonly #kysely: Kysely<unknown>;

  constructor(kysely: Kysely<unknown>) {
    super(kysely);
    this.#kysely = kysely;
  }

  // Kysely's own asks about every schema, and fails where another one is dropped meanwhile.
  override async getTables(): Promise<TableMetadata[]> {
    const { rows } = await sql<ColumnRow>`
      select pg_class.relname as "table", attname as name,
        format_type(atttypid, null) as "dataType", not attnotnull as "isNullable",
        atthasdef as "hasDefaultValue", attidentity <> '' as "isAutoIncrementing"
      from pg_class join pg_attribute on attrelid = pg_class.oid
      where relnamespace = to_regnamespace(quote_ident(current_schema()))
        and relkind in ('r', 'p') and attnum > 0 and not attisdropped
      order by pg_class.relname, attnum`.execute(this.#kysely);
    return [...Map.groupBy(rows, ({ table }) => table)].map(([name, columns]) => ({
      name,
      isView: false,
      isForeign: false,
      columns: columns.map(({ table: _table, ...column }) => column),
    }));
  }
}

interface ColumnRow extends ColumnMetadata {
  readonly table: string;
}
