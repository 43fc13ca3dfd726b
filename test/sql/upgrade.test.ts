import { setTimeout } from "node:timers/promises";
import { Kysely } from "kysely";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../src/sql/find-database.ts";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import {
  hiddenTable,
  schemaTable,
  sessionsTable,
  type Tables,
  turnsTable,
  versionsTable,
} from "../../src/sql/tables.ts";
import { contentsOf, turnOf } from "../../src/testing/store-contract/cases.ts";
import { begin, ending } from "../../src/testing/store-contract/turn-steps.ts";
import { databaseFixtures } from "../databases/sql-store-fixture.ts";
import { runProcess } from "../helpers/turnkeep-process.ts";

const fixtures = await databaseFixtures();

describe.each([...fixtures])("tables of version 1 on %s, with their rows,", (_name, fixture) => {
  test("are brought up to date by opening them, and have versions then", async () => {
    await using database = await fixture.createDatabase();
    await makeFirstVersion(database.url);
    await using store = await openSqlStore(database.url);
    await store.check();
    await assertAsBefore(store);
    await begin(store, "session", "other", { versionOf: "one" });
    await store.endTurn(ending("other", { answer: "A:other" }));
    expect(await contentsOf(store, "session", "answer")).toEqual(["A:other"]);
    await store.selectTurn("two", undefined);
    await assertAsBefore(store);
    await store.updateSession("deleted", undefined, { deleted: false });
    expect(await contentsOf(store, "deleted", "answer")).toEqual(["A:kept"]);
  });

  test("are told to lack what they lack, and given it by db upgrade", async () => {
    await using database = await fixture.createDatabase();
    await makeFirstVersion(database.url);
    const db = (...parameters: readonly string[]) =>
      runProcess(["db", ...parameters], { cwd: import.meta.dirname });
    const status = await db("status", "--json", database.url);
    expect(JSON.parse(status.stdout)).toMatchObject({
      version: 1,
      known_version: 2,
      missing: [
        `the column head of the table ${sessionsTable}`,
        `the column feedback of the table ${turnsTable}`,
        `the column feedback_comment of the table ${turnsTable}`,
        `the table ${versionsTable}`,
        `the column turn of the table ${hiddenTable}`,
        "version 2 of the tables",
      ],
    });
    await using copy = await fixture.createDatabase();
    const refused = await db("copy", database.url, copy.url);
    expect(refused.stderr).toContain("turnkeep db upgrade");
    expect((await db("upgrade", database.url)).stderr).toBe("");
    expect((await db("upgrade", database.url)).stdout).toContain("Nothing is missing.");
    await using store = await openSqlStore(database.url);
    await assertAsBefore(store);
    await begin(store, "session", "other", { versionOf: "two" });
    await store.endTurn(ending("other", { answer: "A:other" }));
    await store.setFeedback("other", undefined, { value: "down", comment: "too short" });
    expect((await db("copy", database.url, copy.url)).stderr).toBe("");
    await using copied = await openSqlStore(copy.url);
    expect(await contentsOf(copied, "session", "answer")).toEqual(["A:one", "A:other"]);
    const turn = await copied.getTurn("other", undefined);
    expect(turn?.versions).toEqual(["two", "other"]);
    expect(turn?.feedback).toEqual({ value: "down", comment: "too short" });
    await copied.selectTurn("two", undefined);
    await assertAsBefore(copied);
  });
});

const onServers = [...fixtures].filter(([, { servers }]) => servers !== undefined);

describe.each(onServers)("tables of version 1 in use on %s", (_name, fixture) => {
  test("are brought up to date when a long transaction lets them, and others write meanwhile", async () => {
    await using database = await fixture.createDatabase();
    await makeFirstVersion(database.url);
    await using open = await openDatabase(database.url);
    const kysely = new Kysely<Tables>({ dialect: open.writes });
    const long = await kysely.startTransaction().execute();
    await long.selectFrom(sessionsTable).select("session_id").execute();
    let isUpgraded = false;
    const upgraded = openSqlStore(database.url).then((store) => {
      isUpgraded = true;
      return store;
    });
    const waits: number[] = [];
    for (const end = performance.now() + 4000; performance.now() < end; await setTimeout(20)) {
      const started = performance.now();
      await kysely.updateTable(sessionsTable).set({ deleted: 0 }).execute();
      waits.push(performance.now() - started);
    }
    // The wait of one attempt, and no more.
    expect(Math.max(...waits)).toBeGreaterThan(100);
    expect(Math.max(...waits)).toBeLessThan(2500);
    expect(isUpgraded).toBe(false);
    await long.commit().execute();
    await using store = await upgraded;
    await begin(store, "session", "other", { versionOf: "one" });
  });
});

/** Makes a database with rows as the first version of the tables had it. */
async function makeFirstVersion(url: string): Promise<void> {
  const store = await openSqlStore(url);
  for (const requestId of ["one", "two"]) {
    await begin(store, "session", requestId);
    await store.endTurn(ending(requestId, { answer: `A:${requestId}` }));
  }
  await begin(store, "deleted", "stopped");
  await store.endTurn(ending("stopped", { answer: "a part" }, { state: "stopped" }));
  await begin(store, "deleted", "again", { retryOf: "stopped" });
  await store.endTurn(ending("again", { answer: "A:kept" }));
  await store.updateSession("deleted", undefined, { deleted: true });
  await store.appendTurn(turnOf("python's", { query: 1 }));
  await store[Symbol.asyncDispose]();
  await using open = await openDatabase(url);
  const kysely = new Kysely<Tables>({ dialect: open.writes });
  await kysely.schema.dropTable(versionsTable).execute();
  for (const [table, column] of [
    [sessionsTable, "head"],
    [turnsTable, "feedback"],
    [turnsTable, "feedback_comment"],
    [hiddenTable, "turn"],
  ] as const) {
    await kysely.schema.alterTable(table).dropColumn(column).execute();
  }
  await kysely.updateTable(schemaTable).set({ version: 1 }).execute();
}

async function assertAsBefore(store: Awaited<ReturnType<typeof openSqlStore>>): Promise<void> {
  expect(await contentsOf(store, "session", "answer")).toEqual(["A:one", "A:two"]);
  expect(await contentsOf(store, "deleted", "answer")).toEqual([]);
  expect(await contentsOf(store, "python's", "query")).toEqual([1]);
  const turn = await store.getTurn("two", undefined);
  expect([turn?.parent, turn?.chosen, turn?.feedback]).toEqual([1, true, undefined]);
}
