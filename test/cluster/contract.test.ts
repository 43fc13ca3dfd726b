import { afterAll, beforeAll, describe, test } from "vitest";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import { storeContract } from "../../src/testing/store-contract.ts";
import { sqlStoreFixture } from "../databases/sql-store-fixture.ts";
import { GaleraCluster } from "./galera-cluster.ts";
import { openSpreadStore } from "./spread-store.ts";

// What is asked of a store without waiting for the answers keeps its order within that store alone: so
// these go through one node.
const inOrderOfCalls = new Set([
  "disposing finishes the turns that were begun and ended before it",
]);

let cluster: GaleraCluster;
beforeAll(async () => {
  const began = performance.now();
  cluster = await GaleraCluster.start();
  // oxlint-disable-next-line no-console -- the figures of the run
  console.log(`the cluster forms in ${((performance.now() - began) / 1000).toFixed(1)} s`);
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

describe("a store whose operations go through three nodes in turn", () => {
  test.each(storeContract)("$name", async ({ name, run }) => {
    await using database = await cluster.createDatabase();
    const urls = [0, 1, 2].map((node) => database.urlOf(node));
    await run({
      ...sqlStoreFixture(database),
      open: (options) =>
        inOrderOfCalls.has(name)
          ? openSqlStore(database.urlFrom(1), options)
          : openSpreadStore(urls, options),
    });
  });
});
