import assert from "node:assert/strict";
import type { StoreContractCase } from "../store-fixture.ts";
import { comparable, contentsOf, recordsOf, turnOf } from "./cases.ts";
import { begin, claim, comparableTurn, ending, newTurn, refused, statesOf } from "./turn-steps.ts";

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
    name: "a store that is opened again has every session and turn as it was, and goes on",
    async run(fixture) {
      const first = await fixture.open();
      await begin(first, "session", "ended", { userId: "alice" });
      const answer = { query: "q", answer: { b: ["海", 1.5] } };
      await first.endTurn(ending("ended", answer));
      await begin(first, "session", "running", { userId: "alice" });
      await begin(first, "session", "waiting", { userId: "alice" });
      const chunk = { requestId: "running", number: 0, content: "a", fields: { b: "海" } };
      await first.appendChunks("replica", [chunk]);
      await first.updateSession("session", "alice", { title: "a title" });
      const query = { sessionId: "session", userId: "alice", limit: 10 };
      const turns = (await first.getTurns(query))?.map(comparableTurn);
      const session = await first.getSession("session", "alice");
      await first[Symbol.asyncDispose]();
      await using again = await fixture.open();
      assert.deepEqual((await again.getTurns(query))?.map(comparableTurn), turns);
      assert.deepEqual(await again.getSession("session", "alice"), session);
      assert.deepEqual(await again.getChunks("running", 0), [chunk]);
      await again.endTurn(ending("running", { query: "r" }));
      assert.equal(await claim(again, "waiting"), "running");
      assert.deepEqual(await statesOf(again, "session", "alice"), [
        "complete",
        "complete",
        "running",
      ]);
    },
  },
  {
    name: "disposing finishes the turns that were begun and ended before it",
    async run(fixture) {
      const store = await fixture.open();
      const ids = Array.from({ length: 10 }, (_, index) => `turn ${index}`);
      for (const id of ids) await begin(store, id, id);
      const work = ids.flatMap((id): Promise<unknown>[] => [
        store.endTurn(ending(id, { query: id })),
        store.beginTurn(newTurn(id, `${id} next`)),
      ]);
      await store[Symbol.asyncDispose]();
      await Promise.all(work);
      await using again = await fixture.open();
      for (const id of ids) {
        assert.deepEqual(await contentsOf(again, id, "query"), [id]);
        assert.deepEqual(await statesOf(again, id), ["complete", "running"]);
      }
    },
  },
  {
    name: "after disposing every method fails, and disposing again does nothing",
    async run(fixture) {
      const store = await fixture.open();
      await begin(store, "session", "one");
      await store[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      const id = "session";
      const query = { sessionId: id, userId: undefined, limit: 1 };
      const methods: readonly (() => Promise<unknown>)[] = [
        () => contentsOf(store, "session", "query"),
        () => store.appendTurn(turnOf("session", { query: "b" })),
        () => store.check(),
        () => store.beginTurn(newTurn("session", "two")),
        () => store.claimTurn({ requestId: "one", replica: "replica", claimTime: 1 }),
        () => store.endTurn(ending("one")),
        () => store.renewClaims("replica", 1),
        () => store.getStopRequests("replica"),
        () => store.interruptLapsed(),
        () => store.appendChunks("replica", []),
        () => store.getChunks("one", 0),
        () => store.requestStop("one", undefined),
        () => store.selectTurn("one", undefined),
        () => store.setFeedback("one", undefined, undefined),
        () => store.getTurn("one", undefined),
        () => store.getTurns(query),
        () => store.getLiveTurns(id, undefined),
        () => store.keepSetting("name", "value"),
        () => store.forgetIdempotencyKeys(0),
        () => store.listSessions(query),
        () => store.getSession(id, undefined),
        () => store.updateSession(id, undefined, {}),
        () => store.getMessages(query),
      ];
      for (const method of methods) await refused("database_unavailable", method);
    },
  },
];
