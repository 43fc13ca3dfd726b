import { userInfo } from "node:os";
import { CompiledQuery, type Kysely, MysqlAdapter, MysqlIntrospector, sql } from "kysely";
import { isTurnkeepError, TurnkeepError } from "../../errors.ts";
import { type DatabaseUrl, invalid } from "../../sql/database-url.ts";
import type {
  ColumnTypes,
  DatabaseFailure,
  IndexDefinition,
  MessageTimes,
  OpenDatabase,
} from "../../sql/database.ts";
import { changePatience, changeTable } from "../../sql/server/change-table.ts";
import { ConnectionPool, type ServerConnection } from "../../sql/server/connection-pool.ts";
import { PooledDialect } from "../../sql/server/pooled-dialect.ts";
import { toServerOptions } from "../../sql/server/server-options.ts";
import { connect, type MySQLOptions } from "./connection.ts";
import { ExactQueryCompiler } from "./exact-query-compiler.ts";
import { explainFailure, isLockTimeout } from "./failure.ts";
import { inspectMessageTable, type MessageTable, ownMessageTable } from "./message-table.ts";
import type { KnownConnection, ServerFacts } from "./server-facts.ts";

/** Opens the MySQL or MariaDB database that a URL names. See {@link Database.open}. */
export async function openMySQL(url: DatabaseUrl): Promise<OpenDatabase> {
  const database = new OpenMySQL(toOptions(url));
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
/** How long a process waits for another that makes tables, in seconds. */
const aloneTimeout = 3600;

class OpenMySQL implements OpenDatabase {
  readonly writes: PooledDialect;
  readonly reads: PooledDialect;
  readonly writers: number;
  readonly patience: number;
  readonly locksRows = true;
  // A unique index lets any number of rows be without a value.
  readonly partialIndexes = false;
  // Of the statement; a whole number, which the product is not, to compare with whole numbers.
  readonly epochMilliseconds = "cast(floor(unix_timestamp(now(3)) * 1000) as signed)";
  readonly #options: MySQLOptions;
  readonly #pool: ConnectionPool;
  #facts: ServerFacts | undefined;
  #messageTable: MessageTable = ownMessageTable;

  constructor(options: MySQLOptions) {
    this.#options = options;
    this.#pool = new ConnectionPool(options, async (host) => {
      const connection = await connect(options, host);
      this.#facts ??= connection.facts;
      return connection;
    });
    this.writes = new PooledDialect(this.#pool, {
      createAdapter: () => new MysqlAdapter(),
      createQueryCompiler: () =>
        new ExactQueryCompiler(() => ({
          exactCollation: this.#exactCollation,
          messageTable: this.#messageTable,
        })),
      createIntrospector: (kysely) => new MysqlIntrospector(kysely),
    });
    this.reads = this.writes;
    // One connection is left for reading, where there is more than one.
    this.writers = Math.max(1, Math.min(maxWriters, options.poolSize - 1));
    this.patience = options.outageTimeout;
  }

  get columnTypes(): ColumnTypes {
    const exact = `CHARACTER SET utf8mb4 COLLATE ${this.#exactCollation}`;
    return {
      text: (length) => `VARCHAR(${length}) ${exact}`,
      // What MariaDB's JSON is but for its check, which refuses what is nested more than 32 deep.
      // MySQL's own would put a text's keys in another order.
      json: "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
      time: "DATETIME(6)",
      boolean: "BOOLEAN",
    };
  }

  get locksAreLocal(): boolean {
    return this.#knownFacts.isNode;
  }

  get #exactCollation(): string {
    return this.#knownFacts.exactCollation;
  }

  get #knownFacts(): ServerFacts {
    if (this.#facts === undefined)
      throw new TypeError("The server is not known before it is reached.");
    return this.#facts;
  }

  /** Fulfilled where the server takes a connection. */
  async reach(): Promise<void> {
    this.#pool.release(await this.#pool.acquire());
  }

  async inspect(kysely: Kysely<unknown>): Promise<MessageTimes> {
    this.#messageTable = await inspectMessageTable(kysely, this.#exactCollation);
    return { step: this.#messageTable.timeStep };
  }

  async hasIndex(kysely: Kysely<unknown>, table: string, index: string): Promise<boolean> {
    const { rows } = await sql`
      select 1 as found from information_schema.statistics
      where table_schema = database() and table_name = ${table} and index_name = ${index}`.execute(
      kysely,
    );
    return rows.length > 0;
  }

  async whileAlone<Result>(work: () => Promise<Result>): Promise<Result> {
    // Nodes of a cluster know nothing of one another's locks, and some refuse them: there whoever comes
    // second is told so by what it makes.
    if (this.#knownFacts.isNode) return await work();
    await using connection = await this.#connectPatiently();
    const rows = await connection.execute(
      `select get_lock(concat('turnkeep ', sha1(database())), ${aloneTimeout}) as locked`,
    );
    if (Number(rows[0]?.["locked"]) !== 1) {
      throw new TurnkeepError(
        "database_unavailable",
        `Another process has been making the tables of the ${this.#place} for ${aloneTimeout} seconds. Look what it waits for, and end that.`,
      );
    }
    return await work();
  }

  async makeIndexOnline(
    table: string,
    { name, columns, unique = false }: IndexDefinition,
  ): Promise<void> {
    const kind = unique ? "unique index" : "index";
    await this.#alter(
      table,
      `add ${kind} ${quoted(name)} (${columns.map(quoted).join(", ")}), algorithm = inplace, lock = none`,
    );
  }

  async addColumnOnline(table: string, column: string, type: string): Promise<void> {
    await this.#alter(table, `add column ${quoted(column)} ${type}, algorithm = instant`);
  }

  /** Beside what goes on in the table, but for an instant at the beginning and at the end. */
  async #alter(table: string, change: string): Promise<void> {
    await using connection = await this.#connectPatiently();
    await connection.execute(`set lock_wait_timeout = ${changePatience / 1000}`);
    await changeTable(
      () => connection.execute(`alter table ${quoted(table)} ${change}`),
      table,
      isLockTimeout,
      `Find it in information_schema.innodb_trx of the ${this.#place} and end it.`,
    );
  }

  /** A connection of its own, whose statements may take as long as they like. */
  async #connectPatiently() {
    const options = { ...this.#options, statementTimeout: 0 };
    const connection: ServerConnection = await new ConnectionPool(
      options,
      (host): Promise<KnownConnection> => connect(options, host),
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
    const { hosts, database, socketPath } = this.#options;
    const names = socketPath ?? hosts.map(({ host, port }) => `${host}:${port}`).join(",");
    return `MySQL database ${names}/${database}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }
}

// Those of Python's drivers that say what holds here in any case stand beside what means something.
const names = ["unix_socket", "charset"];

function toOptions(url: DatabaseUrl): MySQLOptions {
  const options = toServerOptions(url, {
    port: 3306,
    options: names,
    aliases: {
      ssl: "tls",
      sslmode: "tls",
      ssl_mode: "tls",
      ssl_ca: "tls_ca",
      ssl_cert: "tls_cert",
      ssl_key: "tls_key",
    },
  });
  const { database, username = userInfo().username } = options;
  if (database === undefined) {
    throw invalid(`names no database. Write ${url.dialect}://user:password@host:3306/database`);
  }
  const charset = url.option("charset");
  if (charset !== undefined && !/^utf8(?:mb3|mb4)?$/i.test(charset)) {
    throw invalid("has an option charset that is not utf8mb4. Leave it out: texts are utf8mb4");
  }
  return {
    ...options,
    username,
    password: options.password ?? process.env["MYSQL_PWD"],
    database,
    socketPath: url.option("unix_socket"),
  };
}

function quoted(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}
