import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import { begin, ending } from "../../src/testing/store-contract/turn-steps.ts";
import { conflictCases } from "./conflict-cases.ts";
import { GaleraCluster } from "./galera-cluster.ts";
import { holdTransaction } from "./held-transaction.ts";

/** How often two operations are done at once. */
const rounds = 200;

let cluster: GaleraCluster;
beforeAll(async () => {
  cluster = await GaleraCluster.start();
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

test("no chunk outlives its turn that is kept while the turn ends through another node", async () => {
  await using database = await cluster.createDatabase();
  await using one = await openSqlStore(database.urlOf(0));
  await using two = await openSqlStore(database.urlOf(1));
  const left: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const requestId = `turn ${round}`;
    await begin(one, "session", requestId);
    await Promise.all([
      one.appendChunks("replica", [{ requestId, number: 0, content: "a piece", fields: {} }]),
      two.endTurn(ending(requestId)),
    ]);
    if ((await one.getChunks(requestId, 0)).length > 0) left.push(requestId);
  }
  expect(left).toEqual([]);
});

describe("of two transactions through two nodes, the one that is committed last is refused", () => {
  test.each(conflictCases)("$name", async ({ prepare, held, other }) => {
    await using database = await cluster.createDatabase();
    await using one = await openSqlStore(database.urlOf(0));
    await using two = await openSqlStore(database.urlOf(1));
    await prepare(one);
    await using transaction = await holdTransaction(database.urlOf(0), held);
    await other(two);
    expect(await transaction.commit()).toBe(false);
    for (const store of [one, two]) expect(await store.getChunks("turn", 1)).toEqual([]);
  });
});
