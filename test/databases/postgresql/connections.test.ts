import { setTimeout } from "node:timers/promises";
import { Client } from "pg";
import { expect, test } from "vitest";
import { fixture } from "../../../src/databases/postgresql/fixture.ts";
import { openDatabase } from "../../../src/sql/find-database.ts";
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { messagesTable } from "../../../src/sql/tables.ts";
import { contentsOf, turnOf } from "../../../src/testing/store-contract/cases.ts";
import { begin, ending } from "../../../src/testing/store-contract/turn-steps.ts";
import { turnkeepError } from "../../helpers/turnkeep-error.ts";

test("connections that an administrator ends under load are replaced, and nothing is lost", async () => {
  await using database = await fixture.createDatabase();
  await using store = await openSqlStore(`${database.url}&application_name=to-be-ended`);
  const over = new AbortController();
  let ended = 0;
  const terminating = (async () => {
    while (!over.signal.aborted) {
      await setTimeout(30);
      const rows = await database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'to-be-ended'",
      );
      ended += rows.length;
    }
  })();
  const turns = Array.from({ length: 20 }, (_, turn) => turn);
  await Promise.all(
    ["a", "b", "c", "d"].map(async (session) => {
      for (const turn of turns) {
        await begin(store, session, `${session}${turn}`);
        await store.endTurn(ending(`${session}${turn}`, { query: turn, answer: turn }));
      }
    }),
  );
  over.abort();
  await terminating;
  expect(ended).toBeGreaterThan(3);
  for (const session of ["a", "b", "c", "d"]) {
    expect(await contentsOf(store, session, "query")).toEqual(turns);
    expect(await contentsOf(store, session, "answer")).toEqual(turns);
  }
});

test("a deadlock with another program's transaction is done again, and both succeed", async () => {
  await using database = await fixture.createDatabase();
  await using store = await openSqlStore(`${database.url}&pool_size=2`);
  await begin(store, "one", "1");
  await begin(store, "two", "2");
  const { hostname, port, username } = new URL(database.url);
  const other = new Client({
    host: hostname,
    port: Number(port),
    user: username,
    database: new URL(database.url).pathname.slice(1),
  });
  await other.connect();
  try {
    await other.query(`set search_path to ${new URL(database.url).searchParams.get("schema")}`);
    const lock = (session: string) =>
      other.query(`update appbuilder_sessions set title = 'other' where session_id = '${session}'`);
    await other.query("begin");
    await lock("two");
    // One transaction, which has locked the first session and waits for the second.
    const ended = Promise.all([
      store.endTurn(ending("1", { query: 1 })),
      store.endTurn(ending("2", { query: 2 })),
    ]);
    await setTimeout(200);
    await lock("one").catch(() => other.query("rollback"));
    await other.query("commit");
    await ended;
  } finally {
    await other.end();
  }
  expect(await contentsOf(store, "one", "query")).toEqual([1]);
  expect(await contentsOf(store, "two", "query")).toEqual([2]);
});

test("a server that takes no more connections is waited for", async () => {
  await using server = await fixture.servers?.startServer();
  if (server === undefined) throw new Error("there is no server");
  const database = await server.createDatabase();
  await using store = await openSqlStore(`${database.url}&pool_size=2&outage_timeout=20`);
  await store.appendTurn(turnOf("s", { query: 0 }));
  const { port } = new URL(database.url);
  const user = "crowd";
  await database.execute(`create role ${user} login`);
  const crowd = Array.from(
    { length: 197 },
    () => new Client({ host: "127.0.0.1", port: Number(port), user, database: "postgres" }),
  );
  for (const client of crowd) client.on("error", () => undefined);
  const outcomes = await Promise.allSettled(crowd.map((client) => client.connect()));
  expect(outcomes.some(({ status }) => status === "rejected")).toBe(true);
  await database.execute(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'turnkeep'",
  );
  const stored = store.appendTurn(turnOf("s", { query: 1 }));
  await setTimeout(300);
  await Promise.all(crowd.map((client) => client.end()));
  await stored;
  expect(await contentsOf(store, "s", "query")).toEqual([0, 1]);
});

test("an index that was left half made is made again, while others write to the table", async () => {
  await using database = await fixture.createDatabase();
  await (await openSqlStore(database.url))[Symbol.asyncDispose]();
  const index = `${messagesTable}_history`;
  await database.execute(
    `drop index ${index}`,
    `insert into ${messagesTable}
     select 'row-' || n, 's', 'r', 'query', '{"content": 1}', now(), now(), false
     from generate_series(1, 20000) n`,
    `create index ${index} on ${messagesTable} (session_id, message_key, updated_at, id)`,
    `update pg_index set indisvalid = false where indexrelid = '${index}'::regclass`,
  );
  const opened = openSqlStore(database.url);
  await database.execute(
    `insert into ${messagesTable} values ('new', 's', 'r', 'query', '{"content": 2}', now(), now(), false)`,
  );
  await using store = await opened;
  const [row] = await database.execute(
    `select indisvalid from pg_index where indexrelid = '${index}'::regclass`,
  );
  expect(row).toEqual({ indisvalid: true });
  await store.check();
});

test("who waits to make tables holds up no index that is made meanwhile", async () => {
  await using database = await fixture.createDatabase();
  await (await openSqlStore(database.url))[Symbol.asyncDispose]();
  await database.execute(`drop index ${messagesTable}_history`);
  const { hostname: host, port, username: user, pathname } = new URL(database.url);
  const maker = new Client({ host, port: Number(port || 5432), user, database: pathname.slice(1) });
  await maker.connect();
  const schema = new URL(database.url).searchParams.get("schema");
  await maker.query("select pg_advisory_lock(7475726365)");
  const opened = openSqlStore(database.url);
  try {
    await setTimeout(300);
    await maker.query(`create index concurrently other on ${schema}.${messagesTable} (deleted)`);
  } finally {
    await maker.end();
  }
  await using store = await opened;
  await store.check();
});

test.each([
  ["postgresql://nobody-there@127.0.0.1:5/x", "database_unavailable", "127.0.0.1:5/x"],
  [
    "postgresql://127.0.0.1:5,127.0.0.1:6/x?connect_timeout=1",
    "database_unavailable",
    "127.0.0.1:5,127.0.0.1:6",
  ],
  ["postgresql://h/d?pool_size=0", "database_url_invalid", "pool_size"],
  ["postgresql://h/d?pool_size=many", "database_url_invalid", '"many"'],
  ["postgresql://h/d?sslmode=perhaps", "database_url_invalid", "sslmode"],
  ["postgresql://h/d?sslmode=require&tls=off", "database_url_invalid", "tls and sslmode"],
  ["postgresql://h/d?tls=off&tls_ca=/etc/hostname", "database_url_invalid", "tls_ca"],
  ["postgresql://h/d?tls_ca=/nowhere/ca.pem", "database_url_invalid", "/nowhere/ca.pem"],
  ["postgresql://h/d?charset=utf8", "database_url_invalid", "charset"],
  ["postgresql://one/d?host=two", "database_url_invalid", "once"],
  ["postgresql://h,/d", "database_url_invalid", "list of hosts"],
] as const)("%s is refused", async (url, code, part) => {
  await expect(openDatabase(url)).rejects.toEqual(turnkeepError(code, part));
});

test("the wrong database, user or password is refused by name, without the password", async () => {
  await using database = await fixture.createDatabase();
  const url = new URL(database.url);
  url.pathname = "/no_such_database";
  await expect(openDatabase(url.href)).rejects.toEqual(
    turnkeepError("database_unavailable", "no_such_database", "Check the user"),
  );
  const user = new URL(database.url);
  user.username = "no_such_user";
  user.password = "hunter2";
  const refused = openDatabase(user.href);
  await expect(refused).rejects.toEqual(turnkeepError("database_unavailable", "no_such_user"));
  await expect(refused).rejects.not.toEqual(turnkeepError("database_unavailable", "hunter2"));
});
