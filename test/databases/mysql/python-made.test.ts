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
});
