import { randomUUID } from "node:crypto";
import type { DatabaseFixture, TestDatabase, TestServer } from "../../sql/database-fixture.ts";
import { parseDatabaseUrl } from "../../sql/database-url.ts";
import { findTestUrl, withDatabase } from "../../sql/server/server-fixture.ts";
import { toOptions } from "./url-options.ts";

type Rows = readonly Readonly<Record<string, unknown>>[];

const howToGiveOne =
  "Name one in TEST_DATABASE_URLS whose user may make databases: mssql://user:password@host/master?tls=no-verify";

/** Databases of their own on the server of `TEST_DATABASE_URLS`: there is none that can be installed freely. */
export const fixture: DatabaseFixture = {
  async createDatabase() {
    return createDatabaseAt(requireUrl());
  },
  servers: {
    isRequired: false,
    async findProblem() {
      try {
        await executeAt(requireUrl(), "select 1 as one");
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
    async startServer(): Promise<TestServer> {
      throw new Error("A server of the tests' own cannot be started.");
    },
  },
};

function requireUrl(): string {
  const url = findTestUrl(["mssql", "sqlserver"]);
  if (url === undefined) throw new Error(`There is no SQL Server for tests. ${howToGiveOne}.`);
  return url;
}

async function createDatabaseAt(server: string): Promise<TestDatabase> {
  const database = `turnkeep_${randomUUID().replaceAll("-", "")}`;
  await executeAt(server, `create database ${database}`);
  const options = [...parseDatabaseUrl(server).options].map(([name, [value = ""]]) => [
    name,
    value,
  ]);
  const url = withDatabase(server, { database, ...Object.fromEntries(options) });
  const execute = (...statements: readonly string[]) => executeAt(url, ...statements);
  return {
    url,
    pythonUrl: withDatabase(server, { database }).replace(/^\w+/, "mssql+pymssql"),
    execute,
    async refuse(table, condition) {
      await execute(
        `alter table ${table} with nocheck add constraint refusal check (not (${condition}))`,
      );
    },
    async accept(table) {
      await execute(`alter table ${table} drop constraint refusal`);
    },
    async sizeOnDisk() {
      const [row] = await execute(
        "select cast(sum(reserved_page_count) * 8192 as float) as size from sys.dm_db_partition_stats where object_id > 100",
      );
      return Number(row?.["size"] ?? 0);
    },
    async [Symbol.asyncDispose]() {
      await executeAt(
        server,
        `alter database ${database} set single_user with rollback immediate`,
        `drop database ${database}`,
      );
    },
  };
}

async function executeAt(url: string, ...statements: readonly string[]): Promise<Rows> {
  const { default: driver } = await import("tedious");
  const { hosts, username, password, database, tls } = toOptions(parseDatabaseUrl(url));
  const [{ host, port } = { host: "localhost", port: 1433 }] = hosts;
  const { rejectUnauthorized = true, ...credentials } = tls ?? {};
  const client = new driver.Connection({
    server: host,
    authentication: { type: "default", options: { userName: username, password: password ?? "" } },
    options: {
      port,
      database,
      encrypt: tls !== undefined,
      trustServerCertificate: !rejectUnauthorized,
      cryptoCredentialsDetails: credentials,
      useColumnNames: true,
    },
  });
  client.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => {
    client.connect((error) => (error ? reject(error) : resolve()));
  });
  try {
    let rows: Rows = [];
    for (const statement of statements) {
      rows = await new Promise<Rows>((resolve, reject) => {
        const found: Readonly<Record<string, unknown>>[] = [];
        const request = new driver.Request(statement, (error) =>
          error ? reject(error) : resolve(found),
        );
        request.on("row", (cells: Readonly<Record<string, { readonly value: unknown }>>) => {
          found.push(
            Object.fromEntries(Object.entries(cells).map(([name, { value }]) => [name, value])),
          );
        });
        client.execSqlBatch(request);
      });
    }
    return rows;
  } finally {
    client.close();
  }
}
