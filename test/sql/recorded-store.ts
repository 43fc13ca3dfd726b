import type { CompiledQuery, DatabaseConnection, Dialect, Driver } from "kysely";
import { localTime } from "../../src/session/record-time.ts";
import type { OpenDatabase, WritingConnection } from "../../src/sql/database.ts";
import { openDatabase } from "../../src/sql/find-database.ts";
import { SqlMessages } from "../../src/sql/sql-messages.ts";
import { SqlSessions } from "../../src/sql/sql-sessions.ts";
import { SqlTurns } from "../../src/sql/sql-turns.ts";
import { StoreDatabase } from "../../src/sql/store-database.ts";

/** The parts of a SQL store, which note what they ask the database. */
export interface RecordedStore extends AsyncDisposable {
  readonly turns: SqlTurns;
  readonly sessions: SqlSessions;
  readonly messages: SqlMessages;
  /** How many statements lock what a transaction writes to: 1, or 0 where there is one writer. */
  readonly locks: 0 | 1;
  /** The statements within a piece of work, in order, without those that begin and end a transaction. */
  readonly statementsOf: (work: () => Promise<unknown>) => Promise<readonly string[]>;
  /** The same with the values that they were given. */
  readonly queriesOf: (work: () => Promise<unknown>) => Promise<readonly CompiledQuery[]>;
}

/** Opens the parts of a store on the database of a URL. */
export async function openRecorded(url: string): Promise<RecordedStore> {
  const noted: CompiledQuery[] = [];
  const open = await openDatabase(url);
  const database = new StoreDatabase(
    recorded(open, (query) => noted.push(query)),
    localTime,
    () => undefined,
  );
  await database.prepare();
  const queriesOf = async (work: () => Promise<unknown>): Promise<readonly CompiledQuery[]> => {
    noted.length = 0;
    await work();
    return [...noted];
  };
  return {
    turns: new SqlTurns(database),
    sessions: new SqlSessions(database),
    messages: new SqlMessages(database, () => undefined),
    locks: open.locksRows ? 1 : 0,
    async statementsOf(work) {
      return (await queriesOf(work)).map(({ sql }) => sql);
    },
    queriesOf,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

type Note = (query: CompiledQuery) => void;

function recorded(database: OpenDatabase, note: Note): OpenDatabase {
  const dialects = {
    writes: recordedDialect(database.writes, note),
    reads: recordedDialect(database.reads, note),
  };
  return new Proxy(database, {
    get(target, name) {
      if (name === "writes" || name === "reads") return dialects[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function recordedDialect(dialect: Dialect, note: Note): Dialect {
  return {
    createDriver: () => recordedDriver(dialect.createDriver(), note),
    createAdapter: () => dialect.createAdapter(),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (kysely) => dialect.createIntrospector(kysely),
  };
}

function recordedDriver(driver: Driver, note: Note): Driver {
  const connections = new WeakMap<DatabaseConnection, DatabaseConnection>();
  const behind = (connection: DatabaseConnection): DatabaseConnection =>
    connections.get(connection) ?? connection;
  return {
    init: () => driver.init(),
    async acquireConnection() {
      const connection = (await driver.acquireConnection()) as WritingConnection;
      const recording: WritingConnection = {
        begin: () => connection.begin(),
        commit: () => connection.commit(),
        rollback: () => connection.rollback(),
        executeQuery(query) {
          note(query);
          return connection.executeQuery(query);
        },
        streamQuery: (query, size) => connection.streamQuery(query, size),
      };
      connections.set(recording, connection);
      return recording;
    },
    beginTransaction: (connection, settings) =>
      driver.beginTransaction(behind(connection), settings),
    commitTransaction: (connection) => driver.commitTransaction(behind(connection)),
    rollbackTransaction: (connection) => driver.rollbackTransaction(behind(connection)),
    releaseConnection: (connection) => driver.releaseConnection(behind(connection)),
    destroy: () => driver.destroy(),
  };
}
