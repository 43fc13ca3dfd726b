import { readdir, readFile, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { join } from "node:path";
import { Kysely } from "kysely";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../src/sql/find-database.ts";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import {
  chunksTable,
  type MessageRow,
  messagesTable,
  type Tables,
  turnsTable,
} from "../../src/sql/tables.ts";
import { contentsOf, recordsOf, turnOf } from "../../src/testing/store-contract/cases.ts";
import { begin, ending } from "../../src/testing/store-contract/turn-steps.ts";
import { formatTime } from "../../src/session/record-time.ts";
import { databaseFixtures } from "../databases/sql-store-fixture.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { runProcess, startCommandLine } from "../helpers/turnkeep-process.ts";

const fixtures = await databaseFixtures();
/** How many rows are copied around: TURNKEEP_FAULTS=full for the whole run. */
const manyRows = process.env["TURNKEEP_FAULTS"] === "full" ? 1_000_000 : 10_000;

function turnkeep(...parameters: readonly string[]) {
  return runProcess(parameters, { cwd: import.meta.dirname });
}

/** Fills a database with a bit of everything. */
async function fill(url: string): Promise<void> {
  await using store = await openSqlStore(url);
  for (const session of ["one", "ONE", "two 海😀"]) {
    await begin(store, session, `${session} 1`, { userId: "user" });
    await store.endTurn(
      ending(`${session} 1`, { query: "q \u0000 😀", answer: { b: 1, a: [1.5, null] } }),
    );
    await begin(store, session, `${session} 2`, {
      userId: "user",
      idempotency: { key: session.padEnd(64, "k"), bodyHash: "b".repeat(64) },
    });
    await store.appendChunks("replica", [
      { requestId: `${session} 2`, number: 0, content: "part", fields: { id: "1" } },
    ]);
  }
  await store.updateSession("ONE", "user", { title: "A title", deleted: true });
  await store.appendTurn(turnOf("python's", { query: 1 }));
}

async function insertMany(url: string, count: number): Promise<void> {
  await using open = await openDatabase(url);
  const kysely = new Kysely<Tables>({ dialect: open.writes });
  for (let start = 0; start < count; start += 1000) {
    await kysely.transaction().execute((transaction) =>
      transaction
        .insertInto(messagesTable)
        .values(
          Array.from({ length: 1000 }, (_, index): MessageRow => {
            const number = start + index;
            const time = formatTime(1_767_225_600_000_000n + BigInt(number) * 1_000_003n);
            return {
              id: `row-${number}`,
              session_id: `session-${number % 1000}`,
              request_id: `run-${number}`,
              message_key: number % 2 === 0 ? "query" : "answer",
              message_value: JSON.stringify({
                content: `${number} ${"海".repeat(80)}`,
                name: "msg",
                id: `${number}`,
              }),
              created_at: time,
              updated_at: time,
              deleted: number % 97 === 0,
            };
          }),
        )
        .execute(),
    );
  }
}

describe.each([...fixtures])("turnkeep db on %s", (_name, fixture) => {
  test("status tells what is there, and upgrade makes what is missing", async () => {
    await using database = await fixture.createDatabase();
    // A file is there from its first use on.
    await database.execute("select 1");
    const empty = await turnkeep("db", "status", database.url, "--json");
    expect(empty).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(empty.stdout)).toMatchObject({ version: null, rows: {} });
    await fill(database.url);
    await using open = await openDatabase(database.url);
    const kysely = new Kysely<Tables>({ dialect: open.writes });
    await kysely.schema.dropTable(chunksTable).execute();
    const before = await turnkeep("db", "status", database.url);
    expect(before.code).toBe(0);
    expect(before.stdout).toContain(`Missing   the table ${chunksTable}`);
    expect(before.stdout).toMatch(new RegExp(`${messagesTable} +7 rows`));
    const dry = await turnkeep("db", "upgrade", "--dry-run", database.url);
    expect(dry.stdout).toBe(`Would make the table ${chunksTable}\n`);
    const upgraded = await turnkeep("db", "upgrade", database.url);
    expect(upgraded.stdout).toMatch(new RegExp(`^Making the table ${chunksTable}\nMade in `));
    expect((await turnkeep("db", "upgrade", database.url)).stdout).toBe("Nothing is missing.\n");
    expect((await turnkeep("db", "status", database.url)).stdout).toContain("Nothing is missing.");
  });

  test("copy brings all of a database there and back, and it goes on as it was", async () => {
    await using folder = await temporaryFolder();
    const first = `sqlite:///${join(folder.path, "first.db")}`;
    const back = `sqlite:///${join(folder.path, "back.db")}`;
    await fill(first);
    await using database = await fixture.createDatabase();
    for (const [from, to] of [
      [first, database.url],
      [database.url, back],
      [first, back],
      [back, database.url],
    ] as const) {
      const { code, stderr, stdout } = await turnkeep("db", "copy", from, to);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/Copied \d+ rows, and verified all 19, /);
    }
    await using store = await openSqlStore(database.url);
    await using original = await openSqlStore(first);
    for (const session of ["one", "two 海😀", "python's"]) {
      expect(await recordsOf(store, session, ["query", "answer"])).toEqual(
        await recordsOf(original, session, ["query", "answer"]),
      );
    }
    expect(await store.getSession("ONE", "user")).toEqual(await original.getSession("ONE", "user"));
    const turns = await store.getTurns({ sessionId: "one", userId: "user", limit: 10 });
    expect(turns?.map(({ state }) => state)).toEqual(["running", "complete"]);
    await store.endTurn(ending("one 2", { query: "goes on" }));
    expect(await contentsOf(store, "one", "query")).toEqual(["q \u0000 😀", "goes on"]);
  });

  test("copy refuses a target that has other rows, itself, and a source without tables", async () => {
    await using database = await fixture.createDatabase();
    await using other = await fixture.createDatabase();
    const refused = async (from: string, to: string, part: string): Promise<void> => {
      const { code, stderr } = await turnkeep("db", "copy", from, to);
      expect([code, stderr.includes(part)], stderr).toEqual([1, true]);
    };
    await refused(database.url, database.url, "cannot be copied into itself");
    await database.execute("select 1");
    await refused(database.url, other.url, "none of turnkeep's tables");
    await fill(database.url);
    await using store = await openSqlStore(other.url);
    await store.appendTurn(turnOf("another", { query: 1 }));
    await refused(database.url, other.url, `${messagesTable} has a row`);
    expect(await contentsOf(store, "another", "query")).toEqual([1]);
    expect(await contentsOf(store, "one", "query")).toEqual([]);
  });

  test("copy refuses a source that an earlier turnkeep made, until it is upgraded", async () => {
    await using database = await fixture.createDatabase();
    await using other = await fixture.createDatabase();
    await fill(database.url);
    await database.execute(`alter table ${turnsTable} drop column retry_of`);
    const refused = await turnkeep("db", "copy", database.url, other.url);
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain(`it lacks the column retry_of of the table ${turnsTable}`);
    expect((await turnkeep("db", "upgrade", database.url)).code).toBe(0);
    expect((await turnkeep("db", "copy", database.url, other.url)).code).toBe(0);
  });

  test(
    "copy goes on where it was killed, again and again, and loses and changes no row",
    { timeout: 900_000 },
    async () => {
      await using folder = await temporaryFolder();
      const first = `sqlite:///${join(folder.path, "first.db")}`;
      const back = `sqlite:///${join(folder.path, "back.db")}`;
      await openSqlStore(first).then((store) => store[Symbol.asyncDispose]());
      await insertMany(first, manyRows);
      await using database = await fixture.createDatabase();
      for (let kill = 0; kill < 3; kill += 1) {
        await using copying = startCommandLine(["db", "copy", first, database.url]);
        await setTimeout(600 + Math.random() * 900);
        copying.kill();
      }
      const there = await turnkeep("db", "copy", first, database.url);
      expect([there.code, there.stderr]).toEqual([0, ""]);
      const again = await turnkeep("db", "copy", database.url, back);
      expect([again.code, again.stderr]).toEqual([0, ""]);
      // The first and the last are one, row by row.
      const same = await turnkeep("db", "copy", first, back);
      expect(same.stdout).toContain(`Copied 0 rows, and verified all ${manyRows}`);
      const speeds = [there, again].map(({ stdout }) => stdout.trim().split("\n").at(-1));
      // oxlint-disable-next-line no-console -- the figures of the run
      console.log(speeds.join("\n"));
    },
  );
});

describe("turnkeep db on a file", () => {
  test("status and a copy leave every byte of it as it is", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "python-made.db");
    const original = await readFile(new URL("../fixtures/table/python-made.db", import.meta.url));
    await writeFile(file, original);
    const url = `sqlite:///${file}`;
    expect((await turnkeep("db", "status", url)).stdout).toContain(`Missing   the index`);
    const target = `sqlite:///${join(folder.path, "target.db")}`;
    expect(await turnkeep("db", "copy", url, target)).toMatchObject({ code: 0, stderr: "" });
    expect((await readFile(file)).equals(original)).toBe(true);
    expect((await readdir(folder.path)).toSorted()).toEqual(["python-made.db", "target.db"]);
  });

  test("status and a copy of a file that is not there make none", async () => {
    await using folder = await temporaryFolder();
    const url = `sqlite:///${join(folder.path, "wrong.db")}`;
    const target = `sqlite:///${join(folder.path, "target.db")}`;
    for (const parameters of [
      ["status", url],
      ["copy", url, target],
    ]) {
      const { code, stderr } = await turnkeep("db", ...parameters);
      expect([code, stderr]).toEqual([1, expect.stringContaining("There is no SQLite file ")]);
    }
    expect(await readdir(folder.path)).toEqual([]);
  });
});
