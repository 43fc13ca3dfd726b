import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Database, RefusedDatabase } from "../../src/sql/database.ts";
import { databaseNames, openDatabase } from "../../src/sql/find-database.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";

const folders = readdirSync(new URL("../../src/databases/", import.meta.url)).toSorted();
const databases = await Promise.all(
  folders.map(
    async (name) =>
      (
        (await import(`../../src/databases/${name}/index.ts`)) as {
          default: Database | RefusedDatabase;
        }
      ).default,
  ),
);
const dialects = databases.flatMap((database) => database.dialects);
const opened = databases.flatMap((database) => ("open" in database ? database.dialects : []));

test("the databases are the folders there are", async () => {
  expect(folders.length).toBeGreaterThan(0);
  expect(await databaseNames()).toEqual(folders);
});

test("every dialect has one database, and every folder a README, and a fixture where it can be had", () => {
  expect(dialects.length).toBeGreaterThan(0);
  expect(new Set(dialects).size).toBe(dialects.length);
  for (const [index, name] of folders.entries()) {
    const files = readdirSync(new URL(`../../src/databases/${name}/`, import.meta.url));
    expect(files).toEqual(expect.arrayContaining(["README.md", "index.ts"]));
    const canBeHad = "open" in (databases[index] ?? {});
    expect([name, files.includes("fixture.ts")]).toEqual([name, canBeHad]);
  }
});

test("an unknown dialect is an error that lists the ones there are", async () => {
  await expect(openDatabase("nosuch+driver://user:hunter2@host/db")).rejects.toEqual(
    turnkeepError("database_unknown", '"nosuch"', `: ${opened.join(", ")}.`),
  );
  await expect(openDatabase("nosuch://user:hunter2@host/db")).rejects.not.toThrow("hunter2");
});

test.each(["oracle://u:hunter2@h/d", "oracle+oracledb://u@h/d", "oracle+cx_oracle://u@h/d"])(
  "a database that cannot be had is refused with the reason: %s",
  async (url) => {
    const refused = openDatabase(url);
    await expect(refused).rejects.toEqual(
      turnkeepError(
        "database_unknown",
        '"oracle"',
        "cannot make its table",
        "Name another database",
      ),
    );
    await expect(refused).rejects.not.toThrow("hunter2");
  },
);

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
