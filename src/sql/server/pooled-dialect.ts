import type {
  DatabaseConnection,
  DatabaseIntrospector,
  Dialect,
  DialectAdapter,
  Driver,
  Kysely,
  QueryCompiler,
} from "kysely";
import type { ConnectionPool, ServerConnection } from "./connection-pool.ts";

/** What Kysely must know of a database's SQL. */
export type DialectParts = Pick<
  Dialect,
  "createAdapter" | "createIntrospector" | "createQueryCompiler"
>;

/** A database server's dialect for Kysely, on a pool of connections, which stays its owner's to close. */
export class PooledDialect implements Dialect {
  readonly #pool: ConnectionPool;
  readonly #parts: DialectParts;

  constructor(pool: ConnectionPool, parts: DialectParts) {
    this.#pool = pool;
    this.#parts = parts;
  }

  createDriver(): Driver {
    return new PooledDriver(this.#pool);
  }

  createQueryCompiler(): QueryCompiler {
    return this.#parts.createQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return this.#parts.createAdapter();
  }

  createIntrospector(kysely: Kysely<unknown>): DatabaseIntrospector {
    return this.#parts.createIntrospector(kysely);
  }
}

class PooledDriver implements Driver {
  readonly #pool: ConnectionPool;

  constructor(pool: ConnectionPool) {
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<DatabaseConnection> {
    return this.#pool.acquire();
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as ServerConnection).begin();
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as ServerConnection).commit();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as ServerConnection).rollback();
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    this.#pool.release(connection as ServerConnection);
  }

  async destroy(): Promise<void> {}
}
