import { readdirSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { Client } from "pg";
import { expect, test } from "vitest";
import { fixture } from "../../../src/databases/postgresql/fixture.ts";
import { ServerProcess } from "../../../src/sql/server/server-fixture.ts";
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { contentsOf } from "../../../src/testing/store-contract/cases.ts";
import { begin, ending } from "../../../src/testing/store-contract/turn-steps.ts";
import { turnkeepError } from "../../helpers/turnkeep-error.ts";

const versions = readdirSync("/usr/lib/postgresql").toSorted();
const programs = `/usr/lib/postgresql/${versions.at(-1)}/bin`;

function server(
  prepare: (folder: string) => readonly [string, ...string[]],
): Promise<ServerProcess> {
  return ServerProcess.start({
    user: "postgres",
    prepare: (folder, run) => run(...prepare(folder)),
    command: (folder, port) => [
      `${programs}/postgres`,
      ...`-D ${folder}/data -p ${port} -k ${folder} -c listen_addresses=127.0.0.1`.split(" "),
    ],
  });
}

async function execute(port: number, statement: string): Promise<Record<string, unknown>[]> {
  for (;;) {
    const client = new Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } catch (error) {
      if (!/starting up|not yet accepting|recovery/.test(String(error))) throw error;
      await setTimeout(50);
    } finally {
      await client.end();
    }
  }
}

test("a primary that dies under load is followed by its standby, and no acknowledged turn is lost", async () => {
  await using primary = await server((folder) => [
    `${programs}/initdb`,
    `--pgdata=${folder}/data`,
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
  ]);
  await execute(primary.port, "select 1");
  await using standby = await server((folder) => [
    `${programs}/pg_basebackup`,
    `--pgdata=${folder}/data`,
    "--write-recovery-conf",
    "--checkpoint=fast",
    `--dbname=host=127.0.0.1 port=${primary.port} user=postgres application_name=standby`,
  ]);
  await execute(standby.port, "select 1");
  // From now on a commit is acknowledged when the standby has it too.
  await execute(primary.port, "alter system set synchronous_standby_names to 'standby'");
  await execute(primary.port, "select pg_reload_conf()");
  for (;;) {
    const [row] = await execute(primary.port, "select sync_state from pg_stat_replication");
    if (row?.["sync_state"] === "sync") break;
    await setTimeout(50);
  }

  const hosts = `127.0.0.1:${primary.port},127.0.0.1:${standby.port}`;
  const options = "outage_timeout=20&connect_timeout=2";
  await using store = await openSqlStore(`postgresql://postgres@${hosts}/postgres?${options}`);
  const acknowledged = new Map<string, number[]>();
  const over = new AbortController();
  const clients = Array.from({ length: 6 }, async (_, client) => {
    const own: number[] = [];
    acknowledged.set(`${client}`, own);
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      const requestId = `${client}.${turn}`;
      await begin(store, `${client}`, requestId, { claimTime: 60_000 });
      await store.endTurn(ending(requestId, { query: turn, answer: turn }));
      own.push(turn);
    }
  });
  await setTimeout(700);
  await primary.kill();
  const before = [...acknowledged.values()].map((turns) => turns.length);
  await setTimeout(300);
  await execute(standby.port, "select pg_promote()");
  await setTimeout(1500);
  over.abort();
  await Promise.all(clients);
  for (const [client, turns] of acknowledged) {
    expect(turns.length).toBeGreaterThan(before[Number(client)] ?? 0);
    expect(await contentsOf(store, client, "query", 10_000)).toEqual(turns);
    expect(await contentsOf(store, client, "answer", 10_000)).toEqual(turns);
  }
  await store.check();
});

test("a database that takes no writes is read, says so, and takes turns when it does", async () => {
  await using database = await fixture.createDatabase();
  await using writable = await openSqlStore(database.url);
  await begin(writable, "s", "one");
  await writable.endTurn(ending("one", { query: "q" }));
  await using _release = {
    [Symbol.asyncDispose]: async () => {
      await database.execute("alter role turnkeep_reader reset default_transaction_read_only");
      await database.execute("drop owned by turnkeep_reader", "drop role turnkeep_reader");
    },
  };
  const schema = new URL(database.url).searchParams.get("schema");
  await database.execute(
    "create role turnkeep_reader login",
    `grant all on schema ${schema} to turnkeep_reader`,
    `grant all on all tables in schema ${schema} to turnkeep_reader`,
    "alter role turnkeep_reader set default_transaction_read_only to on",
  );
  await using reading = await openSqlStore(
    database.url.replace(/\/\/[^@]*@/, "//turnkeep_reader@"),
  );
  await reading.check();
  expect(await contentsOf(reading, "s", "query")).toEqual(["q"]);
  await expect(begin(reading, "s", "two")).rejects.toEqual(
    turnkeepError("database_read_only", "takes no writes"),
  );
  await database.execute("alter role turnkeep_reader set default_transaction_read_only to off");
  expect((await begin(reading, "s", "two")).state).toBe("running");
});
