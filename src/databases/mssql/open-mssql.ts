import { CompiledQuery, Kysely, MssqlAdapter, sql } from "kysely";
import { isTurnkeepError, TurnkeepError } from "../../errors.ts";
import type { DatabaseUrl } from "../../sql/database-url.ts";
import type {
  ColumnTypes,
  DatabaseFailure,
  IndexDefinition,
  MessageTimes,
  OpenDatabase,
} from "../../sql/database.ts";
import { changePatience, changeTable } from "../../sql/server/change-table.ts";
import { ConnectionPool } from "../../sql/server/connection-pool.ts";
import { PooledDialect } from "../../sql/server/pooled-dialect.ts";
import { connect, type MSSQLOptions } from "./connection.ts";
import { explainFailure, isLockTimeout } from "./failure.ts";
import { SchemaIntrospector } from "./introspector.ts";
import {
  exactCollation,
  inspectMessageTable,
  type MessageTable,
  ownMessageTable,
  stepOf,
} from "./message-table.ts";
import { SqlServerQueryCompiler } from "./query-compiler.ts";
import type { KnownConnection, ServerFacts } from "./server-facts.ts";
import { toOptions } from "./url-options.ts";

/** Opens the SQL Server database that a URL names. See {@link Database.open}. */
export async function openMSSQL(url: DatabaseUrl): Promise<OpenDatabase> {
  const database = new OpenMSSQL(toOptions(url));
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

const maxWriters = 4;
/** How long a process waits for another that makes tables, in milliseconds. */
const aloneTimeout = 3_600_000;

class OpenMSSQL implements OpenDatabase {
  readonly writes: PooledDialect;
  readonly reads: PooledDialect;
  readonly writers: number;
  readonly patience: number;
  readonly locksRows = true;
  readonly columnTypes: ColumnTypes = {
    // A character may take two units.
    text: (length) => `NVARCHAR(${length * 2}) COLLATE ${exactCollation}`,
    json: `NVARCHAR(MAX) COLLATE ${exactCollation}`,
    time: "DATETIME2(6)",
    boolean: "BIT",
  };
  // And must: a unique index lets one row alone be without a value.
  readonly partialIndexes = true;
  readonly epochMilliseconds =
    "datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime())";
  readonly #options: MSSQLOptions;
  readonly #pool: ConnectionPool;
  #facts: ServerFacts | undefined;
  #messageTable: MessageTable = ownMessageTable;

  constructor(options: MSSQLOptions) {
    this.#options = options;
    this.#pool = new ConnectionPool(options, async (host) => {
      const connection = await connect(options, host);
      this.#facts ??= connection.facts;
      return connection;
    });
    this.writes = new PooledDialect(this.#pool, {
      createAdapter: () => new MssqlAdapter(),
      createQueryCompiler: () =>
        new SqlServerQueryCompiler(() => ({
          schema: this.#schema,
          messageTable: this.#messageTable,
        })),
      createIntrospector: (kysely) => new SchemaIntrospector(kysely, () => this.#schema),
    });
    this.reads = this.writes;
    // One connection is left for reading, where there is more than one.
    this.writers = Math.max(1, Math.min(maxWriters, options.poolSize - 1));
    this.patience = options.outageTimeout;
  }

  /** Fulfilled where the server takes a connection, and the table of messages is known. */
  async reach(): Promise<void> {
    this.#pool.release(await this.#pool.acquire());
    await this.inspect(this.#statements);
  }

  async inspect(kysely: Kysely<unknown>): Promise<MessageTimes> {
    this.#messageTable = await inspectMessageTable(kysely, this.#schema);
    return { step: stepOf(this.#messageTable) };
  }

  async hasIndex(kysely: Kysely<unknown>, table: string, index: string): Promise<boolean> {
    const { rows } = await sql`
      select 1 as found from sys.indexes
      where object_id = object_id(quotename(${this.#schema}) + N'.' + quotename(${table}))
        and name = ${index} and is_disabled = 0 and is_hypothetical = 0`.execute(kysely);
    return rows.length > 0;
  }

  async whileAlone<Result>(work: () => Promise<Result>): Promise<Result> {
    await using connection = await this.#connectPatiently();
    const [row] = await connection.execute<{ readonly result: number }>(
      `declare @result int;
exec @result = sp_getapplock @Resource = N'turnkeep', @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = ${aloneTimeout};
select @result as result`,
    );
    if (row === undefined || row.result < 0) {
      throw new TurnkeepError(
        "database_unavailable",
        `Another process has been making the tables of the ${this.#place} for ${aloneTimeout / 1000} seconds. Look what it waits for, and end that.`,
      );
    }
    return await work();
  }

  /** Beside what goes on in the table where the server's edition has that. */
  async makeIndexOnline(table: string, index: IndexDefinition): Promise<void> {
    await this.#change(table, (facts) => this.#toIndex(table, index, facts));
  }

  async addColumnOnline(table: string, column: string, type: string): Promise<void> {
    const change = this.#statements.schema.alterTable(table).addColumn(column, sql.raw(type));
    await this.#change(table, () => change.compile().sql);
  }

  async #change(table: string, statementFor: (facts: ServerFacts) => string): Promise<void> {
    await using connection = await this.#connectPatiently();
    await connection.execute(`set lock_timeout ${changePatience}`);
    const statement = statementFor(connection.facts);
    await changeTable(
      () => connection.execute(statement),
      table,
      isLockTimeout,
      `Find it in sys.dm_tran_active_transactions of the ${this.#place} and end it.`,
    );
  }

  #toIndex(
    table: string,
    { name, columns, unique = false, sparse = false }: IndexDefinition,
    { makesIndexesOnline }: ServerFacts,
  ): string {
    let index = this.#statements.schema
      .createIndex(name)
      .on(table)
      .columns([...columns]);
    if (unique) index = index.unique();
    if (sparse) index = index.where(sql.ref(columns[0] ?? ""), "is not", null);
    return `${index.compile().sql}${makesIndexesOnline ? " with (online = on)" : ""}`;
  }

  /** A connection of its own, whose statements may take as long as they like. */
  async #connectPatiently() {
    const options = { ...this.#options, statementTimeout: 0 };
    const pool = new ConnectionPool(options, (host) => connect(options, host));
    const connection = (await pool.connect()) as KnownConnection;
    return {
      facts: connection.facts,
      execute: async <Row>(text: string) =>
        (await connection.executeQuery<Row>(CompiledQuery.raw(text))).rows,
      [Symbol.asyncDispose]: () => connection.close(),
    };
  }

  explain(error: unknown): DatabaseFailure | undefined {
    return explainFailure(error, `The ${this.#place}`, this.#options.hosts.length > 1);
  }

  get #statements(): Kysely<unknown> {
    return new Kysely<unknown>({ dialect: this.writes });
  }

  get #schema(): string {
    const { schema = this.#facts?.schema } = this.#options;
    if (schema === undefined) {
      throw new TypeError("The server is not known before it is reached.");
    }
    return schema;
  }

  get #place(): string {
    const { hosts, database } = this.#options;
    const names = hosts.map(({ host, port }) => `${host}:${port}`).join(",");
    return `SQL Server database ${names}/${database}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }
}
