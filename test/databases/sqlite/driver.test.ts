import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Generated, Kysely, sql } from "kysely";
import { describe, expect, test, vi } from "vitest";
import { SqliteDialect } from "../../../src/databases/sqlite/dialect.ts";
import { openDatabase } from "../../../src/sql/find-database.ts";
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { storeContract } from "../../../src/testing/store-contract.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { memoryExemptions, unreachable } from "../../session/exemptions.ts";
import { startCommand } from "../child-process.ts";

interface Things {
  readonly things: { readonly id: Generated<number>; name: string; good: boolean };
}

async function things(): Promise<{ database: DatabaseSync; kysely: Kysely<Things> }> {
  const database = new DatabaseSync(":memory:");
  const kysely = new Kysely<Things>({ dialect: new SqliteDialect(database, { timeout: 0 }) });
  await kysely.schema
    .createTable("things")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull().unique())
    .addColumn("good", "boolean", (column) => column.notNull())
    .execute();
  await kysely
    .insertInto("things")
    .values([
      { name: "a", good: true },
      { name: "b", good: false },
    ])
    .execute();
  return { database, kysely };
}

describe("SQLite for Kysely", () => {
  test("answers the rows of what answers rows", async () => {
    const { kysely } = await things();
    const all = kysely.selectFrom("things").selectAll().orderBy("id");
    expect(plain(await all.execute())).toEqual([
      { id: 1, name: "a", good: 1 },
      { id: 2, name: "b", good: 0 },
    ]);
    expect(plain(await all.where("good", "=", true).execute())).toHaveLength(1);
    const renamed = kysely.updateTable("things").set({ name: "c" }).where("name", "=", "b");
    expect(plain(await renamed.returning("id").execute())).toEqual([{ id: 2 }]);
    const added = kysely.insertInto("things").values({ name: "d", good: true });
    expect(plain(await added.returningAll().execute())).toEqual([{ id: 3, name: "d", good: 1 }]);
    const gone = kysely.deleteFrom("things").where("name", "=", "d");
    expect(plain(await gone.returning("name").execute())).toEqual([{ name: "d" }]);
    const raw = sql<{ two: number }>`with one(n) as (select 1) select n + 1 as two from one`;
    expect(plain((await raw.execute(kysely)).rows)).toEqual([{ two: 2 }]);
  });

  test("counts what is changed", async () => {
    const { kysely } = await things();
    const added = kysely.insertInto("things").values({ name: "c", good: true });
    expect(await added.executeTakeFirst()).toMatchObject({
      insertId: 3n,
      numInsertedOrUpdatedRows: 1n,
    });
    const changed = kysely.updateTable("things").set({ good: false });
    expect(await changed.executeTakeFirst()).toMatchObject({ numUpdatedRows: 3n });
    const gone = kysely.deleteFrom("things").where("name", "in", ["a", "b"]);
    expect(await gone.executeTakeFirst()).toMatchObject({ numDeletedRows: 2n });
  });

  test("streams, also while the same query is run", async () => {
    const { kysely } = await things();
    const all = kysely.selectFrom("things").select("name").orderBy("name");
    const names: unknown[] = [];
    for await (const { name } of all.stream()) names.push(name);
    expect(names).toEqual(["a", "b"]);
    expect(await all.execute()).toHaveLength(2);
  });

  test("rolls a failed transaction back, and goes on", async () => {
    const { kysely } = await things();
    const insert = (name: string): Promise<unknown> =>
      kysely.transaction().execute(async (transaction) => {
        await transaction.insertInto("things").values({ name, good: true }).execute();
        await transaction.insertInto("things").values({ name: "e", good: true }).execute();
      });
    await expect(insert("e")).rejects.toThrow("UNIQUE");
    await insert("d");
    const left = await kysely.selectFrom("things").select("name").orderBy("name").execute();
    expect(left.map(({ name }) => name)).toEqual(["a", "b", "d", "e"]);
  });

  test("does nothing else while a transaction is, so that nobody reads what may be rolled back", async () => {
    const { kysely } = await things();
    const count = async (): Promise<number> =>
      (await kysely.selectFrom("things").selectAll().execute()).length;
    const reads: Promise<number>[] = [count()];
    const failing = kysely.transaction().execute(async (transaction) => {
      for (const name of ["c", "d", "e"]) {
        await transaction.insertInto("things").values({ name, good: true }).execute();
        reads.push(count());
      }
      throw new Error("rolled back");
    });
    reads.push(count());
    await expect(failing).rejects.toThrow("rolled back");
    expect(await Promise.all(reads)).toEqual([2, 2, 2, 2, 2]);
  });

  test("keeps the statements used last prepared, and no more than a hundred", async () => {
    const { database, kysely } = await things();
    const prepare = vi.spyOn(database, "prepare");
    const run = (number: number): Promise<unknown> =>
      sql`select ${sql.lit(number)} as n`.execute(kysely);
    for (let number = 0; number < 100; number += 1) {
      await run(number);
      await run(-1);
    }
    expect(prepare).toHaveBeenCalledTimes(101);
    await run(-1);
    await run(99);
    expect(prepare).toHaveBeenCalledTimes(101);
    await run(0);
    expect(prepare).toHaveBeenCalledTimes(102);
  });
});

describe("SQLite's errors are explained", () => {
  test("one of a connection that only reads", async () => {
    await using folder = await temporaryFolder();
    const url = `sqlite:///${join(folder.path, "some.db")}`;
    await (await openSqlStore(url))[Symbol.asyncDispose]();
    await using database = await openDatabase(url);
    const kysely = new Kysely<unknown>({ dialect: database.reads });
    const error: unknown = await sql`DELETE FROM appbuilder_session_messages`
      .execute(kysely)
      .catch((thrown: unknown) => thrown);
    expect(database.explain(error)).toMatchObject({ code: "database_read_only", kind: "outage" });
  });

  test("one of a connection that is closed", async () => {
    const database = await openDatabase("sqlite://");
    const kysely = new Kysely<unknown>({ dialect: database.reads });
    await database[Symbol.asyncDispose]();
    const error: unknown = await sql`SELECT 1`.execute(kysely).catch((thrown: unknown) => thrown);
    expect(database.explain(error)).toMatchObject({ code: "database_unavailable", kind: "outage" });
  });

  test("one of a statement that is refused", async () => {
    await using database = await openDatabase("sqlite://");
    const kysely = new Kysely<unknown>({ dialect: database.writes });
    const errorOf = (statement: string): Promise<unknown> =>
      sql
        .raw(statement)
        .execute(kysely)
        .catch((thrown: unknown) => thrown);
    expect(database.explain(await errorOf("SELEKT"))).toEqual({
      code: "database_unavailable",
      message: 'The SQLite database in memory refused a statement (near "SELEKT": syntax error).',
      kind: "refused",
    });
    expect(database.explain(await errorOf("SELECT 1 FROM absent"))).toMatchObject({
      code: "database_schema_mismatch",
      message: expect.stringContaining("no such table: absent") as string,
    });
  });

  test("one that is not the database's is not", async () => {
    await using database = await openDatabase("sqlite://");
    for (const error of [new Error("other"), new TypeError("other"), "other", undefined]) {
      expect(database.explain(error)).toBeUndefined();
    }
  });
});

describe("the module of Node", () => {
  const module = new URL("../../../src/databases/sqlite/node-sqlite.ts", import.meta.url);
  const run = async (...parameters: readonly string[]): Promise<[string, string]> => {
    const script = `
      const { loadSqlite } = await import(${JSON.stringify(module.href)});
      const { emitWarning } = process;
      try { loadSqlite(); } catch (error) { console.log(error.code, error.message); }
      console.log(emitWarning === process.emitWarning);
      process.emitWarning("of another kind", "ExperimentalWarning");`;
    const conditions = ["--conditions=turnkeep-source", "--input-type=module", "-e", script];
    await using child = startCommand([process.execPath, ...parameters, ...conditions]);
    const { errors } = await child.ended;
    return [child.lines.join("\n"), errors];
  };

  test("is loaded without a warning of its own, and with all others", async () => {
    const [written, errors] = await run();
    expect(written).toBe("true");
    expect(errors).toContain("of another kind");
    expect(errors).not.toContain("SQLite");
  });

  test("that is missing is an error that says what to do", async () => {
    const [written] = await run("--no-experimental-sqlite");
    expect(written).toMatch(/^database_driver_missing This Node\.js .* has no SQLite\. Start/);
  });
});

test.each(storeContract.filter(({ name }) => !memoryExemptions.has(name)))(
  "in memory: $name",
  ({ run }) => run({ ...unreachable, open: (options) => openSqlStore("sqlite://", options) }),
);

function plain(rows: readonly object[]): object[] {
  return rows.map((row) => Object.fromEntries(Object.entries(row)));
}
