import assert from "node:assert/strict";
import { isTurnkeepError } from "../../errors.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import { comparable, contentsOf, recordsOf, turnOf } from "./cases.ts";

/** What outlives a store, and what ends with it. */
export const lifetimeCases: readonly StoreContractCase[] = [
  {
    name: "an open store is well",
    async run(fixture) {
      await using store = await fixture.open();
      await store.check();
      await store.appendTurn(turnOf("session", { query: "a" }));
      await store.check();
    },
  },
  {
    name: "a store that is opened again has every turn as it was",
    async run(fixture) {
      const first = await fixture.open();
      for (const content of ["a", { b: ["海", 1.5] }, null]) {
        await first.appendTurn(turnOf("session", { query: content, answer: content }));
      }
      const before = await recordsOf(first, "session", ["query", "answer"]);
      await first[Symbol.asyncDispose]();
      await using again = await fixture.open();
      const after = await recordsOf(again, "session", ["query", "answer"]);
      assert.deepEqual(after.map(comparable), before.map(comparable));
      await again.appendTurn(turnOf("session", { query: "last" }));
      assert.deepEqual(await contentsOf(again, "session", "query", 1), ["last"]);
    },
  },
  {
    name: "a turn that one store has stored is seen by another at once",
    async run(fixture) {
      await using one = await fixture.open();
      await using other = await fixture.open();
      for (let turn = 0; turn < 5; turn += 1) {
        await one.appendTurn(turnOf("session", { query: turn }));
        assert.deepEqual(await contentsOf(other, "session", "query", 1), [turn]);
      }
    },
  },
  {
    name: "disposing stores what was appended before it",
    async run(fixture) {
      const store = await fixture.open();
      const turns = Array.from({ length: 20 }, (_, turn) =>
        store.appendTurn(turnOf("session", { query: turn })),
      );
      await store[Symbol.asyncDispose]();
      await Promise.all(turns);
      await using again = await fixture.open();
      assert.equal((await contentsOf(again, "session", "query")).length, turns.length);
    },
  },
  {
    name: "after disposing every method fails, and disposing again does nothing",
    async run(fixture) {
      const store = await fixture.open();
      await store.appendTurn(turnOf("session", { query: "a" }));
      await store[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      const isClosed = (error: unknown): boolean =>
        isTurnkeepError(error) && error.code === "database_unavailable";
      await assert.rejects(async () => contentsOf(store, "session", "query"), isClosed);
      await assert.rejects(
        async () => store.appendTurn(turnOf("session", { query: "b" })),
        isClosed,
      );
      await assert.rejects(async () => store.check(), isClosed);
    },
  },
];
