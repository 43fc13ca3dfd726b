import { fileURLToPath } from "node:url";
import { Kysely } from "kysely";
import { describe, expect, test } from "vitest";
import type { TestDatabase } from "../../src/sql/database-fixture.ts";
import { openDatabase } from "../../src/sql/find-database.ts";
import { schemaVersion } from "../../src/sql/schema.ts";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import { defineTables } from "../../src/sql/table-definitions.ts";
import {
  chunksTable,
  messagesTable,
  schemaTable,
  sessionsTable,
  type Tables,
  turnsTable,
} from "../../src/sql/tables.ts";
import { contentsOf, turnOf } from "../../src/testing/store-contract/cases.ts";
import { begin, ending, statesOf } from "../../src/testing/store-contract/turn-steps.ts";
import { type Child, startCommand } from "../databases/child-process.ts";
import { databaseFixtures } from "../databases/sql-store-fixture.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";
import { projectFile } from "../helpers/turnkeep-process.ts";

const fixtures = await databaseFixtures();
const { version: turnkeep } = (
  (await import("../../package.json", { with: { type: "json" } })) as {
    default: { version: string };
  }
).default;

/** How often two processes open an empty database at once: TURNKEEP_FAULTS=full for the whole run. */
const openings = process.env["TURNKEEP_FAULTS"] === "full" ? 100 : 15;

describe.each([...fixtures])("the tables on %s", (_name, fixture) => {
  test("are made with all their indexes, and say their version and who made them", async () => {
    await using database = await fixture.createDatabase();
    await (await openSqlStore(database.url))[Symbol.asyncDispose]();
    await using open = await openDatabase(database.url);
    const kysely = new Kysely<Tables>({ dialect: open.reads });
    const found = await kysely.introspection.getTables();
    for (const { name, columns, nullable, indexes } of defineTables(open.columnTypes)) {
      const table = found.find((each) => each.name === name);
      expect(table?.columns.map((column) => column.name)).toEqual(Object.keys(columns));
      expect(
        table?.columns.filter(({ isNullable }) => isNullable).map((column) => column.name),
      ).toEqual(Object.keys(columns).filter((column) => nullable.includes(column)));
      for (const index of indexes) {
        const there = await open.hasIndex(kysely as never, name, index.name);
        expect([index.name, there]).toEqual([index.name, true]);
      }
    }
    expect(await kysely.selectFrom(schemaTable).selectAll().execute()).toEqual([
      { version: schemaVersion, made_by: turnkeep },
    ]);
  });

  test("are used as they are when they are opened again", async () => {
    await using database = await fixture.createDatabase();
    const first = await openSqlStore(database.url);
    await begin(first, "session", "one");
    await first[Symbol.asyncDispose]();
    await using again = await openSqlStore(database.url);
    expect(await statesOf(again, "session")).toEqual(["running"]);
    await changing(database, async (kysely) => {
      const rows = await kysely.selectFrom(schemaTable).selectAll().execute();
      expect(rows.length).toBe(1);
    });
  });

  test("are added to a table of messages that was there alone", async () => {
    await using database = await fixture.createDatabase();
    const first = await openSqlStore(database.url);
    await first.appendTurn(turnOf("session", { query: "before" }));
    await first[Symbol.asyncDispose]();
    await changing(database, async (kysely) => {
      const tables = await kysely.introspection.getTables();
      for (const { name } of tables) {
        if (name !== messagesTable) await kysely.schema.dropTable(name).execute();
      }
    });
    await using store = await openSqlStore(database.url);
    await begin(store, "session", "one", { userId: "user" });
    await store.endTurn(ending("one", { query: "after" }));
    expect(await contentsOf(store, "session", "query")).toEqual(["before", "after"]);
  });

  test("are completed where whoever made them did not come to the end", async () => {
    await using database = await fixture.createDatabase();
    await (await openSqlStore(database.url))[Symbol.asyncDispose]();
    await changing(database, async (kysely) => {
      await kysely.deleteFrom(schemaTable).execute();
      await kysely.schema.dropTable(chunksTable).execute();
      // Where indexes belong to their tables, theirs has to be named.
      const drop = kysely.schema.dropIndex(`${turnsTable}_request`);
      await drop.execute().catch(() => drop.on(turnsTable).execute());
    });
    await using store = await openSqlStore(database.url);
    await begin(store, "session", "one");
    await store.appendChunks("replica", [
      { requestId: "one", number: 0, content: "a", fields: {} },
    ]);
    expect((await store.getChunks("one", 0)).length).toBe(1);
    await store.check();
  });

  test("of a newer turnkeep are refused, and so is a store whose tables become newer", async () => {
    await using database = await fixture.createDatabase();
    await using store = await openSqlStore(database.url);
    await store.check();
    await changing(database, (kysely) =>
      kysely
        .insertInto(schemaTable)
        .values({ version: schemaVersion + 1, made_by: "99.1.0" })
        .execute(),
    );
    const refusal = turnkeepError(
      "database_schema_mismatch",
      `version ${schemaVersion + 1}, made by turnkeep 99.1.0`,
      `this is turnkeep ${turnkeep}`,
      "Install turnkeep 99.1.0",
    );
    await expect(openSqlStore(database.url)).rejects.toEqual(refusal);
    await expect(store.check()).rejects.toEqual(refusal);
  });

  test("are given the columns that a later version has", async () => {
    await using database = await fixture.createDatabase();
    const first = await openSqlStore(database.url);
    await begin(first, "session", "before");
    await first[Symbol.asyncDispose]();
    await changing(database, async (kysely) => {
      await kysely.schema.alterTable(turnsTable).dropColumn("retry_of").execute();
      await kysely
        .updateTable(schemaTable)
        .set({ version: schemaVersion - 1 })
        .execute();
    });
    await using store = await openSqlStore(database.url);
    await store.check();
    await begin(store, "session", "after", { retryOf: "before" });
    expect((await store.getTurn("before", undefined))?.retryOf).toBe(undefined);
    expect((await store.getTurn("after", undefined))?.retryOf).toBe("before");
    await changing(database, async (kysely) => {
      const rows = await kysely
        .selectFrom(schemaTable)
        .select("version")
        .orderBy("version")
        .execute();
      expect(rows).toEqual([{ version: schemaVersion - 1 }, { version: schemaVersion }]);
    });
  });

  test.each([
    [sessionsTable, "last_time"],
    [turnsTable, "question"],
    [chunksTable, "chunk"],
  ] as const)("%s without the column %s is refused", async (table, column) => {
    await using database = await fixture.createDatabase();
    const store = await openSqlStore(database.url);
    await changing(database, async (kysely) => {
      await kysely.schema.alterTable(table).dropColumn(column).execute();
    });
    await expect(store.check()).rejects.toEqual(turnkeepError("database_schema_mismatch", column));
    await store[Symbol.asyncDispose]();
    await expect(openSqlStore(database.url)).rejects.toEqual(
      turnkeepError("database_schema_mismatch", table, `no column ${column}:`),
    );
  });

  test.each([
    [2, openings],
    [10, 3],
  ])(
    "come up in %i processes that open an empty database at once, %i times",
    { timeout: 400_000 },
    async (count, rounds) => {
      const children = Array.from({ length: count }, startOpener);
      try {
        await Promise.all(children.map((child) => child.nextLine()));
        for (let round = 0; round < rounds; round += 1) {
          await using database = await fixture.createDatabase();
          expect(await openAtOnce(children, database)).toEqual(children.map(() => "done"));
          await using store = await openSqlStore(database.url);
          for (const index of children.keys()) {
            expect(await statesOf(store, `session ${index}`)).toEqual(["complete"]);
            expect(await contentsOf(store, `session ${index}`, "answer")).toEqual([2]);
          }
        }
      } finally {
        await Promise.all(children.map((child) => child[Symbol.asyncDispose]()));
      }
    },
  );
});

function startOpener(): Child {
  const program = fileURLToPath(new URL("processes/open-at-once.ts", import.meta.url));
  return startCommand([process.execPath, "--conditions=turnkeep-source", program], {
    cwd: projectFile("."),
  });
}

/** Lets every process open the database at the same moment; the answer is what each says. */
async function openAtOnce(
  children: readonly Child[],
  { url }: TestDatabase,
): Promise<readonly string[]> {
  const said = children.map((child) => child.nextLine());
  const at = Date.now() + 10;
  for (const [index, child] of children.entries()) {
    child.process.stdin.write(`${JSON.stringify({ url, session: `session ${index}`, at })}\n`);
  }
  return Promise.all(said);
}

async function changing(
  { url }: TestDatabase,
  change: (kysely: Kysely<Tables>) => Promise<unknown>,
): Promise<void> {
  await using database = await openDatabase(url);
  await change(new Kysely<Tables>({ dialect: database.writes }));
}
