import { existsSync, readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";
import type { DatabaseFixture } from "./src/sql/database-fixture.ts";

const databases = await findDatabases(new URL("src/databases/", import.meta.url));
// They show what becomes of turns in a running service, on every database.
const onEveryDatabase = ["test/field/**/*.test.ts", "test/faults/**/*.test.ts"];
// They share one browser.
const inBrowser = "test/web/**/*.test.ts";

export default defineConfig({
  resolve: { conditions: ["turnkeep-source"] },
  ssr: { resolve: { conditions: ["turnkeep-source"] } },
  test: {
    testTimeout: 30_000,
    // Most tests wait for servers and clocks more than they calculate.
    maxWorkers: 3,
    hookTimeout: 60_000,
    globalSetup: ["test/databases/servers.ts"],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary", "json-summary"],
    },
    projects: [
      {
        extends: true,
        test: {
          name: "turnkeep",
          include: ["test/**/*.test.ts"],
          exclude: [...onEveryDatabase, inBrowser],
        },
      },
      {
        extends: true,
        test: {
          name: "web",
          include: [inBrowser],
          globalSetup: ["test/web/browser.ts"],
          testTimeout: 120_000,
        },
      },
      ...databases.map((database) => ({
        extends: true as const,
        test: {
          name: database,
          include: onEveryDatabase,
          env: { TURNKEEP_TEST_DATABASE: database },
          setupFiles: ["test/databases/leave-out.ts"],
        },
      })),
    ],
  },
});

/**
 * The databases that tests run on. One whose server cannot be installed freely is among them where
 * `TEST_DATABASE_URLS` names a server; otherwise the tests' set-up says that it is left out.
 */
async function findDatabases(folder: URL): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of readdirSync(folder)) {
    const path = new URL(`${name}/fixture.ts`, folder);
    if (!existsSync(path)) continue;
    const { fixture } = (await import(path.href)) as { readonly fixture: DatabaseFixture };
    const { servers } = fixture;
    const isLeftOut = servers?.isRequired === false && (await servers.findProblem()) !== undefined;
    if (!isLeftOut) found.push(name);
  }
  return found;
}
