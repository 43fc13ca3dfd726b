import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { contentsOf, turnOf } from "../../../src/testing/store-contract/cases.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { turnkeepError } from "../../helpers/turnkeep-error.ts";
import { startChild } from "../child-process.ts";

function countRows(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare("SELECT count(*) AS n FROM appbuilder_session_messages").get();
  database.close();
  return row?.["n"];
}

describe("a SQLite URL names", () => {
  test.each([
    ["sqlite:///", "plain.db", "plain.db"],
    ["sqlite+pysqlite:///", "driver.db", "driver.db"],
    ["sqlite:///", "with%20space%20%25%3F.db", "with space %?.db"],
    ["sqlite:///", "a+b@c&d=e.db", "a+b@c&d=e.db"],
    ["sqlite:///", "数据😀.db", "数据😀.db"],
    [
      "sqlite:///",
      "driver.db?timeout=0.5&check_same_thread=False&cached_statements=9",
      "driver.db",
    ],
  ])("a file by its absolute path: %s/...%s", async (scheme, inUrl, inFolder) => {
    await using folder = await temporaryFolder();
    await using store = await openSqlStore(`${scheme}${folder.path}/${inUrl}`);
    await store.appendTurn(turnOf("session", { query: 1 }));
    expect(countRows(join(folder.path, inFolder))).toBe(1);
  });

  test("a file by a path from the working directory", async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "data"));
    await using child = startChild("open-and-append.ts", ["sqlite:///data/relative.db", "a"], {
      cwd: folder.path,
    });
    await child.nextLine();
    child.process.stdin.write("now\n");
    expect(await child.ended).toEqual({ code: 0, errors: "" });
    expect(countRows(join(folder.path, "data", "relative.db"))).toBe(2);
  });

  test.each(["sqlite://", "sqlite:///", "sqlite:///:memory:"])(
    "a database in memory that is the store's own: %s",
    async (url) => {
      await using one = await openSqlStore(url);
      await using other = await openSqlStore(url);
      await one.appendTurn(turnOf("session", { query: 1 }));
      expect(await contentsOf(one, "session", "query")).toEqual([1]);
      expect(await contentsOf(other, "session", "query")).toEqual([]);
    },
  );
});

test.each([
  ["sqlite://foo.db", "a host"],
  ["sqlite://user:hunter2@/foo.db", "a username"],
  ["sqlite://:hunter2@/foo.db", "a username"],
  ["sqlite://:1/foo.db", "a port"],
  ["sqlite:///foo.db?timeout=soon", "a timeout"],
  ["sqlite:///foo.db?timeout=-1", "a timeout"],
  ["sqlite:///foo.db?timeout=1&timeout=2", "more than once"],
  ["sqlite:///foo.db?mode=ro&uri=true", '"mode", "uri"'],
])("a SQLite URL that cannot be: %s", async (url, problem) => {
  await expect(openSqlStore(url)).rejects.toEqual(turnkeepError("database_url_invalid", problem));
  await expect(openSqlStore(url)).rejects.not.toThrow("hunter2");
});
