import { fileURLToPath } from "node:url";
import { Kysely } from "kysely";
import { describe, expect, test } from "vitest";
import type { TestDatabase } from "../../src/sql/database-fixture.ts";
import { openDatabase } from "../../src/sql/find-database.ts";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import { messagesTable } from "../../src/sql/tables.ts";
import { contentsOf, recordsOf, turnOf } from "../../src/testing/store-contract/cases.ts";
import { begin, ending } from "../../src/testing/store-contract/turn-steps.ts";
import { type Child, startCommand } from "./child-process.ts";
import { databaseFixtures } from "./sql-store-fixture.ts";

const servers = [...(await databaseFixtures())].filter(([, { servers: has }]) => has !== undefined);
const program = fileURLToPath(new URL("original.py", import.meta.url));

// The system's own Python, which has SQLAlchemy and the drivers as packages of the system.
function python(
  { pythonUrl = "" }: TestDatabase,
  command: string,
  ...parameters: readonly string[]
): Child {
  return startCommand(["/usr/bin/python3", program, command, pythonUrl, ...parameters]);
}

async function make(database: TestDatabase): Promise<void> {
  await using child = python(database, "make");
  expect(await child.nextLine()).toBe("made");
}

async function pythonReads(
  database: TestDatabase,
  session: string,
  key: string,
): Promise<unknown[]> {
  await using child = python(database, "read", session, key, "1000");
  return JSON.parse(await child.nextLine()) as unknown[];
}

async function columnsOf({ url }: TestDatabase): Promise<unknown> {
  await using open = await openDatabase(url);
  const tables = await new Kysely<unknown>({ dialect: open.reads }).introspection.getTables();
  return tables.find(({ name }) => name === messagesTable)?.columns;
}

describe.each(servers)("Python on the same tables on %s", (_name, fixture) => {
  test("a table that Python made is used as it is, and gains an index alone", async () => {
    await using database = await fixture.createDatabase();
    await make(database);
    const columns = await columnsOf(database);
    await using child = python(database, "append", "session");
    expect(await child.nextLine()).toBe("ready");
    child.process.stdin.write(`${JSON.stringify({ query: "海😀", answer: "A:海😀" })}\n`);
    expect(await child.nextLine()).toBe("stored");
    await using store = await openSqlStore(database.url);
    expect(await columnsOf(database)).toEqual(columns);
    await using open = await openDatabase(database.url);
    const kysely = new Kysely<unknown>({ dialect: open.reads });
    expect(await open.hasIndex(kysely, messagesTable, `${messagesTable}_history`)).toBe(true);
    expect(await contentsOf(store, "session", "query")).toEqual(["海😀"]);
    await store.appendTurn(turnOf("session", { query: "NUL \u0000", answer: "四😀" }));
    await begin(store, "session", "turn");
    await store.endTurn(ending("turn", { query: "q", answer: "a" }));
    const queries = ["海😀", "NUL \u0000", "q"];
    expect(await contentsOf(store, "session", "query")).toEqual(queries);
    expect(await pythonReads(database, "session", "query")).toEqual(queries);
    expect(await pythonReads(database, "session", "answer")).toEqual(["A:海😀", "四😀", "a"]);
  });

  test("ids and keys of a table that Python made compare byte by byte", async () => {
    await using database = await fixture.createDatabase();
    await make(database);
    await using store = await openSqlStore(database.url);
    const sessions = ["case", "CASE", "Case", "case ", "casé", "case\u0301"];
    for (const session of sessions) {
      await store.appendTurn(turnOf(session, { query: session, QUERY: 1, "query ": 2 }));
    }
    for (const session of sessions) {
      expect(await contentsOf(store, session, "query")).toEqual([session]);
      expect(await contentsOf(store, session, "QUERY")).toEqual([1]);
      expect(await contentsOf(store, session, "query ")).toEqual([2]);
      expect(await contentsOf(store, session, "Query")).toEqual([]);
    }
  });

  test.each(["Python's", "turnkeep's"])(
    "both write one session in turn on %s table, and both read one order",
    async (whose) => {
      await using database = await fixture.createDatabase();
      if (whose === "Python's") await make(database);
      await using store = await openSqlStore(database.url);
      await using child = python(database, "append", "session");
      expect(await child.nextLine()).toBe("ready");
      const expected: string[] = [];
      for (let turn = 0; turn < 10; turn += 1) {
        const content = `${turn} 海😀`;
        expected.push(content);
        if (turn % 2 === 0) {
          await store.appendTurn(turnOf("session", { query: content, answer: content }));
        } else {
          const stored = child.nextLine();
          child.process.stdin.write(`${JSON.stringify({ query: content, answer: content })}\n`);
          expect(await stored).toBe("stored");
        }
        expect(await contentsOf(store, "session", "query")).toEqual(expected);
        expect(await contentsOf(store, "session", "answer")).toEqual(expected);
      }
      const records = await recordsOf(store, "session", ["query", "answer"]);
      expect(records.map(({ message }) => message.content)).toEqual(
        expected.flatMap((content) => [content, content]),
      );
      if (whose === "turnkeep's") {
        expect(await pythonReads(database, "session", "query")).toEqual(expected);
      }
    },
  );

  test("both write one session at the same time, and no turn is lost", async () => {
    await using database = await fixture.createDatabase();
    await make(database);
    await using store = await openSqlStore(database.url);
    await using child = python(database, "append", "session");
    await child.nextLine();
    const turns = 100;
    for (let turn = 0; turn < turns; turn += 1) {
      child.process.stdin.write(`${JSON.stringify({ python: turn })}\n`);
    }
    child.process.stdin.end();
    for (let turn = 0; turn < turns; turn += 1) {
      await begin(store, "session", `turn ${turn}`);
      await store.endTurn(ending(`turn ${turn}`, { ours: turn }));
    }
    expect(await child.ended).toEqual({ code: 0, errors: "" });
    for (const key of ["python", "ours"]) {
      const contents = await contentsOf(store, "session", key);
      expect(new Set(contents).size).toBe(turns);
      if (key === "ours") expect(contents).toEqual(contents.map((_, turn) => turn));
    }
    const all = await store.getMessages({ sessionId: "session", userId: undefined, limit: 1000 });
    expect(all?.length).toBe(2 * turns);
  });
});
