import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../src/session/memory-store.ts";
import { storeContract } from "../../src/testing/store-contract.ts";
import { checkTurns } from "./check-turns.ts";
import { memoryExemptions, unreachable } from "./exemptions.ts";
import { sketchFixture } from "./sketch-store.ts";
import { storeMutants } from "./store-mutants.ts";

describe("the memory store", () => {
  test.each(storeContract.filter(({ name }) => !memoryExemptions.has(name)))("$name", ({ run }) =>
    run({ ...unreachable, open: async (options) => new MemoryStore(options) }),
  );

  test("does what the model of turns does, whatever is done to it", () =>
    checkTurns(
      (work) => work({ ...unreachable, open: async (options) => new MemoryStore(options) }),
      {
        runs: 200,
      },
    ));

  test("is exempt from cases that there are", () => {
    const names = storeContract.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...memoryExemptions.keys()]));
  });
});

describe("the store contract", () => {
  test("names each case differently", () => {
    const names = storeContract.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(storeContract)("is kept by a sketch: $name", ({ run }) => run(sketchFixture()));

  test("is kept by a sketch, which does what the model of turns does", () =>
    checkTurns((work) => work(sketchFixture()), { runs: 100 }));

  test.each(storeMutants)("catches a store that $fault", async ({ caughtBy, Store }) => {
    const run = storeContract.find(({ name }) => name === caughtBy)?.run;
    await expect(run?.(sketchFixture(Store))).rejects.toThrow();
  });

  test.each([
    "lets two turns run at once",
    "lets a turn run for as long as it waits",
    "loses the idempotency key",
    "revives a lapsed claim by a renewal",
    "shows what is stored in a deleted session",
    "begins a turn in another user's session",
  ])("has a model of turns that catches a store that %s", async (fault) => {
    const mutant = storeMutants.find((each) => each.fault === fault);
    const check = checkTurns((work) => work(sketchFixture(mutant?.Store)), { runs: 1000 });
    await expect(check).rejects.toThrow("\nafter\n");
  });

  test("has a mutant for every case", () => {
    const caught = new Set(storeMutants.map(({ caughtBy }) => caughtBy));
    expect(storeContract.map(({ name }) => name).filter((name) => !caught.has(name))).toEqual([]);
  });
});
