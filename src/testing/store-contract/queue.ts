import assert from "node:assert/strict";
import type { StoreContractCase } from "../store-fixture.ts";
import { contentsOf } from "./cases.ts";
import {
  begin,
  claim,
  comparableTurn,
  ending,
  longClaim,
  newTurn,
  refused,
  statesOf,
} from "./turn-steps.ts";

/** What becomes of a turn whose session is busy. */
export const queueCases: readonly StoreContractCase[] = [
  {
    name: "turns that come while one is live are queued in the order they came",
    async run(fixture) {
      await using store = await fixture.open();
      const states: string[] = [];
      for (const requestId of ["c", "a", "b", "d"]) {
        const { number, state } = await begin(store, "session", requestId);
        states.push(`${requestId} ${number} ${state}`);
      }
      assert.deepEqual(states, ["c 1 running", "a 2 queued", "b 3 queued", "d 4 queued"]);
      assert.deepEqual(await statesOf(store, "session"), ["running", "queued", "queued", "queued"]);
    },
  },
  {
    name: "a queued turn runs once no live turn is before it, and not sooner",
    async run(fixture) {
      await using store = await fixture.open();
      for (const requestId of ["one", "two", "three"]) await begin(store, "session", requestId);
      assert.equal(await claim(store, "three"), "queued");
      assert.equal(await claim(store, "two"), "queued");
      assert.equal(await claim(store, "one"), "running");
      await store.endTurn(ending("one", { query: 1 }));
      assert.equal(await claim(store, "three"), "queued");
      assert.deepEqual(await statesOf(store, "session"), ["complete", "queued", "queued"]);
      assert.equal(await claim(store, "two"), "running");
      assert.equal(await claim(store, "two"), "running");
      assert.equal(await claim(store, "three"), "queued");
      await store.endTurn(ending("two", { query: 2 }));
      assert.equal(await claim(store, "three"), "running");
      await store.endTurn(ending("three", { query: 3 }));
      assert.deepEqual(await contentsOf(store, "session", "query"), [1, 2, 3]);
    },
  },
  {
    name: "claimTurn answers the turn as it then is",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      const queued = await begin(store, "session", "two");
      const request = { requestId: "two", replica: "replica", claimTime: longClaim };
      assert.deepEqual(
        comparableTurn(await store.claimTurn(request)),
        comparableTurn({ ...queued, state: "queued" }),
      );
      await store.requestStop("two", undefined);
      await store.endTurn(ending("one"));
      assert.deepEqual(
        comparableTurn(await store.claimTurn(request)),
        comparableTurn({ ...queued, state: "running", stopRequested: true }),
      );
    },
  },
  {
    name: "a queued turn that ends makes way for the next",
    async run(fixture) {
      await using store = await fixture.open();
      const waiting = ["two", "three", "four"];
      for (const requestId of ["one", ...waiting, "five"]) await begin(store, "session", requestId);
      const states = ["stopped", "failed", "interrupted"] as const;
      for (const [index, state] of states.entries()) {
        const requestId = waiting[index] ?? "";
        const records = await store.endTurn(ending(requestId, { query: requestId }, { state }));
        assert.equal(records.length, state === "stopped" ? 1 : 0);
      }
      assert.equal(await claim(store, "five"), "queued");
      await store.endTurn(ending("one", { query: "one" }));
      assert.equal(await claim(store, "five"), "running");
      assert.deepEqual(await statesOf(store, "session"), ["complete", ...states, "running"]);
      assert.deepEqual(await contentsOf(store, "session", "query"), ["two", "one"]);
    },
  },
  {
    name: "a queued turn cannot be complete",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      await begin(store, "session", "two");
      await refused("claim_lost", () => store.endTurn(ending("two", { query: 2 })));
      assert.deepEqual(await statesOf(store, "session"), ["running", "queued"]);
      assert.deepEqual(await contentsOf(store, "session", "query"), []);
      await store.endTurn(ending("one"));
      await refused("claim_lost", () => store.endTurn(ending("two", { query: 2 })));
      assert.equal(await claim(store, "two"), "running");
    },
  },
  {
    name: "the turns of one session do not wait for those of another",
    async run(fixture) {
      await using store = await fixture.open();
      for (const sessionId of ["one", "two", "three"]) {
        for (const requestId of ["a", "b", "c"].map((name) => `${sessionId} ${name}`)) {
          await begin(store, sessionId, requestId, { queueLimit: 2 });
        }
      }
      for (const sessionId of ["one", "two", "three"]) {
        assert.deepEqual(await statesOf(store, sessionId), ["running", "queued", "queued"]);
      }
      const { state } = await begin(store, "four", "four", { concurrency: "reject" });
      assert.equal(state, "running");
    },
  },
  {
    name: "with reject, a turn begins where none of its session is live, else not at all",
    async run(fixture) {
      await using store = await fixture.open();
      const concurrency = "reject";
      const reject = newTurn("session", "rejected", { concurrency });
      assert.equal((await begin(store, "session", "one", { concurrency })).state, "running");
      await refused("session_busy", () => store.beginTurn(reject));
      await begin(store, "session", "two");
      await store.endTurn(ending("one"));
      // Nothing runs, and one waits.
      await refused("session_busy", () => store.beginTurn(reject));
      assert.equal(await store.getTurn("rejected", undefined), undefined);
      assert.deepEqual(await statesOf(store, "session"), ["complete", "queued"]);
      await claim(store, "two");
      await store.endTurn(ending("two"));
      const { number, state } = await begin(store, "session", "rejected", { concurrency });
      assert.deepEqual([number, state], [3, "running"]);
    },
  },
  {
    name: "as many turns wait as may, and no more",
    async run(fixture) {
      await using store = await fixture.open();
      for (const queueLimit of [0, 1, 3]) {
        const session = `session ${queueLimit}`;
        const ids = Array.from({ length: queueLimit + 1 }, (_, index) => `${session} ${index}`);
        for (const requestId of ids) await begin(store, session, requestId, { queueLimit });
        const late = newTurn(session, `${session} late`, { queueLimit });
        await refused("queue_full", () => store.beginTurn(late));
        await refused("queue_full", () =>
          store.beginTurn({ ...late, concurrency: "supersede" as const }),
        );
        assert.equal(await store.getTurn(late.requestId, undefined), undefined);
        const turns = await store.getTurns({ sessionId: session, userId: undefined, limit: 10 });
        assert.deepEqual(turns?.map(({ requestId }) => requestId).toReversed(), ids);
        assert.ok(turns.every(({ stopRequested }) => !stopRequested));
        for (const requestId of ids) {
          await claim(store, requestId);
          await store.endTurn(ending(requestId));
        }
        assert.equal(
          (await begin(store, session, late.requestId, { queueLimit })).state,
          "running",
        );
      }
    },
  },
  {
    name: "of several reasons to refuse a turn the first is told",
    async run(fixture) {
      await using store = await fixture.open();
      const idempotency = { key: "k".repeat(64), bodyHash: "b".repeat(64) };
      await begin(store, "session", "running", { userId: "alice", idempotency });
      await begin(store, "session", "waiting", { userId: "alice" });
      const other = { ...idempotency, bodyHash: "c".repeat(64) };
      const changes = { userId: "bob", idempotency: other, queueLimit: 0 };
      const turn = newTurn("session", "running", { ...changes, concurrency: "reject" });
      await refused("session_not_found", () => store.beginTurn(turn));
      const own = { ...turn, userId: "alice" };
      await refused("idempotency_conflict", () => store.beginTurn(own));
      const unknown = { ...own, idempotency: undefined };
      await refused("request_id_taken", () => store.beginTurn(unknown));
      const unlike = { ...unknown, requestId: "new" };
      await refused("session_busy", () => store.beginTurn(unlike));
      await refused("queue_full", () => store.beginTurn({ ...unlike, concurrency: "queue" }));
      assert.deepEqual(await statesOf(store, "session", "alice"), ["running", "queued"]);
    },
  },
  {
    name: "a turn that supersedes asks the live turns of its session to stop, and waits for them",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "other", "of another session");
      await begin(store, "session", "ended");
      await store.endTurn(ending("ended"));
      await begin(store, "session", "running");
      await begin(store, "session", "queued");
      const turn = await begin(store, "session", "new", { concurrency: "supersede" });
      assert.deepEqual([turn.state, turn.stopRequested, turn.number], ["queued", false, 4]);
      const asked: string[] = [];
      for (const requestId of ["of another session", "ended", "running", "queued", "new"]) {
        const { stopRequested } = (await store.getTurn(requestId, undefined)) ?? {};
        if (stopRequested === true) asked.push(requestId);
      }
      assert.deepEqual(asked, ["running", "queued"]);
      assert.deepEqual(new Set(await store.getStopRequests("replica")), new Set(asked));
      assert.equal(await claim(store, "new"), "queued");
      for (const requestId of asked)
        await store.endTurn(ending(requestId, {}, { state: "stopped" }));
      assert.equal(await claim(store, "new"), "running");
    },
  },
  {
    name: "a turn that is asked to stop says so, to its replica too",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      await begin(store, "session", "two");
      await begin(store, "other", "three", { replica: "another" });
      assert.deepEqual(await store.getStopRequests("replica"), []);
      for (const requestId of ["two", "two", "three"]) {
        const turn = await store.requestStop(requestId, undefined);
        assert.equal(turn?.requestId, requestId);
        assert.equal(turn.stopRequested, true);
        assert.equal(turn.endedAt, undefined);
      }
      assert.deepEqual(await store.getStopRequests("replica"), ["two"]);
      assert.deepEqual(await store.getStopRequests("another"), ["three"]);
      assert.deepEqual(await store.getStopRequests("third"), []);
      assert.equal((await store.getTurn("one", undefined))?.stopRequested, false);
      assert.deepEqual(await statesOf(store, "session"), ["running", "queued"]);
      await store.endTurn(ending("two", {}, { state: "stopped" }));
      assert.deepEqual(await store.getStopRequests("replica"), []);
      assert.equal((await store.getTurn("two", undefined))?.stopRequested, true);
    },
  },
  {
    name: "a turn that has ended cannot be asked to stop",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      await store.endTurn(ending("one", { answer: "a" }));
      const before = await store.getTurn("one", undefined);
      const turn = await store.requestStop("one", undefined);
      assert.equal(turn?.stopRequested, false);
      assert.equal(turn.state, "complete");
      assert.deepEqual(comparableTurn(turn), comparableTurn(before));
      assert.equal((await store.getTurn("one", undefined))?.stopRequested, false);
      assert.deepEqual(await store.getStopRequests("replica"), []);
    },
  },
];
