import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { createConnection } from "mariadb";
import type { DatabaseFixture, TestDatabase, TestServer } from "../../sql/database-fixture.ts";
import { parseDatabaseUrl } from "../../sql/database-url.ts";
import { findTestUrl, ServerProcess, withDatabase } from "../../sql/server/server-fixture.ts";

// Where a server of the system usually is, and how one usually gets in.
const usual = "mysql://root@127.0.0.1:3306/mysql";

let found: Promise<string> | undefined;

/** Databases of their own on a server: of `TEST_DATABASE_URLS`, or the system's. */
export const fixture: DatabaseFixture = {
  async createDatabase() {
    found ??= findServer();
    return createDatabaseAt(await found);
  },
  servers: {
    isRequired: true,
    async findProblem() {
      try {
        await findServer();
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
    startServer,
  },
};

async function findServer(): Promise<string> {
  const url = findTestUrl(["mysql", "mariadb"]) ?? usual;
  try {
    await executeAt(url, "select 1");
    return url;
  } catch (error) {
    throw new Error(
      `There is no MySQL or MariaDB server for tests (${(error as Error).message}). Start one on 127.0.0.1:3306 that lets root in without a password, or name one in TEST_DATABASE_URLS.`,
      { cause: error },
    );
  }
}

/** Makes a database of its own on a server. */
export async function createDatabaseAt(server: string): Promise<TestDatabase> {
  const database = `turnkeep_${randomUUID().replaceAll("-", "")}`;
  await executeAt(server, `create database ${database}`);
  const url = withDatabase(server, { database });
  const execute = (...statements: readonly string[]) => executeAt(url, ...statements);
  return {
    url,
    pythonUrl: url.replace(/^\w+/, "mysql+pymysql"),
    execute,
    async refuse(table, condition) {
      await execute(
        // The rows that are there are not looked at.
        "set @refusal = 1 /*M!, check_constraint_checks = 0 */",
        `alter table ${table} add constraint refusal check (not (${condition}))`,
      );
    },
    async accept(table) {
      await execute(`alter table ${table} drop constraint refusal`);
    },
    async sizeOnDisk() {
      const [row] = await execute(
        `select cast(sum(data_length + index_length) as signed) as size
         from information_schema.tables where table_schema = database()`,
      );
      return Number(row?.["size"] ?? 0);
    },
    async [Symbol.asyncDispose]() {
      await executeAt(server, `drop database ${database}`);
    },
  };
}

/** Executes statements on a server one after another, and answers the rows of the last. */
export async function executeAt(
  server: string,
  ...statements: readonly string[]
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const {
    host = "127.0.0.1",
    port = 3306,
    username,
    password,
    database,
  } = parseDatabaseUrl(server);
  const client = await createConnection({
    host,
    port,
    ...(username === undefined ? {} : { user: username }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    connectTimeout: 5000,
    allowPublicKeyRetrieval: true,
    dateStrings: true,
    bigIntAsNumber: true,
    logger: {},
  });
  client.on("error", () => undefined);
  try {
    let rows: readonly Readonly<Record<string, unknown>>[] = [];
    for (const statement of statements) {
      const result = await client.query<typeof rows | object>(statement);
      rows = Array.isArray(result) ? (result as typeof rows) : [];
    }
    return rows;
  } finally {
    await client.end();
  }
}

async function startServer(): Promise<TestServer> {
  const server = await ServerProcess.start({
    user: "mysql",
    prepare: (folder, run) =>
      run(
        findProgram("mariadb-install-db"),
        "--no-defaults",
        `--datadir=${folder}/data`,
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
      ),
    command: (folder, port) => [
      findProgram("mariadbd"),
      "--no-defaults",
      `--datadir=${folder}/data`,
      `--port=${port}`,
      `--socket=${folder}/socket`,
      "--bind-address=127.0.0.1",
      "--innodb-buffer-pool-size=128M",
      "--innodb-flush-log-at-trx-commit=1",
      "--max-connections=200",
      "--skip-log-bin",
    ],
  });
  const url = `mysql://root@127.0.0.1:${server.port}/mysql`;
  return {
    url,
    createDatabase: () => createDatabaseAt(url),
    kill: () => server.kill(),
    start: () => server.start(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const folders = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin"];

/** The path of an installed program of MariaDB. */
export function findProgram(name: string): string {
  const path = folders.map((folder) => `${folder}/${name}`).find((each) => existsSync(each));
  if (path === undefined) {
    throw new Error(
      `MariaDB's program ${name} is not in ${folders.join(", ")}. Install the package mariadb-server.`,
    );
  }
  return path;
}
