import { type Connection, createConnection } from "mariadb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fixture } from "../../../src/databases/mysql/fixture.ts";
import type { TestDatabase } from "../../../src/sql/database-fixture.ts";
import { parseDatabaseUrl } from "../../../src/sql/database-url.ts";
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
  for (const [session, turns] of [
    ["'long'", 10_000],
    ["concat('short-', n % 2000)", 20_000],
  ] as const) {
    const time = "timestamp '2026-01-01 00:00:00' + interval n second";
    await database.execute(
      `insert into appbuilder_session_turns (session_id, number, request_id, state, question,
         stop_requested, created_at, ended_at)
       select ${session}, n + 1, md5(concat(${session}, n)), 'complete', '{"content": 1}', false,
         ${time}, ${time}
       from ${numbersTo(turns)}`,
      ...["query", "answer"].map(
        (key) => `insert into appbuilder_session_messages
         select md5(concat('${key}', ${session}, n)), ${session}, md5(concat(${session}, n)),
           '${key}', '{"content": 1}', ${time}, ${time}, false
         from ${numbersTo(turns)}`,
      ),
    );
  }
  await database.execute(
    `insert into appbuilder_sessions (session_id, turn_count, live_from, created_at, updated_at, last_time, deleted)
     select concat('short-', n), 10, 11, now(), now(), now(), false from ${numbersTo(2000)}`,
    "update appbuilder_sessions set turn_count = 10001, live_from = 10002 where session_id = 'long'",
    ...["sessions", "session_turns", "session_messages"].map(
      (name) => `analyze table appbuilder_${name}`,
    ),
  );
}, 120_000);

afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

test("every statement of a long session's turn reads a few rows", async () => {
  const client = await connect(database.url);
  try {
    // What reading the counter counts by itself.
    const own = -(await countReads(client)) + (await countReads(client));
    const costly: string[] = [];
    let counted = 0;
    let shared = 0;
    for (const [name, work] of longSessionWorks) {
      for (const { sql, parameters } of await store.queriesOf(() => work(store))) {
        if (/ in \((?:\$\d+|\?), /.test(sql)) shared += 1;
        await client.beginTransaction();
        await client.query(reviveTurn);
        const before = await countReads(client);
        try {
          await client.execute(sql, [...parameters]);
          const reads = (await countReads(client)) - before - own;
          counted += 1;
          if (reads > mostReads) costly.push(`${name}: ${reads} rows for ${sql}`);
        } catch (error) {
          // What was inserted before cannot be inserted again.
          if (!/Duplicate entry/.test(String(error))) throw error;
        }
        await client.rollback();
      }
    }
    expect(costly).toEqual([]);
    expect(counted).toBeGreaterThan(40);
    // Those that several asked for at once.
    expect(shared).toBeGreaterThan(6);
  } finally {
    await client.end();
  }
});

// Going through the session would take 10,000, and through a table several times as many.
const mostReads = 130;

/** How often the connection has asked for a row of a table or an index. */
async function countReads(client: Connection): Promise<number> {
  const rows = await client.query<readonly { readonly Value: string }[]>(
    "show session status like 'Handler_read%'",
  );
  return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
}

async function connect(url: string): Promise<Connection> {
  const { host, port, username, password, database: name } = parseDatabaseUrl(url);
  return createConnection({
    host: host ?? "127.0.0.1",
    port: port ?? 3306,
    ...(username === undefined ? {} : { user: username }),
    ...(password === undefined ? {} : { password }),
    ...(name === undefined ? {} : { database: name }),
    allowPublicKeyRetrieval: true,
  });
}

/** A table of the numbers `n` from 1. */
function numbersTo(last: number): string {
  const digits = [1, 10, 100, 1000, 10_000].map(
    (place) =>
      `(${Array.from({ length: 10 }, (_, digit) => `select ${digit * place} as v`).join(" union all ")}) as d${place}`,
  );
  const sum = "1 + d1.v + d10.v + d100.v + d1000.v + d10000.v";
  return `(select ${sum} as n from ${digits.join(", ")} where ${sum} <= ${last}) as numbers`;
}
