import { describe, expect, test } from "vitest";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import { contentsOf, recordsOf, turnOf } from "../../src/testing/store-contract/cases.ts";
import { begin, ending } from "../../src/testing/store-contract/turn-steps.ts";
import { databaseFixtures } from "../databases/sql-store-fixture.ts";

const fixtures = await databaseFixtures();
const later = () => "2100-01-01 00:00:00.000000";

describe.each([...fixtures])("the message keys of a session on %s", (_name, fixture) => {
  test.each([
    ["one key", 1],
    ["more keys than one statement takes", 20],
  ])("that another process brings, %s, come before what is stored next", async (_case, count) => {
    await using database = await fixture.createDatabase();
    await using one = await openSqlStore(database.url);
    await using other = await openSqlStore(database.url, { clock: later });
    await one.appendTurn(turnOf("session", { query: "first", answer: "second" }));
    const keys = Array.from({ length: count }, (_, index) => `other ${index}`);
    for (const key of keys) await other.appendTurn(turnOf("session", { [key]: key }));
    await one.appendTurn(turnOf("session", { query: "third" }));
    await begin(one, "session", "turn");
    await one.endTurn(ending("turn", { query: "fourth", plan: "fifth" }));
    const records = await recordsOf(one, "session", ["query", "answer", "plan", ...keys]);
    expect(records.map(({ message }) => message.content)).toEqual([
      "first",
      "second",
      ...keys,
      "third",
      "fourth",
      "fifth",
    ]);
    const listed = await one.getMessages({ sessionId: "session", userId: undefined, limit: 100 });
    expect(listed?.length).toBe(count + 5);
    expect(await contentsOf(other, "session", "plan")).toEqual(["fifth"]);
  });
});
