import { describe, expect, test } from "vitest";
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { storeContract } from "../../../src/testing/store-contract.ts";
import { contentsOf, recordsOf, turnOf } from "../../../src/testing/store-contract/cases.ts";
import { sqlStoreFixture } from "../sql-store-fixture.ts";
import { createPythonMade, insertConversations } from "./python-made.ts";

const sessionA = "b2c9d058-4475-4258-ad90-4334f3d024d5";

describe("the SQL store on a table that Python made, which folds case and keeps seconds", () => {
  test.each(storeContract)("$name", async ({ run }) => {
    await using database = await createPythonMade();
    await run(sqlStoreFixture(database));
  });

  test("goes on with the conversations that Python held", async () => {
    await using database = await createPythonMade();
    await insertConversations(database);
    await using store = await openSqlStore(database.url);
    const before = await contentsOf(store, sessionA, "query");
    expect(before.length).toBe(3);
    await store.appendTurn(turnOf(sessionA, { query: "四", answer: "A:四" }));
    await store.appendTurn(turnOf(sessionA, { query: "five", answer: "A:five" }));
    expect(await contentsOf(store, sessionA, "query")).toEqual([...before, "四", "five"]);
    const records = await recordsOf(store, sessionA, ["query", "answer"]);
    expect(records.slice(-4).map(({ message }) => message.content)).toEqual([
      "四",
      "A:四",
      "five",
      "A:five",
    ]);
  });
});
