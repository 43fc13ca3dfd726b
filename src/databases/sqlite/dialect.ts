import type {
  DatabaseSync,
  SQLInputValue,
  SQLOutputValue,
  StatementResultingChanges,
  StatementSync,
} from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type LimitNode,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { WritingConnection } from "../../sql/database.ts";
import { waitWhileBusy } from "./busy.ts";

/** How a {@link SqliteDialect} works. */
export interface SqliteDialectOptions {
  /** How many seconds to wait while another process writes. */
  readonly timeout: number;
  /** Called before a transaction; what it throws fails the transaction. */
  readonly beforeTransaction?: () => void;
  /**
   * Another dialect on the same file, through whose connection to select while it is in no transaction:
   * that one knows the pages that it wrote last, which this one would have to read again.
   */
  readonly shared?: SqliteDialect;
}

const maxStatements = 100;

/**
 * SQLite for Kysely on one connection of `node:sqlite`, which stays its owner's to close. It waits
 * for another process's lock without holding up the event loop. Transactions are immediate: they
 * have the right to write from their begin.
 */
export class SqliteDialect implements Dialect {
  readonly #connection: SqliteConnection;

  constructor(database: DatabaseSync, options: SqliteDialectOptions) {
    const { shared } = options;
    this.#connection = new SqliteConnection(
      database,
      options,
      shared === undefined ? undefined : shared.#connection,
    );
  }

  createDriver(): Driver {
    return new SqliteDriver(this.#connection);
  }

  createQueryCompiler(): QueryCompiler {
    return new StableQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new SqliteAdapter();
  }

  createIntrospector(kysely: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(kysely);
  }
}

/**
 * SQLite prepares a statement anew whenever its limit is bound, since the limit's value may lead to
 * another plan. Of an expression it makes nothing of that kind.
 */
class StableQueryCompiler extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    const before = this.numParameters;
    super.visitLimit(node);
    if (this.numParameters > before) this.append(" + 0");
  }
}

class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    await this.#connection.begin();
  }

  async commitTransaction(): Promise<void> {
    await this.#connection.commit();
  }

  async rollbackTransaction(): Promise<void> {
    await this.#connection.rollback();
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

class SqliteConnection implements WritingConnection {
  readonly #database: DatabaseSync;
  readonly #options: SqliteDialectOptions;
  readonly #shared: SqliteConnection | undefined;
  readonly #statements = new Map<string, PreparedStatement>();
  #inTransaction = false;

  constructor(
    database: DatabaseSync,
    options: SqliteDialectOptions,
    shared: SqliteConnection | undefined,
  ) {
    this.#database = database;
    this.#options = options;
    this.#shared = shared;
  }

  async begin(): Promise<void> {
    this.#options.beforeTransaction?.();
    await waitWhileBusy(this.#options.timeout, () => this.#statement("begin immediate").run());
    this.#inTransaction = true;
  }

  async commit(): Promise<void> {
    this.#statement("commit").run();
    this.#inTransaction = false;
  }

  async rollback(): Promise<void> {
    this.#inTransaction = false;
    try {
      this.#statement("rollback").run();
    } catch {
      // SQLite has rolled back by itself, as it does on errors such as a full disk.
    }
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#inTransaction) return this.#execute(query);
    return waitWhileBusy(this.#options.timeout, () => this.#reader(query).#execute(query));
  }

  #reader({ query }: CompiledQuery): SqliteConnection {
    const shared = this.#shared;
    const isFree = shared !== undefined && !shared.#inTransaction;
    // All else is this connection's to do, or to refuse.
    return isFree && query.kind === "SelectQueryNode" ? shared : this;
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    // A statement of its own: a kept one could be run again before this has ended.
    const rows = this.#database.prepare(query.sql).iterate(...toParameters(query));
    for (const row of rows) yield { rows: [row as Row] };
  }

  #execute<Row>(query: CompiledQuery): QueryResult<Row> {
    const statement = this.#statement(query.sql);
    if (answersRows(query)) {
      return { rows: statement.all(toParameters(query)) as Row[] };
    }
    const { changes, lastInsertRowid } = statement.run(toParameters(query));
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  // The statements used last are kept prepared.
  #statement(sql: string): PreparedStatement {
    const statement =
      this.#statements.get(sql) ?? new PreparedStatement(this.#database.prepare(sql));
    this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    if (this.#statements.size > maxStatements) {
      const [oldest = ""] = this.#statements.keys();
      this.#statements.delete(oldest);
    }
    return statement;
  }
}

/**
 * A statement that is kept prepared. Its rows are taken as lists where Node can give them so, from 22.16
 * on, and made objects here: what Node makes of a row takes longer to make and to read.
 */
class PreparedStatement {
  readonly #statement: StatementSync;
  readonly #givesLists: boolean;
  #columns: readonly string[] | undefined;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    this.#givesLists = "setReturnArrays" in statement && "columns" in statement;
    if (this.#givesLists) statement.setReturnArrays(true);
  }

  run(parameters: readonly SQLInputValue[] = []): StatementResultingChanges {
    return this.#statement.run(...parameters);
  }

  all(parameters: readonly SQLInputValue[]): readonly object[] {
    const rows = this.#statement.all(...parameters);
    if (!this.#givesLists || rows.length === 0) return rows;
    const columns = (this.#columns ??= this.#statement.columns().map(({ name }) => name));
    return (rows as unknown as readonly SQLOutputValue[][]).map((values) => toRow(columns, values));
  }
}

function toRow(columns: readonly string[], values: readonly SQLOutputValue[]): object {
  const row: Record<string, SQLOutputValue> = {};
  columns.forEach((column, index) => {
    row[column] = values[index] ?? null;
  });
  return row;
}

// Older versions of Node cannot tell which statements answer rows.
function answersRows({ query }: CompiledQuery): boolean {
  switch (query.kind) {
    case "InsertQueryNode":
    case "UpdateQueryNode":
    case "DeleteQueryNode":
      return query.returning !== undefined;
    default:
      return true;
  }
}

function toParameters({ parameters }: CompiledQuery): SQLInputValue[] {
  return parameters.map((value) =>
    typeof value === "boolean" ? Number(value) : (value as SQLInputValue),
  );
}
