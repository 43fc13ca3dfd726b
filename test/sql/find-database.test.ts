import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Database } from "../../src/sql/database.ts";
import { databaseNames, openDatabase } from "../../src/sql/find-database.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";

const folders = readdirSync(new URL("../../src/databases/", import.meta.url)).toSorted();
const databases = await Promise.all(
  folders.map(
    async (name) =>
      ((await import(`../../src/databases/${name}/index.ts`)) as { default: Database }).default,
  ),
);
const dialects = databases.flatMap((database) => database.dialects);

test("the databases are the folders there are", async () => {
  expect(folders.length).toBeGreaterThan(0);
  expect(await databaseNames()).toEqual(folders);
});

test("every dialect has one database, and every folder a README and a fixture", () => {
  expect(dialects.length).toBeGreaterThan(0);
  expect(new Set(dialects).size).toBe(dialects.length);
  for (const name of folders) {
    const files = readdirSync(new URL(`../../src/databases/${name}/`, import.meta.url));
    expect(files).toEqual(expect.arrayContaining(["README.md", "fixture.ts", "index.ts"]));
  }
});

test("an unknown dialect is an error that lists the ones there are", async () => {
  await expect(openDatabase("nosuch+driver://user:hunter2@host/db")).rejects.toEqual(
    turnkeepError("database_unknown", '"nosuch"', dialects.join(", ")),
  );
  await expect(openDatabase("nosuch://user:hunter2@host/db")).rejects.not.toThrow("hunter2");
});

describe("a text that is no URL", () => {
  test.each(["foo.db", "./data/foo.sqlite3", "/var/lib/foo.db", "C:\\foo.db", "数据.sqlite"])(
    "is answered with the URL of that file: %s",
    async (path) => {
      await expect(openDatabase(path)).rejects.toEqual(
        turnkeepError("database_url_invalid", "has no scheme", `:///${path} for that file`),
      );
    },
  );

  test.each(["hunter2", "user:hunter2@host/hunter2.db", "hunter2:3306", "", "hunter2.txt"])(
    "is not shown where it may be anything: %j",
    async (text) => {
      await expect(openDatabase(text)).rejects.toEqual(turnkeepError("database_url_invalid"));
      await expect(openDatabase(text)).rejects.not.toThrow("hunter2");
    },
  );
});
