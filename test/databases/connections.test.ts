import { setTimeout } from "node:timers/promises";
import { HttpRuntime } from "turnkeep";
import { describe, expect, test } from "vitest";
import type { TestDatabase } from "../../src/sql/database-fixture.ts";
import { parseDatabaseUrl } from "../../src/sql/database-url.ts";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import {
  assertOrdered,
  contentsOf,
  recordsOf,
  turnOf,
} from "../../src/testing/store-contract/cases.ts";
import { begin, ending, newTurn, statesOf } from "../../src/testing/store-contract/turn-steps.ts";
import { counting } from "../field/counting.ts";
import { inProcess } from "../helpers/http-client.ts";
import { type Proxy, startProxy } from "../helpers/proxy.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";
import { databaseFixtures } from "./sql-store-fixture.ts";

const servers = [...(await databaseFixtures())].filter(([, { servers: has }]) => has !== undefined);

/** The database's URL through a proxy, with further options. */
function through({ port }: Proxy, { url }: TestDatabase, options = ""): string {
  const { host = "", port: own } = parseDatabaseUrl(url);
  const changed = url.replace(`${host}:${own ?? ""}`, `127.0.0.1:${port}`);
  return options === "" ? changed : `${changed}${changed.includes("?") ? "&" : "?"}${options}`;
}

function startProxyOf({ url }: TestDatabase): Promise<Proxy> {
  return startProxy(parseDatabaseUrl(url).port ?? 0);
}

describe.each(servers)("connections to %s", (_name, fixture) => {
  test.each(["before", "answered"] as const)(
    "a commit that is cut off, %s, is looked up: every turn is stored once",
    async (when) => {
      await using database = await fixture.createDatabase();
      await using proxy = await startProxyOf(database);
      await using store = await openSqlStore(through(proxy, database));
      for (let round = 0; round < 5; round += 1) {
        const requestId = `turn ${round}`;
        let cut = proxy.cutAt("commit", when);
        const begun = await begin(store, "session", requestId);
        await cut;
        expect([begun.number, begun.state]).toEqual([round + 1, "running"]);
        cut = proxy.cutAt("commit", when);
        const records = await store.endTurn(
          ending(requestId, { query: round, answer: 100 + round }),
        );
        await cut;
        expect(records.map(({ message }) => message.content)).toEqual([round, 100 + round]);
        cut = proxy.cutAt("commit", when);
        const appended = await store.appendTurn(turnOf("session", { note: round }));
        await cut;
        expect(appended.length).toBe(1);
      }
      expect(await contentsOf(store, "session", "query")).toEqual([0, 1, 2, 3, 4]);
      expect(await contentsOf(store, "session", "note")).toEqual([0, 1, 2, 3, 4]);
      expect(await statesOf(store, "session")).toEqual(Array.from({ length: 5 }, () => "complete"));
      assertOrdered(await recordsOf(store, "session", ["query", "answer", "note"]));
    },
  );

  test("a group of turns whose commit is cut off is stored once, each with its own answer", async () => {
    await using database = await fixture.createDatabase();
    await using proxy = await startProxyOf(database);
    await using store = await openSqlStore(through(proxy, database));
    for (const when of ["before", "answered"] as const) {
      const cut = proxy.cutAt("commit", when);
      const begun = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          begin(store, `${when} ${index}`, `${when} ${index}`),
        ),
      );
      await cut;
      expect(begun.map(({ number }) => number)).toEqual(begun.map(() => 1));
      const cutAgain = proxy.cutAt("commit", when);
      await Promise.all(
        begun.map(({ requestId }) => store.endTurn(ending(requestId, { query: requestId }))),
      );
      await cutAgain;
      for (const { sessionId, requestId } of begun) {
        expect(await contentsOf(store, sessionId, "query")).toEqual([requestId]);
      }
    }
  });

  test(
    "connections that are cut again and again lose and tear nothing",
    { timeout: 120_000 },
    async () => {
      await using database = await fixture.createDatabase();
      await using proxy = await startProxyOf(database);
      await using store = await openSqlStore(through(proxy, database, "outage_timeout=60"));
      const over = new AbortController();
      const cutting = (async () => {
        while (!over.signal.aborted) {
          await setTimeout(40 + Math.random() * 200);
          proxy.cut();
        }
      })();
      await Promise.all(
        Array.from({ length: 8 }, async (_, session) => {
          for (let turn = 0; turn < 50; turn += 1) {
            const requestId = `${session}.${turn}`;
            await begin(store, `${session}`, requestId);
            await store.endTurn(ending(requestId, { query: turn, answer: turn }));
            expect((await contentsOf(store, `${session}`, "answer")).at(-1)).toBe(turn);
          }
        }),
      );
      over.abort();
      await cutting;
      const turns = Array.from({ length: 50 }, (_, turn) => turn);
      for (let session = 0; session < 8; session += 1) {
        expect(await contentsOf(store, `${session}`, "query")).toEqual(turns);
        expect(await contentsOf(store, `${session}`, "answer")).toEqual(turns);
      }
      expect(proxy.connections).toBeGreaterThan(8);
    },
  );

  test("a pool of one connection serves a hundred turns at once, each with reads of its own", async () => {
    await using database = await fixture.createDatabase();
    await using proxy = await startProxyOf(database);
    await using store = await openSqlStore(through(proxy, database, "pool_size=1"));
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        await begin(store, `${index}`, `${index}`);
        await store.endTurn(ending(`${index}`, { query: index }));
        expect(await contentsOf(store, `${index}`, "query")).toEqual([index]);
      }),
    );
    // And those that making the tables took beside the pool.
    expect(proxy.connections).toBeLessThan(5);
  });

  test("a database that is away is waited for, within the limit, and then refused with 503", async () => {
    await using database = await fixture.createDatabase();
    await using proxy = await startProxyOf(database);
    await using runtime = new HttpRuntime({
      component: counting,
      userSessionConfig: through(proxy, database, "outage_timeout=1&connect_timeout=1"),
      logger: recordingLogger(),
      shutdownGrace: 0,
    });
    const ask = inProcess(runtime.fetch);
    const chat = (message: string) =>
      ask({
        method: "POST",
        path: "/chat",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ message, session_id: "s" }),
      });
    const ready = async () => (await ask({ method: "GET", path: "/readyz" })).status;
    expect((await chat("first")).status).toBe(200);
    expect(await ready()).toBe(200);

    proxy.refuse(true);
    proxy.cut();
    expect(await ready()).toBe(503);
    const start = performance.now();
    const refused = await chat("refused");
    expect(refused.status).toBe(503);
    expect(performance.now() - start).toBeGreaterThan(900);
    expect(refused.headers.get("retry-after")).not.toBe(null);

    const waiting = chat("waited");
    await setTimeout(300);
    proxy.refuse(false);
    expect((await waiting).status).toBe(200);
    expect(await ready()).toBe(200);
    await using store = await openSqlStore(database.url);
    expect(await contentsOf(store, "s", "query")).toEqual(["first", "waited"]);
  });

  test("a network that swallows everything is given up, and nothing hangs", async () => {
    await using database = await fixture.createDatabase();
    await using proxy = await startProxyOf(database);
    const options = "statement_timeout=0.5&connect_timeout=0.5&outage_timeout=20&pool_timeout=10";
    await using store = await openSqlStore(through(proxy, database, options));
    await begin(store, "s", "one");
    proxy.hold(true);
    const ended = store.endTurn(ending("one", { query: 1 }));
    const read = contentsOf(store, "s", "query");
    await setTimeout(1500);
    proxy.hold(false);
    await ended;
    await read;
    expect(await contentsOf(store, "s", "query")).toEqual([1]);
  });

  test("turns that two stores write to in opposite orders all succeed", async () => {
    await using database = await fixture.createDatabase();
    await using one = await openSqlStore(database.url);
    await using other = await openSqlStore(database.url);
    const sessions = Array.from({ length: 12 }, (_, session) => `session ${session}`);
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([
        ...sessions.map((session) =>
          one.beginTurn(newTurn(session, `one ${session} ${round}`, { replica: "one" })),
        ),
        ...sessions
          .toReversed()
          .map((session) =>
            other.beginTurn(newTurn(session, `other ${session} ${round}`, { replica: "other" })),
          ),
      ]);
    }
    for (const session of sessions) {
      const turns = await one.getTurns({ sessionId: session, userId: undefined, limit: 100 });
      expect(turns?.map(({ number }) => number)).toEqual(
        Array.from({ length: 20 }, (_, index) => 20 - index),
      );
    }
  });

  test("a database that is not there says which, and no password", async () => {
    await using database = await fixture.createDatabase();
    await using proxy = await startProxyOf(database);
    proxy.refuse(true);
    const url = through(proxy, database).replace("@", ":hunter2@");
    const opened = openSqlStore(url);
    await expect(opened).rejects.toEqual(
      turnkeepError("database_unavailable", `127.0.0.1:${proxy.port}`, "cannot be reached"),
    );
    await expect(opened).rejects.not.toEqual(turnkeepError("database_unavailable", "hunter2"));
  });
});
