import { Kysely } from "kysely";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../src/sql/find-database.ts";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import { messagesTable, type MessageRow, type Tables, turnsTable } from "../../src/sql/tables.ts";
import {
  assertOrdered,
  contentsOf,
  recordsOf,
  turnOf,
} from "../../src/testing/store-contract/cases.ts";
import { begin, ending } from "../../src/testing/store-contract/turn-steps.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";
import { databaseFixtures } from "./sql-store-fixture.ts";

const fixtures = await databaseFixtures();
const user = { sessionId: "session", userId: undefined };
const columns = [
  "id",
  "session_id",
  "request_id",
  "message_key",
  "message_value",
  "created_at",
  "updated_at",
  "deleted",
];

describe.each([...fixtures])("the SQL store on %s", (_name, fixture) => {
  test("makes the original's table, with an index, before its own", async () => {
    await using database = await fixture.createDatabase();
    await using _store = await openSqlStore(database.url);
    await changing(database.url, async (kysely) => {
      const tables = await kysely.introspection.getTables();
      const table = tables.find(({ name }) => name === messagesTable);
      expect(table?.columns.map(({ name }) => name)).toEqual(columns);
      expect(table?.columns.every(({ isNullable }) => !isNullable)).toBe(true);
    });
    await using open = await openDatabase(database.url);
    const kysely = new Kysely<unknown>({ dialect: open.reads });
    expect(await open.hasIndex(kysely, messagesTable, `${messagesTable}_history`)).toBe(true);
    expect(await open.hasIndex(kysely, messagesTable, "another")).toBe(false);
  });

  test("comes up many times at once on an empty database", async () => {
    await using database = await fixture.createDatabase();
    const stores = await Promise.all(Array.from({ length: 8 }, () => openSqlStore(database.url)));
    await Promise.all(
      stores.map((store, index) => store.appendTurn(turnOf("session", { query: index }))),
    );
    for (const store of stores) {
      assertOrdered(await recordsOf(store, "session", ["query"]));
      expect((await contentsOf(store, "session", "query")).length).toBe(stores.length);
    }
    await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
  });

  test.each(["request_id", "message_value", "created_at"])(
    "refuses a table without the column %s",
    async (column) => {
      await using database = await fixture.createDatabase();
      await (await openSqlStore(database.url))[Symbol.asyncDispose]();
      await changing(database.url, (kysely) =>
        kysely.schema.alterTable(messagesTable).dropColumn(column).execute(),
      );
      await expect(openSqlStore(database.url)).rejects.toEqual(
        turnkeepError("database_schema_mismatch", messagesTable, `no column ${column}:`, "rename"),
      );
    },
  );

  test("refuses a table with a column that every row must have", async () => {
    await using database = await fixture.createDatabase();
    await changing(database.url, async (kysely) => {
      let table = kysely.schema.createTable(messagesTable);
      for (const name of [...columns, "tenant"]) {
        table = table.addColumn(name, "varchar(200)", (column) => column.notNull());
      }
      await table.execute();
    });
    await expect(openSqlStore(database.url)).rejects.toEqual(
      turnkeepError("database_schema_mismatch", messagesTable, "tenant", "default"),
    );
  });

  test("works with a table that has a column more, which may be empty", async () => {
    await using database = await fixture.createDatabase();
    await (await openSqlStore(database.url))[Symbol.asyncDispose]();
    await changing(database.url, (kysely) =>
      kysely.schema.alterTable(messagesTable).addColumn("note", "varchar(20)").execute(),
    );
    await using store = await openSqlStore(database.url);
    await store.appendTurn(turnOf("session", { query: 1 }));
    expect(await contentsOf(store, "session", "query")).toEqual([1]);
  });

  test("leaves out rows that are no messages, and says so once of each", async () => {
    await using database = await fixture.createDatabase();
    const warnings: [facts: object, message: string][] = [];
    await using store = await openSqlStore(database.url, {
      warn: (facts, message) => warnings.push([facts, message]),
    });
    await changing(database.url, (kysely) =>
      kysely
        .insertInto(messagesTable)
        .values([
          row(1, '{"content": 1}'),
          row(2, '{"name": "no content"}'),
          row(3, "[1]"),
          row(4, "null"),
          row(5, '{"content": "\\ud83d"}'),
          row(6, '{"content": 12345678901234567890, "more": true}'),
        ])
        .execute(),
    );
    for (let time = 0; time < 2; time += 1) {
      expect(await contentsOf(store, "session", "query")).toEqual([1, 12_345_678_901_234_567_000]);
    }
    expect(await contentsOf(store, "session", "query", 3)).toEqual([12_345_678_901_234_567_000]);
    expect(warnings).toEqual(
      [2, 3, 4, 5].map((number) => [
        {
          recordId: `row ${number}`,
          sessionId: "session",
          messageKey: "query",
          column: "message_value",
        },
        "a stored row cannot be read and is left out of the history",
      ]),
    );
    await store.appendTurn(turnOf("session", { query: 7 }));
    expect(await contentsOf(store, "session", "query", 1)).toEqual([7]);
  });

  test("fills a page of messages up where rows are broken", async () => {
    await using database = await fixture.createDatabase();
    await using store = await openSqlStore(database.url, { warn: () => undefined });
    await changing(database.url, (kysely) =>
      kysely
        .insertInto(messagesTable)
        .values(
          [1, 2, 3, 4, 5, 6].map((number) =>
            row(number, number % 3 === 1 ? `{"content": ${number}}` : "1"),
          ),
        )
        .execute(),
    );
    await begin(store, "session", "turn");
    for (const messageKey of [undefined, "query"]) {
      const query = { sessionId: "session", userId: undefined, messageKey };
      const contents = async (limit: number): Promise<unknown> =>
        (await store.getMessages({ ...query, limit }))?.map(({ message }) => message.content);
      expect(await contents(0)).toEqual([]);
      expect(await contents(1)).toEqual([4]);
      expect(await contents(2)).toEqual([4, 1]);
      expect(await contents(3)).toEqual([4, 1]);
    }
  });

  test("keeps an answer once, and does without it where others have broken it", async () => {
    await using database = await fixture.createDatabase();
    await using store = await openSqlStore(database.url);
    await begin(store, "session", "turn");
    const [, answer] = await store.endTurn(ending("turn", { query: "q", answer: "the answer" }));
    expect((await store.getTurn("turn", undefined))?.answer?.id).toBe(answer?.message.id);
    await changing(database.url, async (kysely) => {
      const turns = await kysely.selectFrom(turnsTable).selectAll().execute();
      expect(turns.map((turn) => [turn.answer, turn.answer_record])).toEqual([[null, answer?.id]]);
      await kysely.updateTable(messagesTable).set({ message_value: "1" }).execute();
    });
    const [turn] = (await store.getTurns({ ...user, limit: 1 })) ?? [];
    expect([turn?.state, turn?.answer]).toEqual(["complete", undefined]);
  });

  test("says which turn's row cannot be read", async () => {
    await using database = await fixture.createDatabase();
    await using store = await openSqlStore(database.url);
    await begin(store, "session", "some turn");
    await changing(database.url, (kysely) =>
      kysely.updateTable(turnsTable).set({ question: "[1]" }).execute(),
    );
    const broken = turnkeepError("database_schema_mismatch", "some turn", "Mend it");
    await expect(store.getTurn("some turn", undefined)).rejects.toEqual(broken);
    await expect(store.requestStop("some turn", undefined)).rejects.toEqual(broken);
    expect(await store.getStopRequests("replica")).toEqual([]);
    await store.endTurn(ending("some turn"));
  });

  test("gives a turn no time before that of messages that another store appended", async () => {
    await using database = await fixture.createDatabase();
    const at = (time: string) => ({ clock: () => `2026-11-23 ${time}` });
    await using ahead = await openSqlStore(database.url, at("11:00:00.000000"));
    await using behind = await openSqlStore(database.url, at("10:00:00.000000"));
    await ahead.appendTurn(turnOf("session", { query: 1 }));
    const first = await begin(behind, "session", "one");
    await behind.endTurn(ending("one", {}, { state: "failed" }));
    await ahead.appendTurn(turnOf("session", { query: 2 }));
    const next = await begin(behind, "session", "two");
    expect([first.createdAt, next.createdAt]).toEqual([
      "2026-11-23 11:00:00.000000",
      "2026-11-23 11:00:00.000001",
    ]);
  });

  test("warns through the process where it is given nowhere else", async () => {
    await using database = await fixture.createDatabase();
    await using store = await openSqlStore(database.url);
    await changing(database.url, (kysely) =>
      kysely
        .insertInto(messagesTable)
        .values([row(1, "1")])
        .execute(),
    );
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    expect(await contentsOf(store, "session", "query")).toEqual([]);
    const warning = await warned;
    expect(warning.name).toBe("TurnkeepWarning");
    expect(warning.message).toContain('"recordId":"row 1"');
  });

  test("is not well without its tables", async () => {
    await using database = await fixture.createDatabase();
    await using store = await openSqlStore(database.url);
    await store.check();
    await changing(database.url, (kysely) =>
      kysely.schema.alterTable(messagesTable).dropColumn("request_id").execute(),
    );
    await expect(store.check()).rejects.toEqual(
      turnkeepError("database_schema_mismatch", "request_id"),
    );
    await changing(database.url, (kysely) => kysely.schema.dropTable(messagesTable).execute());
    const missing = turnkeepError("database_schema_mismatch", messagesTable);
    await expect(store.check()).rejects.toEqual(missing);
    await expect(contentsOf(store, "session", "query")).rejects.toEqual(missing);
    await expect(store.appendTurn(turnOf("session", { query: 1 }))).rejects.toEqual(missing);
  });
});

async function changing(
  url: string,
  change: (kysely: Kysely<Tables>) => Promise<unknown>,
): Promise<void> {
  await using database = await openDatabase(url);
  await change(new Kysely<Tables>({ dialect: database.writes }));
}

function row(number: number, value: string): MessageRow {
  const time = `2026-11-23 08:44:42.00000${number}`;
  return {
    id: `row ${number}`,
    session_id: "session",
    request_id: "request",
    message_key: "query",
    message_value: value,
    created_at: time,
    updated_at: time,
    deleted: false,
  };
}
