import assert from "node:assert/strict";
import type { StoreContractCase } from "../store-fixture.ts";
import { begin, claim, ending } from "./turn-steps.ts";

/** Which turns of a session are live. */
export const liveTurnCases: readonly StoreContractCase[] = [
  {
    name: "a session's live turns are those that run or wait, by their numbers",
    async run(fixture) {
      await using store = await fixture.open();
      assert.equal(await store.getLiveTurns("session", undefined), undefined);
      for (const requestId of ["c", "b", "a"]) await begin(store, "session", requestId);
      await begin(store, "other", "d");
      assert.deepEqual(await store.getLiveTurns("session", undefined), ["c", "b", "a"]);
      await store.endTurn(ending("b", {}, { state: "stopped" }));
      assert.deepEqual(await store.getLiveTurns("session", undefined), ["c", "a"]);
      await store.endTurn(ending("c"));
      assert.equal(await claim(store, "a"), "running");
      assert.deepEqual(await store.getLiveTurns("session", undefined), ["a"]);
      await store.endTurn(ending("a"));
      assert.deepEqual(await store.getLiveTurns("session", undefined), []);
      assert.deepEqual(await store.getLiveTurns("other", undefined), ["d"]);
    },
  },
  {
    name: "a turn whose claim has lapsed is not among the live ones",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "lapsed", { claimTime: 0 });
      assert.deepEqual(await store.getLiveTurns("session", undefined), []);
      await begin(store, "session", "live");
      assert.deepEqual(await store.getLiveTurns("session", undefined), ["live"]);
    },
  },
  {
    name: "live turns are shown to the session's user alone, and to nobody while it is deleted",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one", { userId: "alice" });
      for (const userId of ["bob", "Alice", undefined]) {
        assert.equal(await store.getLiveTurns("session", userId), undefined);
      }
      assert.deepEqual(await store.getLiveTurns("session", "alice"), ["one"]);
      await store.updateSession("session", "alice", { deleted: true });
      assert.equal(await store.getLiveTurns("session", "alice"), undefined);
      await store.updateSession("session", "alice", { deleted: false });
      assert.deepEqual(await store.getLiveTurns("session", "alice"), ["one"]);
    },
  },
];
