import { Kysely } from "kysely";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../../src/sql/find-database.ts";
import { openSchema, schemaVersion } from "../../../src/sql/schema.ts";
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { TablePages } from "../../../src/sql/copy/table-pages.ts";
import { defineTables } from "../../../src/sql/table-definitions.ts";
import { hiddenTable, messagesTable, type Tables } from "../../../src/sql/tables.ts";
import { turnOf } from "../../../src/testing/store-contract/cases.ts";
import { begin, ending } from "../../../src/testing/store-contract/turn-steps.ts";
import { asServer, openOnListener, type ServerRows, urlOf } from "./open-on-listener.ts";
import { pythonMadeColumns } from "./python-made.ts";
import { toSqlFile } from "./sent-sql.ts";
import { type Reply, startTdsListener } from "./tds-listener.ts";
import type { SentStatement } from "./tds-requests.ts";
import type { Row } from "./tds-tokens.ts";

const columnTypes = { text: String, json: "json", time: "time", boolean: "boolean" };

/** What the server says of the tables where they are all there. */
const tableRows: readonly Row[] = defineTables(columnTypes).flatMap(({ name, columns, nullable }) =>
  Object.keys(columns).map((column) => ({
    table: name,
    column,
    type: "nvarchar",
    isNullable: nullable.includes(column),
    isOptional: false,
    isIdentity: false,
  })),
);

/** What the server says of a session without messages, for two message keys. */
const noKeys: Row = Object.fromEntries(
  ["first_key", "next_0", "newest_0", "next_1", "newest_1"].map((name) => [name, null]),
);

/** Answers what is asked of a database that has all tables. */
function withTables(
  reply: (statement: SentStatement) => Reply | undefined = () => undefined,
  rows: ServerRows = {},
): (statement: SentStatement) => Reply | undefined {
  return asServer(rows, (statement) => {
    const { text } = statement;
    if (text.includes("sys.tables")) return { rows: tableRows };
    if (text.includes("sys.indexes")) return { rows: [{ found: 1 }] };
    if (text.includes("appbuilder_session_schema")) {
      return { rows: [{ version: schemaVersion, made_by: "0.1.0" }] };
    }
    if (text.startsWith('select (select top (1) "row"."message_key"')) {
      return { rows: [{ ...noKeys, last_time: null, deleted: null }] };
    }
    return reply(statement) ?? (text.startsWith("select") ? { rows: [] } : undefined);
  });
}

function textsOf(statements: readonly SentStatement[]): readonly string[] {
  return statements.map(({ text }) => text);
}

/** A statement without its parameters and what is between its beginning and the first table. */
function kindOf({ text }: SentStatement): string {
  const [, verb = "", table = ""] =
    /^(with|select|insert|update|delete).*?"dbo"\."(\w+)"/.exec(text) ?? [];
  const lock = text.includes("updlock") ? " locked" : "";
  return verb === "" ? text : `${verb} ${table}${lock}`;
}

describe("the tables, as they are made on SQL Server", () => {
  test("in an empty database, by one process at a time, all or none", async () => {
    await using opened = await openOnListener();
    const { database, listener } = opened;
    await openSchema(new Kysely<Tables>({ dialect: database.writes }), database);
    const named = listener.statements.map(
      (statement, index) => [String(index + 1), statement] as const,
    );
    await expect(toSqlFile(named)).toMatchFileSnapshot("sql/tables.sql");
  });

  test.each([
    ["beside what goes on, where the edition has that", 3, " with (online = on)"],
    ["of Azure too", 5, " with (online = on)"],
    ["in the ordinary way otherwise", 2, ""],
  ])("an index of a table that is in use is made %s", async (_case, edition, end) => {
    await using opened = await openOnListener({ edition });
    const { database, listener } = opened;
    await database.makeIndexOnline?.(messagesTable, {
      name: "history",
      columns: ["id", "session_id"],
    });
    await database.makeIndexOnline?.("appbuilder_session_turns", {
      name: "request",
      columns: ["request_id"],
      unique: true,
    });
    await database.makeIndexOnline?.("appbuilder_session_turns", {
      name: "key",
      columns: ["idempotency_key"],
      unique: true,
      sparse: true,
    });
    expect(textsOf(listener.statements).filter((text) => text.startsWith("create"))).toEqual([
      `create index "history" on "dbo"."appbuilder_session_messages" ("id", "session_id")${end}`,
      `create unique index "request" on "dbo"."appbuilder_session_turns" ("request_id", "request_id_length")${end}`,
      `create unique index "key" on "dbo"."appbuilder_session_turns" ("idempotency_key") where "idempotency_key" is not null${end}`,
    ]);
    expect(textsOf(listener.statements)).toContain("set lock_timeout 1000");
  });

  test("an index that others hold up for a second is tried again", async () => {
    let tries = 0;
    await using opened = await openOnListener({}, ({ text }) => {
      if (!text.startsWith("create index")) return undefined;
      tries += 1;
      return tries < 2
        ? { error: { number: 1222, message: "Lock request time out period exceeded." } }
        : { count: 0 };
    });
    await opened.database.makeIndexOnline?.(messagesTable, { name: "i", columns: ["id"] });
    expect(tries).toBe(2);
  });

  test("a column is added where its type is, and nobody is held up for more than a second", async () => {
    await using opened = await openOnListener();
    const { database, listener } = opened;
    const type = database.columnTypes.text(36);
    await database.addColumnOnline?.("appbuilder_session_turns", "feedback", type);
    expect(textsOf(listener.statements).slice(-2)).toEqual([
      "set lock_timeout 1000",
      'alter table "dbo"."appbuilder_session_turns" add "feedback" NVARCHAR(72) COLLATE Latin1_General_100_BIN2',
    ]);
  });

  test("an index is looked for by table and name", async () => {
    await using opened = await openOnListener({}, ({ text, values }) =>
      text.includes("sys.indexes")
        ? { rows: values.includes("there") ? [{ found: 1 }] : [] }
        : undefined,
    );
    const { database } = opened;
    const kysely = new Kysely<unknown>({ dialect: database.reads });
    expect(await database.hasIndex(kysely, messagesTable, "there")).toBe(true);
    expect(await database.hasIndex(kysely, messagesTable, "missing")).toBe(false);
  });

  test("in the schema that the URL names", async () => {
    await using listener = await startTdsListener({ reply: withTables() });
    await using database = await openDatabase(urlOf(listener, "&schema=chat%22s"));
    const kysely = new Kysely<Tables>({ dialect: database.reads });
    await kysely.selectFrom(messagesTable).select("id").execute();
    expect(listener.statements.at(-1)?.text).toBe(
      'select "id" from "chat""s"."appbuilder_session_messages"',
    );
    await kysely.introspection.getTables();
    expect(listener.statements.at(-1)?.values).toEqual(['chat"s']);
  });
});

describe("the operations of a store, as they are sent to SQL Server", () => {
  test("messages of a session without turns are stored in one transaction", async () => {
    await using listener = await startTdsListener({ reply: withTables() });
    await using store = await openSqlStore(urlOf(listener));
    listener.statements.length = 0;
    await store.appendTurn(turnOf("session", { query: "海", answer: "A:海" }));
    expect(listener.statements.map(kindOf)).toEqual([
      "begin transaction",
      "select appbuilder_sessions locked",
      "insert appbuilder_sessions",
      "select appbuilder_session_messages",
      "insert appbuilder_session_messages",
      "delete appbuilder_sessions",
      "commit transaction",
    ]);
  });

  test("a turn is begun and ended in two transactions, each of which locks its session first", async () => {
    const row: Row = {
      request_id: "turn",
      replica: "replica",
      session_id: "session",
      number: 1,
      state: "running",
      last_time: { datetime2: "2026-11-23 08:44:42.123456" },
      deleted: false,
      head: null,
      last_chunk: null,
      ...noKeys,
    };
    await using listener = await startTdsListener({
      reply: withTables(({ text }) =>
        text.includes('as "last_chunk"') ? { rows: [row] } : undefined,
      ),
    });
    await using store = await openSqlStore(urlOf(listener));
    listener.statements.length = 0;
    await begin(store, "session", "turn");
    const records = await store.endTurn(ending("turn", { query: "海", answer: "A:海" }));
    expect(records.map(({ messageKey }) => messageKey)).toEqual(["query", "answer"]);
    expect(listener.statements.map(kindOf)).toEqual([
      "begin transaction",
      "select appbuilder_sessions locked",
      "select appbuilder_sessions",
      "select appbuilder_session_messages",
      "insert appbuilder_sessions",
      "insert appbuilder_session_turns",
      "commit transaction",
      "begin transaction",
      "select appbuilder_sessions locked",
      "select appbuilder_session_chunks",
      "update appbuilder_session_turns",
      "insert appbuilder_session_messages",
      "update appbuilder_sessions",
      "commit transaction",
    ]);
  });

  test("a turn that a deadlock rolls back is begun again, and nothing is sent behind the deadlock", async () => {
    let deadlocks = 0;
    await using listener = await startTdsListener({
      reply: withTables(({ text }) => {
        if (!text.startsWith('insert into "dbo"."appbuilder_sessions"') || deadlocks > 0) {
          return undefined;
        }
        deadlocks += 1;
        return { error: { number: 1205, message: "was deadlocked on lock resources" } };
      }),
    });
    await using store = await openSqlStore(urlOf(listener));
    listener.statements.length = 0;
    await begin(store, "session", "turn");
    const kinds = listener.statements.map(kindOf);
    expect(kinds.slice(4, 7)).toEqual([
      "insert appbuilder_sessions",
      "if @@trancount > 0 rollback transaction",
      "begin transaction",
    ]);
    expect(kinds.filter((kind) => kind === "commit transaction").length).toBe(1);
  });

  test("times of a table that Python made are read to the millisecond, and given to the microsecond", async () => {
    const stored: Row = {
      id: "00006923-5a8a-8001-8ebe-000000000000",
      request_id: "r",
      message_key: "query",
      message_value: '{"content": 1}',
      created_at: { datetime: "2026-11-23 08:44:42.003" },
      updated_at: { datetime: "2026-11-23 08:44:42.003" },
    };
    await using listener = await startTdsListener({
      reply: withTables(
        ({ text }) => (text.startsWith('select top (@1) "id"') ? { rows: [stored] } : undefined),
        { messageColumns: pythonMadeColumns },
      ),
    });
    await using store = await openSqlStore(urlOf(listener));
    const [record] = await store.getHistory({ sessionId: "s", messageKey: "query", limit: 1 });
    expect(record?.updatedAt).toBe("2026-11-23 08:44:42.009999");
  });
});

test("a copy reads a table page by page, and looks rows up by their exact keys", async () => {
  const rows = Array.from({ length: 4000 }, (_, index) => ({
    session_id: "session",
    record_id: `record ${index}`,
  }));
  let pages = 0;
  await using opened = await openOnListener({}, ({ text }) => {
    if (!text.startsWith("select top")) return { rows: [] };
    pages += 1;
    return { rows: pages === 1 ? rows : [] };
  });
  const { database, listener } = opened;
  const definition = defineTables(database.columnTypes).find(({ name }) => name === hiddenTable);
  if (definition === undefined) throw new Error("there is no such table");
  const kysely = new Kysely<Tables>({ dialect: database.writes });
  const table = new TablePages(kysely, definition, database.columnTypes);
  for await (const page of table.pages()) expect(page.length).toBe(4000);
  await table.find(rows.slice(0, 2));
  await table.count();
  const named = listener.statements.map(
    (statement, index) => [String(index + 1), statement] as const,
  );
  await expect(toSqlFile(named)).toMatchFileSnapshot("sql/copy.sql");
});
