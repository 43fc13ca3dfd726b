import { Client, escapeLiteral } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fixture } from "../../../src/databases/postgresql/fixture.ts";
import type { TestDatabase } from "../../../src/sql/database-fixture.ts";
import { ending, newTurn } from "../../../src/testing/store-contract/turn-steps.ts";
import { longSessionWorks, reviveTurn } from "../../sql/long-session-works.ts";
import { openRecorded, type RecordedStore } from "../../sql/recorded-store.ts";

let database: TestDatabase;
let store: RecordedStore;

beforeAll(async () => {
  database = await fixture.createDatabase();
  store = await openRecorded(database.url);
  await store.turns.beginTurn(newTurn("long", "first"));
  await store.turns.endTurn(ending("first", { query: 1, answer: 2 }));
  // The row of that turn and its messages again and again, as so many turns would have left them.
  for (const [sessions, turns] of [
    ["'long'", 10_000],
    ["'short-' || n % 2000", 20_000],
  ] as const) {
    const time = "timestamp '2026-01-01' + n * interval '1 second'";
    await database.execute(
      `insert into appbuilder_session_turns (session_id, number, request_id, state, question,
         stop_requested, created_at, ended_at)
       select ${sessions}, n + 1, md5(${sessions} || n), 'complete', '{"content": 1}', false, ${time}, ${time}
       from generate_series(1, ${turns}) n`,
      ...["query", "answer"].map(
        (name) => `insert into appbuilder_session_messages
         select left(md5('${name}' || ${sessions} || n), 36), ${sessions}, md5(${sessions} || n),
           '${name}', '{"content": 1}', ${time}, ${time}, false
         from generate_series(1, ${turns}) n`,
      ),
    );
  }
  await database.execute(
    `insert into appbuilder_sessions (session_id, turn_count, live_from, created_at, updated_at, last_time, deleted)
     select 'short-' || n, 10, 11, now(), now(), now(), false from generate_series(0, 1999) n`,
    "update appbuilder_sessions set turn_count = 10001, live_from = 10002 where session_id = 'long'",
    ...["sessions", "session_turns", "session_messages"].map(
      (name) => `vacuum analyze appbuilder_${name}`,
    ),
  );
}, 120_000);

afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

test("every statement of a long session's turn reads a few pages, as planned for any values", async () => {
  const { hostname, port, username, pathname, searchParams } = new URL(database.url);
  const client = new Client({
    host: hostname,
    port: Number(port),
    user: username,
    database: pathname.slice(1),
  });
  await client.connect();
  try {
    await client.query(
      `set search_path to ${searchParams.get("schema")}; set plan_cache_mode to force_generic_plan`,
    );
    const costly: string[] = [];
    let explained = 0;
    let shared = 0;
    for (const [name, work] of longSessionWorks) {
      for (const { sql, parameters } of await store.queriesOf(() => work(store))) {
        if (/ in \((?:\$\d+|\?), /.test(sql)) shared += 1;
        const values = parameters.map((value) =>
          value === null ? "null" : escapeLiteral(String(value as string | number | boolean)),
        );
        await client.query("begin");
        await client.query(reviveTurn);
        await client.query(`prepare explained as ${sql}`);
        const call = values.length === 0 ? "" : `(${values.join(", ")})`;
        try {
          const { rows } = await client.query<{ "QUERY PLAN": readonly [Explained] }>(
            `explain (analyze, buffers, format json) execute explained${call}`,
          );
          const plan = rows[0]?.["QUERY PLAN"][0]?.Plan;
          const pages = (plan?.["Shared Hit Blocks"] ?? 0) + (plan?.["Shared Read Blocks"] ?? 0);
          explained += 1;
          if (pages > mostPages) costly.push(`${name}: ${pages} pages for ${sql}`);
        } catch (error) {
          // What was inserted before cannot be inserted again.
          if (!/duplicate key/.test(String(error))) throw error;
        }
        await client.query("rollback");
        await client.query("deallocate all");
      }
    }
    expect(costly).toEqual([]);
    expect(explained).toBeGreaterThan(40);
    // Those that several asked for at once.
    expect(shared).toBeGreaterThan(6);
  } finally {
    await client.end();
  }
});

// Going through the session would take hundreds, and through a table thousands.
const mostPages = 130;

interface Explained {
  readonly Plan: { readonly "Shared Hit Blocks": number; readonly "Shared Read Blocks": number };
}
