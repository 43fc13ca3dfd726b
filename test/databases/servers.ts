import type { TestProject } from "vitest/node";
import type { TestServer } from "../../src/sql/database-fixture.ts";
import { allFixtures } from "./fixtures.ts";

/**
 * Finds the servers of the databases before the tests, and starts those of its own that are wanting,
 * for the time of the tests. A database of which there is none is left out, with a word of it; where
 * `CI` is set, that fails the tests, for a database that CI can have.
 */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const started: TestServer[] = [];
  const missing: string[] = [];
  for (const [name, { servers }] of await allFixtures()) {
    const problem = await servers?.findProblem();
    if (problem === undefined || servers === undefined) continue;
    try {
      const server = await servers.startServer();
      started.push(server);
      const urls = process.env["TEST_DATABASE_URLS"] ?? "";
      process.env["TEST_DATABASE_URLS"] = `${urls} ${server.url}`.trim();
    } catch (error) {
      if (servers.isRequired && process.env["CI"] !== undefined) throw error;
      process.stderr.write(
        `\nThe tests leave out ${name}: ${problem} ${(error as Error).message}\n`,
      );
      missing.push(name);
    }
  }
  provide("missingDatabases", missing);
  return async () => {
    await Promise.all(started.map((server) => server[Symbol.asyncDispose]()));
  };
}

declare module "vitest" {
  interface ProvidedContext {
    /** The folders of the databases that the tests leave out, since there is no server. */
    readonly missingDatabases: readonly string[];
  }
}
