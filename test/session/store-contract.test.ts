import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../src/session/memory-store.ts";
import { storeContract } from "../../src/testing/store-contract.ts";
import type { StoreFixture } from "../../src/testing/store-fixture.ts";
import { sketchFixture } from "./sketch-store.ts";
import { storeMutants } from "./store-mutants.ts";

const oneProcess = "a memory store is one object: no other sees its sessions, and none outlives it";
const noOutside = "nothing but the store itself can reach its records";

// Which cases a memory store is exempt from, and why.
const exemptions = new Map([
  ["records that are marked as deleted do not count", noOutside],
  ["records that are marked as deleted keep their place in the order", noOutside],
  ["of a turn that is refused midway nothing is stored, and its neighbours are", noOutside],
  ["stores whose clocks are an hour apart keep one order", oneProcess],
  [
    "two stores that write one session at the same time lose nothing and keep one order",
    oneProcess,
  ],
  ["a store that is opened again has every turn as it was", oneProcess],
  ["a turn that one store has stored is seen by another at once", oneProcess],
  ["disposing stores what was appended before it", oneProcess],
]);

const memoryFixture: StoreFixture = {
  open: async (options) => new MemoryStore(options),
  markDeleted: () => Promise.reject(new Error(noOutside)),
  refuseKey: () => Promise.reject(new Error(noOutside)),
};

describe("the memory store", () => {
  test.each(storeContract.filter(({ name }) => !exemptions.has(name)))("$name", ({ run }) =>
    run(memoryFixture),
  );

  test("is exempt from cases that there are", () => {
    const names = storeContract.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...exemptions.keys()]));
  });
});

describe("the store contract", () => {
  test("names each case differently", () => {
    const names = storeContract.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(storeContract)("is kept by a sketch: $name", ({ run }) => run(sketchFixture()));

  test.each(storeMutants)("catches a store that $fault", async ({ caughtBy, Store }) => {
    const caught: string[] = [];
    for (const { name, run } of storeContract) {
      await run(sketchFixture(Store)).catch(() => caught.push(name));
    }
    expect(caught).toContain(caughtBy);
  });

  test("has a mutant for every case", () => {
    const caught = new Set(storeMutants.map(({ caughtBy }) => caughtBy));
    expect(storeContract.map(({ name }) => name).filter((name) => !caught.has(name))).toEqual([]);
  });
});
