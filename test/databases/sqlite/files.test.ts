import { chmod, readdir, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, sql } from "kysely";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../../src/sql/find-database.ts";
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { contentsOf, turnOf } from "../../../src/testing/store-contract/cases.ts";
import { begin, ending } from "../../../src/testing/store-contract/turn-steps.ts";
import { type TemporaryFolder, temporaryFolder } from "../../helpers/temporary-folder.ts";
import { turnkeepError } from "../../helpers/turnkeep-error.ts";
import { startChild } from "../child-process.ts";

// Root may read and write everything: then another user is who tries.
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

async function openedBySomeone(path: string): Promise<string> {
  await using child = startChild("open-and-say.ts", [`sqlite:///${path}`], nobody);
  return await child.nextLine();
}

/** A folder with a database that has one turn. */
async function folderWithDatabase(): Promise<{ folder: TemporaryFolder; path: string }> {
  const folder = await temporaryFolder();
  const path = join(folder.path, "some.db");
  await using store = await openSqlStore(`sqlite:///${path}`);
  await store.appendTurn(turnOf("session", { query: 1, answer: 1 }));
  return { folder, path };
}

describe("a file that cannot be opened is an error that names it and says what to do", () => {
  test("in a directory that is missing", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "no", "such", "some.db");
    await expect(openSqlStore(`sqlite:///${path}`)).rejects.toEqual(
      turnkeepError("database_unavailable", path, "there is no directory", "Make the directory"),
    );
  });

  test("below a file", async () => {
    await using folder = await temporaryFolder({ file: "" });
    const path = join(folder.path, "file", "some.db");
    await expect(openSqlStore(`sqlite:///${path}`)).rejects.toEqual(
      turnkeepError("database_unavailable", path, "there is no directory"),
    );
  });

  test("that is a directory", async () => {
    await using folder = await temporaryFolder();
    await expect(openSqlStore(`sqlite:///${folder.path}`)).rejects.toEqual(
      turnkeepError("database_unavailable", folder.path, "a directory", "Name a file"),
    );
  });

  test("that is something else", async () => {
    const text = "a page of text, not of SQLite\n".repeat(200);
    await using folder = await temporaryFolder({ "some.txt": text });
    const path = join(folder.path, "some.txt");
    await expect(openSqlStore(`sqlite:///${path}`)).rejects.toEqual(
      turnkeepError("database_unavailable", path, "not a SQLite database", "Name another file"),
    );
    expect(await readdir(folder.path)).toEqual(["some.txt"]);
    expect((await stat(path)).size).toBe(text.length);
  });

  test("that is damaged", async () => {
    const { folder, path } = await folderWithDatabase();
    await using _folder = folder;
    await truncate(path, 8192);
    await expect(openSqlStore(`sqlite:///${path}`)).rejects.toEqual(
      turnkeepError("database_unavailable", path, "is damaged", "backup"),
    );
  });

  test("that may not be read", async () => {
    const { folder, path } = await folderWithDatabase();
    await using _folder = folder;
    await chmod(folder.path, 0o777);
    await chmod(path, 0o000);
    const answer = await openedBySomeone(path);
    expect(answer).toMatch(/^database_unavailable .* may not be read .* Give its user the right/);
    expect(answer).toContain(path);
  });

  test("that may not be written", async () => {
    const { folder, path } = await folderWithDatabase();
    await using _folder = folder;
    await chmod(folder.path, 0o777);
    await chmod(path, 0o444);
    const answer = await openedBySomeone(path);
    expect(answer).toMatch(/^database_read_only .* may not be written .* Give its user the right/);
    expect(answer).toContain(path);
  });

  test("in a directory that may not be written", async () => {
    const { folder, path } = await folderWithDatabase();
    await using _folder = folder;
    await chmod(path, 0o666);
    await chmod(folder.path, 0o555);
    const answer = await openedBySomeone(path);
    expect(answer).toMatch(/^database_read_only The directory .* may not be written/);
    expect(answer).toContain(path);
    await chmod(folder.path, 0o755);
  });

  test("in a directory that may not be entered", async () => {
    const { folder, path } = await folderWithDatabase();
    await using _folder = folder;
    await chmod(folder.path, 0o000);
    const answer = await openedBySomeone(path);
    await chmod(folder.path, 0o755);
    expect(answer).toMatch(/^database_unavailable .* cannot be reached \(EACCES\)/);
  });

  test("and one that may be is", async () => {
    const { folder, path } = await folderWithDatabase();
    await using _folder = folder;
    await chmod(folder.path, 0o777);
    await chmod(path, 0o666);
    expect(await openedBySomeone(path)).toBe("open");
  });
});

describe("a file that another process has locked", () => {
  test("is waited for, and the event loop goes on meanwhile", async () => {
    const { folder, path } = await folderWithDatabase();
    await using _folder = folder;
    await using store = await openSqlStore(`sqlite:///${path}`);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const appended = store.appendTurn(turnOf("session", { query: 2 }));
    let ticks = 0;
    for (const start = performance.now(); performance.now() - start < 200; ticks += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      // Readers wait for nobody.
      expect(await contentsOf(store, "session", "query")).toEqual([1]);
    }
    expect(ticks).toBeGreaterThan(5);
    other.exec("COMMIT");
    await appended;
    expect(await contentsOf(store, "session", "query")).toEqual([1, 2]);
    other.close();
  });

  test("fails the turns after the timeout, all at once, and the next one is fine", async () => {
    const { folder, path } = await folderWithDatabase();
    await using _folder = folder;
    await using store = await openSqlStore(`sqlite:///${path}?timeout=0.2`);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const start = performance.now();
    const outcomes = await Promise.allSettled(
      [2, 3, 4, 5].map((turn) => store.appendTurn(turnOf("session", { query: turn }))),
    );
    const took = performance.now() - start;
    expect(took).toBeGreaterThan(190);
    // One after another would take four times as long.
    expect(took).toBeLessThan(700);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: turnkeepError("database_unavailable", path, "locked", "0.2 s", "timeout"),
      });
    }
    other.exec("ROLLBACK");
    await store.appendTurn(turnOf("session", { query: 6 }));
    expect(await contentsOf(store, "session", "query")).toEqual([1, 6]);
    other.close();
  });

  test("cannot be opened where it has no write-ahead log yet", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "some.db");
    const other = new DatabaseSync(path);
    other.exec("CREATE TABLE other (id); BEGIN EXCLUSIVE");
    await expect(openSqlStore(`sqlite:///${path}?timeout=0.05`)).rejects.toEqual(
      turnkeepError("database_unavailable", path, "locked"),
    );
    const opening = openSqlStore(`sqlite:///${path}`);
    other.exec("COMMIT");
    other.close();
    await using store = await opening;
    await store.check();
  });
});

describe("a file that changes while it is open", () => {
  test.each(["deleted", "replaced"])("because it is %s takes no turns", async (change) => {
    const { folder, path } = await folderWithDatabase();
    await using _folder = folder;
    const store = await openSqlStore(`sqlite:///${path}`);
    await store.check();
    await rename(path, `${path}.old`);
    if (change === "replaced") await writeFile(path, "");
    const gone = turnkeepError("database_unavailable", path, "deleted or replaced");
    await expect(store.appendTurn(turnOf("session", { query: 2 }))).rejects.toEqual(gone);
    await expect(store.check()).rejects.toEqual(gone);
    await rm(path, { force: true });
    await rename(`${path}.old`, path);
    await store.check();
    await store.appendTurn(turnOf("session", { query: 3 }));
    expect(await contentsOf(store, "session", "query")).toEqual([1, 3]);
    await store[Symbol.asyncDispose]();
  });
});

test("a full disk fails the turn that has no room, and not a smaller one", async () => {
  const { folder, path } = await folderWithDatabase();
  await using _folder = folder;
  await using database = await openDatabase(`sqlite:///${path}`);
  const kysely = new Kysely<unknown>({ dialect: database.writes });
  const { rows } = await sql<{ page_count: number }>`PRAGMA page_count`.execute(kysely);
  await sql`PRAGMA max_page_count = ${sql.lit((rows[0]?.page_count ?? 0) + 2)}`.execute(kysely);
  const insert = async (id: string, value: string): Promise<unknown> =>
    kysely
      .transaction()
      .execute((transaction) =>
        sql`INSERT INTO appbuilder_session_messages VALUES (${id}, 's', 'r', 'k', ${value}, '', '', 0)`.execute(
          transaction,
        ),
      );
  const error: unknown = await insert("large", "x".repeat(100_000)).catch((thrown) => thrown);
  expect(database.explain(error)).toMatchObject({
    code: "database_unavailable",
    message: expect.stringMatching(/some\.db cannot grow .* Make room/) as string,
    kind: "refused",
  });
  await insert("small", "x");
  const read = await sql<{
    id: string;
  }>`SELECT id FROM appbuilder_session_messages WHERE session_id = 's'`.execute(kysely);
  expect(read.rows.map(({ id }) => id)).toEqual(["small"]);
});

describe("an open file", () => {
  test("has a write-ahead log, and is synced at every commit", async () => {
    const { folder, path } = await folderWithDatabase();
    await using _folder = folder;
    await using database = await openDatabase(`sqlite:///${path}`);
    const pragmas = async (kysely: Kysely<unknown>): Promise<unknown[]> => {
      const values: unknown[] = [];
      for (const name of ["journal_mode", "synchronous", "query_only"]) {
        const { rows } = await sql`PRAGMA ${sql.raw(name)}`.execute(kysely);
        values.push(Object.values(rows[0] as object)[0]);
      }
      return values;
    };
    expect(await pragmas(new Kysely({ dialect: database.writes }))).toEqual(["wal", 2, 0]);
    expect((await pragmas(new Kysely({ dialect: database.reads }))).slice(2)).toEqual([1]);
  });

  test("does not let its log grow without end", async () => {
    const { folder, path } = await folderWithDatabase();
    await using _folder = folder;
    await using store = await openSqlStore(`sqlite:///${path}`);
    const content = "x".repeat(100_000);
    for (let turn = 0; turn < 400; turn += 1) {
      await store.appendTurn(turnOf("session", { query: content }));
    }
    expect((await stat(path)).size).toBeGreaterThan(35_000_000);
    expect((await stat(`${path}-wal`)).size).toBeLessThan(10_000_000);
  });

  test("does not let its log grow by many small turns either", async () => {
    const { folder, path } = await folderWithDatabase();
    await using _folder = folder;
    await using store = await openSqlStore(`sqlite:///${path}`);
    for (const together of [1, 20]) {
      for (let turn = 0; turn < 600 / together; turn += 1) {
        const ids = Array.from({ length: together }, (_, index) => `${together} ${turn} ${index}`);
        await Promise.all(ids.map((id) => begin(store, id, id)));
        await Promise.all(ids.map((id) => store.endTurn(ending(id, { query: 1, answer: 2 }))));
      }
      expect((await stat(`${path}-wal`)).size).toBeLessThan(10_000_000);
    }
  });

  test("leaves nothing beside itself when it is closed", async () => {
    const { folder, path } = await folderWithDatabase();
    await using _folder = folder;
    const store = await openSqlStore(`sqlite:///${path}`);
    await store.appendTurn(turnOf("session", { query: 2 }));
    expect((await readdir(folder.path)).toSorted(compare)).toEqual([
      "some.db",
      "some.db-shm",
      "some.db-wal",
    ]);
    await store[Symbol.asyncDispose]();
    expect(await readdir(folder.path)).toEqual(["some.db"]);
    const copy = new DatabaseSync(path, { readOnly: true });
    const row = copy.prepare("SELECT count(*) AS n FROM appbuilder_session_messages").get();
    expect(row?.["n"]).toBe(3);
    copy.close();
  });
});

function compare(one: string, other: string): number {
  return one < other ? -1 : 1;
}
