import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { expect, test } from "vitest";
import type { SessionRecord } from "../../../src/session/session-store.ts";
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { contentsOf, recordsOf, turnOf } from "../../../src/testing/store-contract/cases.ts";
import { begin, ending } from "../../../src/testing/store-contract/turn-steps.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { turnkeepError } from "../../helpers/turnkeep-error.ts";

function insert(
  database: DatabaseSync,
  id: string,
  time: SQLInputValue,
  value: SQLInputValue = `{"content": "${id}"}`,
  key = "query",
): void {
  database
    .prepare("INSERT INTO appbuilder_session_messages VALUES (?, 'session', 'r', ?, ?, ?, ?, 0)")
    .run(id, key, value, time, time);
}

test("the table is the original's, made first, and an index is all that is added to it", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "new.db");
  await using _store = await openSqlStore(`sqlite:///${path}`);
  const made = new DatabaseSync(path);
  const original = new DatabaseSync(
    new URL("../../fixtures/table/python-made.db", import.meta.url),
    { readOnly: true },
  );
  const columnsOf = (database: DatabaseSync): unknown =>
    database.prepare("SELECT * FROM pragma_table_xinfo('appbuilder_session_messages')").all();
  expect(columnsOf(made)).toEqual(columnsOf(original));
  const names = made.prepare("SELECT name, tbl_name FROM sqlite_schema ORDER BY rowid").all();
  const ofTable = names.filter((each) => each["tbl_name"] === "appbuilder_session_messages");
  expect(names.slice(0, ofTable.length)).toEqual(ofTable);
  expect(ofTable.map(({ name }) => name)).toEqual([
    "appbuilder_session_messages",
    "sqlite_autoindex_appbuilder_session_messages_1",
    "appbuilder_session_messages_history",
  ]);
  made.close();
  original.close();
});

test("times in other forms are read, and what follows is behind them", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "forms.db");
  let now = "2026-11-23 10:00:00.000000";
  await using store = await openSqlStore(`sqlite:///${path}`, { clock: () => now });
  const outside = new DatabaseSync(path);
  insert(outside, "whole second", "2026-11-22 10:00:00");
  insert(outside, "milliseconds", "2026-11-22 10:00:00.500");
  insert(outside, "with a T", "2026-11-23T09:00:00");
  await store.appendTurn(turnOf("session", { query: "same day" }));
  expect(await contentsOf(store, "session", "query", 2)).toEqual(["with a T", "same day"]);
  now = "2026-11-24 00:00:00.000000";
  await store.appendTurn(turnOf("session", { query: "next day" }));
  const records = await recordsOf(store, "session", ["query"]);
  expect(records.map(({ message, updatedAt }) => [message.content, updatedAt])).toEqual([
    ["whole second", "2026-11-22 10:00:00.000000"],
    ["milliseconds", "2026-11-22 10:00:00.500000"],
    ["with a T", "2026-11-23 09:00:00.000000"],
    ["same day", "2026-11-23 10:00:00.000000"],
    ["next day", "2026-11-24 00:00:00.000000"],
  ]);
  expect(await contentsOf(store, "session", "query", 1)).toEqual(["next day"]);
  outside.close();
});

test("a turn's messages come after its beginning, whatever form the newest time has", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "begun.db");
  let now = "2026-11-23 11:00:00.000000";
  await using store = await openSqlStore(`sqlite:///${path}`, { clock: () => now });
  const outside = new DatabaseSync(path);
  await begin(store, "session", "turn");
  insert(outside, "with a T", "2026-11-23T09:00:00");
  now = "2026-11-23 08:00:00.000000";
  const [record] = await store.endTurn(ending("turn", { query: "after" }));
  expect(record?.updatedAt).toBe("2026-11-23 11:00:00.000001");
  expect(await contentsOf(store, "session", "query")).toEqual(["with a T", "after"]);
  outside.close();
});

test("messages are paged by their times in whatever form", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "pages.db");
  await using store = await openSqlStore(`sqlite:///${path}`);
  const outside = new DatabaseSync(path);
  const times = [
    "2026-11-22 10:00:00",
    "2026-11-22 10:00:00.500",
    "2026-11-23 08:00:00.000000",
    "2026-11-23T09:00:00",
    "2026-11-23T09:00:00.100000",
  ];
  for (const [index, time] of times.entries()) {
    insert(outside, `row ${index}`, time, undefined, index % 2 === 0 ? "query" : "answer");
  }
  await begin(store, "session", "turn");
  for (const messageKey of [undefined, "query"]) {
    const found: unknown[] = [];
    for (let before: SessionRecord | undefined; found.length <= times.length;) {
      const query = { sessionId: "session", userId: undefined, messageKey, before, limit: 1 };
      const [record] = (await store.getMessages(query)) ?? [];
      if (record === undefined) break;
      found.push(record.message.content);
      before = record;
    }
    expect(found).toEqual(
      (messageKey === undefined ? [4, 3, 2, 1, 0] : [4, 2, 0]).map((index) => `row ${index}`),
    );
  }
  outside.close();
});

test("rows that are broken are left out, each by its column", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "broken.db");
  const warnings: unknown[] = [];
  await using store = await openSqlStore(`sqlite:///${path}`, {
    warn: ({ recordId, column }) => warnings.push([recordId, column]),
  });
  const outside = new DatabaseSync(path);
  insert(outside, "sound", "2026-11-23 10:00:00.000000");
  insert(outside, "no JSON", "2026-11-23 10:00:00.000001", "{'content': 1}");
  insert(outside, "cut", "2026-11-23 10:00:00.000002", '{"content": "cu');
  insert(outside, "NaN", "2026-11-23 10:00:00.000003", '{"content": NaN}');
  insert(outside, "bytes", "2026-11-23 10:00:00.000004", new Uint8Array([1, 2]));
  insert(outside, "no time", "9 o'clock");
  insert(outside, "a number for a time", 1_732_351_482);
  expect(await contentsOf(store, "session", "query")).toEqual(["sound"]);
  expect(warnings).toEqual([
    ["a number for a time", "created_at"],
    ["no JSON", "message_value"],
    ["cut", "message_value"],
    ["NaN", "message_value"],
    ["bytes", "message_value"],
    ["no time", "created_at"],
  ]);
  outside.close();
});

test("a session whose newest time cannot be read takes no turn, and no other is held up", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "newest.db");
  await using store = await openSqlStore(`sqlite:///${path}`);
  const outside = new DatabaseSync(path);
  insert(outside, "no time", "tomorrow");
  const outcomes = await Promise.allSettled(
    ["one", "session", "other"].map((id) => store.appendTurn(turnOf(id, { query: 1 }))),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(outcomes[1]).toMatchObject({
    reason: turnkeepError("database_schema_mismatch", '"tomorrow"', "updated_at"),
  });
  outside.close();
});

test("the newest time is found in few steps, however long the session is", async () => {
  // In memory, where the statements are all that takes time.
  await using store = await openSqlStore("sqlite://");
  const append = (count: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: count }, () =>
        store.appendTurn(turnOf("session", { query: "a", answer: "b" })),
      ),
    );
  const timeOf = async (): Promise<number> => {
    const times: number[] = [];
    for (let time = 0; time < 300; time += 1) {
      const start = performance.now();
      await store.appendTurn(turnOf("session", { query: "a", answer: "b" }));
      times.push(performance.now() - start);
    }
    return times.toSorted((one, other) => one - other)[150] ?? 0;
  };
  await append(10);
  const short = await timeOf();
  await append(10_000);
  const long = await timeOf();
  // Going through all rows takes twenty times as long and more.
  expect(long).toBeLessThan(4 * short);
});
