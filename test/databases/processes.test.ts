import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import { assertOrdered, contentsOf, recordsOf } from "../../src/testing/store-contract/cases.ts";
import { startChild } from "./child-process.ts";
import { databaseFixtures } from "./sql-store-fixture.ts";

const fixtures = await databaseFixtures();
const rounds = 10;

describe.each([...fixtures])("processes on %s", (_name, fixture) => {
  test.each(Array.from({ length: rounds }, (_, round) => round + 1))(
    "three that start at once on an empty database all come up, time %i",
    async () => {
      await using database = await fixture.createDatabase();
      const names = ["one", "two", "three"];
      const children = names.map((name) => startChild("open-and-append.ts", [database.url, name]));
      try {
        await Promise.all(children.map((child) => child.nextLine()));
        for (const child of children) child.process.stdin.write("now\n");
        const ends = await Promise.all(children.map(({ ended }) => ended));
        expect(ends).toEqual(names.map(() => ({ code: 0, errors: "" })));
      } finally {
        await Promise.all(children.map((child) => child[Symbol.asyncDispose]()));
      }
      for (const [index, { lines }] of children.entries()) {
        expect(JSON.parse(lines.at(-1) ?? "")).toContain(names[index]);
      }
      await using store = await openSqlStore(database.url);
      const records = await recordsOf(store, "session", ["query", "answer"]);
      assertOrdered(records);
      expect(records.map(({ message }) => message.content).toSorted(compare)).toEqual(
        names.flatMap((name) => [name, name]).toSorted(compare),
      );
    },
  );

  // Each database is killed ten times over.
  test.concurrent.each([1, 2, 3])(
    "a killed process loses no turn that it acknowledged and leaves no torn one, database %i",
    { timeout: 120_000 },
    async (number) => {
      await using database = await fixture.createDatabase();
      const acknowledged: string[] = [];
      for (let kill = 0; kill < 10; kill += 1) {
        await using child = startChild("append-turns.ts", [database.url, `${number}.${kill}`]);
        await child.nextLine();
        await setTimeout(Math.random() * 150);
        child.process.kill("SIGKILL");
        await child.ended;
        acknowledged.push(...child.lines);

        await using store = await openSqlStore(database.url);
        await store.check();
        const queries = await contentsOf(store, "session", "query");
        const stored = new Set(queries);
        expect(acknowledged.filter((name) => !stored.has(name))).toEqual([]);
        expect(await contentsOf(store, "session", "answer")).toEqual(queries);
        const drafts = await contentsOf(store, "session", "draft");
        expect(drafts.map((draft) => String(draft).replace(/ 海.*$/, ""))).toEqual(queries);
        expect(drafts.every((draft) => String(draft).endsWith("海😀"))).toBe(true);
      }
      expect(acknowledged.length).toBeGreaterThan(50);
    },
  );
});

function compare(one: unknown, other: unknown): number {
  return String(one) < String(other) ? -1 : 1;
}
