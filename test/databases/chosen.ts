import { inject } from "vitest";
import type { DatabaseFixture } from "../../src/sql/database-fixture.ts";
import { allFixtures } from "./fixtures.ts";

/**
 * The database that the tests of a folder run on, which run once on each: the environment variable
 * `TURNKEEP_TEST_DATABASE` names it.
 */
export async function chosenDatabase(): Promise<DatabaseFixture> {
  const name = process.env["TURNKEEP_TEST_DATABASE"] ?? "";
  const fixture = (await allFixtures()).get(name);
  if (fixture === undefined) {
    throw new Error(`TURNKEEP_TEST_DATABASE must name a folder under src/databases, not ${name}.`);
  }
  return fixture;
}

/** Whether there is no server for the tests of {@link chosenDatabase}. */
export function isMissing(): boolean {
  return inject("missingDatabases").includes(process.env["TURNKEEP_TEST_DATABASE"] ?? "");
}
