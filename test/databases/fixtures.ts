import { existsSync } from "node:fs";
import type { DatabaseFixture } from "../../src/sql/database-fixture.ts";
import { databaseNames } from "../../src/sql/find-database.ts";

/** The fixture of each folder under `databases/` that has one, by the folder's name. */
export async function allFixtures(): Promise<ReadonlyMap<string, DatabaseFixture>> {
  const names = (await databaseNames()).filter((name) =>
    existsSync(new URL(`../../src/databases/${name}/fixture.ts`, import.meta.url)),
  );
  return new Map(
    await Promise.all(
      names.map(async (name): Promise<[string, DatabaseFixture]> => {
        const module = (await import(`../../src/databases/${name}/fixture.ts`)) as {
          fixture: DatabaseFixture;
        };
        return [name, module.fixture];
      }),
    ),
  );
}
