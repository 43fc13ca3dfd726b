import { describe, expect, test } from "vitest";
import { storeContract } from "../../src/testing/store-contract.ts";
import { checkTurns } from "../session/check-turns.ts";
import { databaseFixtures, sqlStoreFixture } from "./sql-store-fixture.ts";

const fixtures = await databaseFixtures();

test("there are databases", () => {
  expect(fixtures.size).toBeGreaterThan(0);
});

describe.each([...fixtures])("the SQL store on %s", (_name, fixture) => {
  test.each(storeContract)("$name", async ({ run }) => {
    await using database = await fixture.createDatabase();
    await run(sqlStoreFixture(database));
  });

  test("does what the model of turns does, whatever is done to it", { timeout: 240_000 }, () =>
    checkTurns(
      async (work) => {
        await using database = await fixture.createDatabase();
        await work(sqlStoreFixture(database));
      },
      { runs: 20 },
    ),
  );
});
