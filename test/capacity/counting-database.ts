import type { DatabaseConnection, Dialect, Driver } from "kysely";
import type { OpenDatabase, WritingConnection } from "../../src/sql/database.ts";

/** What was asked of a database. */
export interface Asked {
  statements: number;
  transactions: number;
}

/** The same database, with all that is asked of it counted. */
export function countingDatabase(database: OpenDatabase): OpenDatabase & { readonly asked: Asked } {
  const asked: Asked = { statements: 0, transactions: 0 };
  const writes = countingDialect(database.writes, asked);
  const reads =
    database.reads === database.writes ? writes : countingDialect(database.reads, asked);
  return override(database, { writes, reads, asked });
}

function countingDialect(dialect: Dialect, asked: Asked): Dialect {
  return override(dialect, {
    createDriver: (): Driver => {
      const driver = dialect.createDriver();
      const counted = new Map<DatabaseConnection, DatabaseConnection>();
      return override(driver, {
        acquireConnection: async () => {
          const connection = await driver.acquireConnection();
          const counting = countingConnection(connection as WritingConnection, asked);
          counted.set(counting, connection);
          return counting;
        },
        releaseConnection: (connection: DatabaseConnection) => {
          const own = counted.get(connection) ?? connection;
          counted.delete(connection);
          return driver.releaseConnection(own);
        },
      });
    },
  });
}

function countingConnection(connection: WritingConnection, asked: Asked): DatabaseConnection {
  return override(connection, {
    executeQuery: ((query) => {
      asked.statements += 1;
      return connection.executeQuery(query);
    }) satisfies WritingConnection["executeQuery"],
    begin: () => {
      asked.transactions += 1;
      return connection.begin();
    },
  });
}

/** A thing with some members in place of its own. */
function override<Target extends object, Members extends object>(
  target: Target,
  members: Members,
): Target & Members {
  return new Proxy(target, {
    get(own, name) {
      if (name in members) return Reflect.get(members, name) as unknown;
      const member: unknown = Reflect.get(own, name, own);
      return typeof member === "function" ? (member.bind(own) as unknown) : member;
    },
  }) as Target & Members;
}
