import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../src/session/memory-store.ts";
import { storeContract } from "../../src/testing/store-contract.ts";
import { memoryExemptions, unreachable } from "./exemptions.ts";
import { sketchFixture } from "./sketch-store.ts";
import { storeMutants } from "./store-mutants.ts";

describe("the memory store", () => {
  test.each(storeContract.filter(({ name }) => !memoryExemptions.has(name)))("$name", ({ run }) =>
    run({ ...unreachable, open: async (options) => new MemoryStore(options) }),
  );

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
