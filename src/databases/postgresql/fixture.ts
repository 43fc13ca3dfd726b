import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import type { DatabaseFixture, TestDatabase, TestServer } from "../../sql/database-fixture.ts";
import { findTestUrl, ServerProcess, withDatabase } from "../../sql/server/server-fixture.ts";
import { parseDatabaseUrl } from "../../sql/database-url.ts";

const user = userInfo().username;
// Where a server of the system usually is, and how one usually gets in.
const usual = [
  `postgresql://${user}@127.0.0.1:5432/postgres`,
  "postgresql://postgres@127.0.0.1:5432/postgres",
];

let found: Promise<string> | undefined;

/** Schemas of their own on a server: of `TEST_DATABASE_URLS`, or the system's. */
export const fixture: DatabaseFixture = {
  async createDatabase() {
    found ??= findServer();
    return createSchema(await found);
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
  const given = findTestUrl(["postgresql", "postgres"]);
  const errors: string[] = [];
  for (const url of given === undefined ? usual : [given]) {
    try {
      await executeAt(url, "select 1");
      return url;
    } catch (error) {
      errors.push((error as Error).message);
    }
  }
  throw new Error(
    `There is no PostgreSQL server for tests (${errors.join("; ")}). Start one on 127.0.0.1:5432, or name one in TEST_DATABASE_URLS.`,
  );
}

async function createSchema(server: string): Promise<TestDatabase> {
  const schema = `turnkeep_${randomUUID().replaceAll("-", "")}`;
  await executeAt(server, `create schema ${schema}`);
  const { database = "postgres" } = parseDatabaseUrl(server);
  const execute = (...statements: readonly string[]) =>
    executeAt(server, `set search_path to ${schema}`, ...statements);
  return {
    url: withDatabase(server, { database, schema }),
    pythonUrl: withDatabase(server, { database, options: `-csearch_path=${schema}` }),
    execute,
    async refuse(table, condition) {
      await execute(
        `alter table ${table} add constraint refusal check (not (${condition})) not valid`,
      );
    },
    async accept(table) {
      await execute(`alter table ${table} drop constraint refusal`);
    },
    async sizeOnDisk() {
      const [row] = await execute(
        `select sum(pg_total_relation_size(oid))::bigint as size from pg_class
         where relnamespace = '${schema}'::regnamespace and relkind = 'r'`,
      );
      return Number(row?.["size"]);
    },
    async [Symbol.asyncDispose]() {
      await executeAt(
        server,
        "set client_min_messages to warning",
        `drop schema ${schema} cascade`,
      );
    },
  };
}

async function executeAt(
  server: string,
  ...statements: readonly string[]
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { host = "127.0.0.1", port, username, password, database } = parseDatabaseUrl(server);
  const client = new Client({ host, port, user: username, password, database });
  client.on("error", () => undefined);
  await client.connect();
  try {
    let rows: readonly Readonly<Record<string, unknown>>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

async function startServer(): Promise<TestServer> {
  const programs = findPrograms();
  const server = await ServerProcess.start({
    user: "postgres",
    prepare: (folder, run) =>
      run(
        join(programs, "initdb"),
        `--pgdata=${folder}/data`,
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
      ),
    command: (folder, port) => [
      join(programs, "postgres"),
      "-D",
      `${folder}/data`,
      "-p",
      String(port),
      "-k",
      folder,
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "max_connections=200",
    ],
  });
  const url = `postgresql://postgres@127.0.0.1:${server.port}/postgres`;
  const ready = async (): Promise<void> => {
    for (;;) {
      try {
        await executeAt(url, "select 1");
        return;
      } catch (error) {
        // It listens before it has recovered what was written last.
        if (!/starting up|recovery|not yet accepting/.test(String(error))) throw error;
      }
    }
  };
  await ready();
  return {
    url,
    createDatabase: () => createSchema(url),
    kill: () => server.kill(),
    async start() {
      await server.start();
      await ready();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The folder with the programs of the newest PostgreSQL that is installed. */
function findPrograms(): string {
  const root = "/usr/lib/postgresql";
  let versions: string[] = [];
  try {
    versions = readdirSync(root).toSorted((one, other) => Number(one) - Number(other));
  } catch {
    // It is not there.
  }
  const newest = versions.at(-1);
  if (newest === undefined) {
    throw new Error(`PostgreSQL is not installed under ${root}. Install the package postgresql.`);
  }
  return join(root, newest, "bin");
}
