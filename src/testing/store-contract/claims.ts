import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import type { StoreContractCase } from "../store-fixture.ts";
import { contentsOf, HandSetClock } from "./cases.ts";
import {
  begin,
  claim,
  ending,
  eventually,
  longClaim,
  newTurn,
  refused,
  statesOf,
} from "./turn-steps.ts";

/** Which replica holds a turn, and how it loses it. */
export const claimCases: readonly StoreContractCase[] = [
  {
    name: "a replica holds its own turns alone",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      await begin(store, "session", "two");
      const replica = "another";
      for (const requestId of ["one", "two"]) {
        const claimTime = longClaim;
        await refused("claim_lost", () => store.claimTurn({ requestId, replica, claimTime }));
        for (const state of ["complete", "stopped", "failed", "interrupted"] as const) {
          const end = ending(requestId, { query: "q" }, { replica, state });
          await refused("claim_lost", () => store.endTurn(end));
        }
        await store.appendChunks(replica, [{ requestId, number: 0, content: "a", fields: {} }]);
        assert.deepEqual(await store.getChunks(requestId, 0), []);
      }
      assert.deepEqual(await statesOf(store, "session"), ["running", "queued"]);
      assert.deepEqual(await contentsOf(store, "session", "query"), []);
      const none = { held: [], stopRequested: [] };
      assert.deepEqual(await store.renewClaims(replica, longClaim), none);
    },
  },
  {
    name: "a replica's renewal answers the live turns that it holds, and which are asked to stop",
    async run(fixture) {
      await using store = await fixture.open();
      for (const requestId of ["ended", "running", "queued", "asked"]) {
        await begin(store, "session", requestId);
      }
      await store.endTurn(ending("ended"));
      await claim(store, "running");
      await begin(store, "other", "lapsed", { claimTime: 0 });
      await begin(store, "third", "elsewhere");
      await begin(store, "third", "of another", { replica: "another" });
      await store.requestStop("asked", undefined);
      await store.requestStop("elsewhere", undefined);
      await store.requestStop("of another", undefined);
      const { held, stopRequested } = await store.renewClaims("replica", longClaim);
      assert.deepEqual(held.toSorted(), ["asked", "elsewhere", "queued", "running"]);
      assert.deepEqual(stopRequested.toSorted(), ["asked", "elsewhere"]);
      assert.equal(await store.interruptLapsed(), 1);
      const others = await store.renewClaims("another", 0);
      assert.deepEqual(others, { held: ["of another"], stopRequested: ["of another"] });
    },
  },
  {
    name: "a claim that lapses by itself does so in its time, and a longer one does not",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "one", "short", { claimTime: 50 });
      await begin(store, "two", "long");
      await eventually("a claim of 50 ms lapses", async () => (await store.interruptLapsed()) > 0);
      assert.deepEqual(await statesOf(store, "one"), ["interrupted"]);
      assert.deepEqual(await statesOf(store, "two"), ["running"]);
      assert.equal(await store.interruptLapsed(), 0);
    },
  },
  {
    name: "a claim holds for as long as it is renewed, and the renewal counts from now",
    async run(fixture) {
      await using store = await fixture.open();
      // Where the machine is so slow that the claim lapses before the renewal, a longer one is tried.
      for (let claimTime = 100; ; claimTime *= 2) {
        const requestId = `with ${claimTime} ms`;
        await begin(store, "session", requestId, { claimTime });
        const { held } = await store.renewClaims("replica", longClaim);
        if (held.length > 0) {
          await setTimeout(claimTime + 50);
          assert.equal(await store.interruptLapsed(), 0);
          assert.equal(await claim(store, requestId), "running");
          return;
        }
        await store.interruptLapsed();
      }
    },
  },
  {
    name: "a renewal and a claim set a claim anew, also to a shorter time",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      await begin(store, "session", "two");
      const request = { requestId: "two", replica: "replica", claimTime: 0 };
      assert.equal((await store.claimTurn(request)).state, "queued");
      assert.deepEqual((await store.renewClaims("replica", longClaim)).held, ["one"]);
      assert.equal(await store.interruptLapsed(), 1);
      assert.deepEqual(await statesOf(store, "session"), ["running", "interrupted"]);
      await store.renewClaims("replica", 0);
      assert.equal(await store.interruptLapsed(), 1);
      assert.deepEqual(await statesOf(store, "session"), ["interrupted", "interrupted"]);
    },
  },
  {
    name: "claims do not lapse by the clock that records get their times from",
    async run(fixture) {
      const clock = new HandSetClock("2026-11-23 10:00:00.000000");
      await using store = await fixture.open({ clock: clock.now });
      await begin(store, "session", "one");
      clock.time = "2027-11-23 10:00:00.000000";
      assert.equal(await store.interruptLapsed(), 0);
      assert.equal((await begin(store, "session", "two")).state, "queued");
      clock.time = "2025-11-23 10:00:00.000000";
      await begin(store, "other", "lapsed", { claimTime: 0 });
      assert.equal(await store.interruptLapsed(), 1);
    },
  },
  {
    name: "a claim that has lapsed never holds again, found or not",
    async run(fixture) {
      await using store = await fixture.open();
      for (const found of [false, true]) {
        const session = `session ${String(found)}`;
        const running = `running ${String(found)}`;
        const queued = `queued ${String(found)}`;
        await begin(store, session, running);
        await begin(store, session, queued);
        await store.renewClaims("replica", 0);
        if (found) assert.equal(await store.interruptLapsed(), 2);
        for (const requestId of [running, queued]) {
          const none = { held: [], stopRequested: [] };
          assert.deepEqual(await store.renewClaims("replica", longClaim), none);
          await refused("claim_lost", () => claim(store, requestId));
          for (const state of ["complete", "stopped", "failed", "interrupted"] as const) {
            const end = ending(requestId, { query: "q", answer: "a" }, { state });
            await refused("claim_lost", () => store.endTurn(end));
          }
          const chunk = { requestId, number: 0, content: "a", fields: {} };
          await store.appendChunks("replica", [chunk]);
          assert.deepEqual(await store.getChunks(requestId, 0), []);
        }
        if (!found) assert.equal(await store.interruptLapsed(), 2);
        assert.deepEqual(await statesOf(store, session), ["interrupted", "interrupted"]);
        assert.deepEqual(await contentsOf(store, session, "query"), []);
      }
    },
  },
  {
    name: "a replica that comes after another's claim lapsed runs, and the other cannot end its turn",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "lost", { replica: "dead", claimTime: 0 });
      const next = await begin(store, "session", "next");
      assert.equal(next.state, "running");
      assert.deepEqual(await statesOf(store, "session"), ["interrupted", "running"]);
      const end = ending("lost", { query: "lost" }, { replica: "dead" });
      await refused("claim_lost", () => store.endTurn(end));
      await store.endTurn(ending("next", { query: "next" }));
      await refused("claim_lost", () => store.endTurn(end));
      assert.deepEqual(await contentsOf(store, "session", "query"), ["next"]);
      assert.deepEqual(await statesOf(store, "session"), ["interrupted", "complete"]);
    },
  },
  {
    name: "a turn that waits runs once the claims before it have lapsed",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one", { replica: "dead" });
      await begin(store, "session", "two", { replica: "dead" });
      await begin(store, "session", "three");
      await begin(store, "session", "four");
      assert.equal(await claim(store, "three"), "queued");
      await store.renewClaims("dead", 0);
      assert.equal(await claim(store, "four"), "queued");
      assert.deepEqual(await statesOf(store, "session"), [
        "interrupted",
        "interrupted",
        "queued",
        "queued",
      ]);
      assert.equal(await claim(store, "three"), "running");
    },
  },
  {
    name: "a turn whose claim has lapsed keeps its state until it is interrupted",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      await begin(store, "session", "two");
      await store.renewClaims("replica", 0);
      const before = await statesOf(store, "session");
      assert.deepEqual(before, ["running", "queued"]);
      assert.equal((await store.getTurn("one", undefined))?.endedAt, undefined);
      // A turn of another session does not find them.
      await begin(store, "other", "three");
      assert.deepEqual(await statesOf(store, "session"), before);
      assert.equal(await store.interruptLapsed(), 2);
      for (const requestId of ["one", "two"]) {
        const turn = await store.getTurn(requestId, undefined);
        assert.equal(turn?.state, "interrupted");
        assert.equal(turn.error, undefined);
        assert.notEqual(turn.endedAt, undefined);
      }
      assert.deepEqual(await statesOf(store, "other"), ["running"]);
    },
  },
  {
    name: "a turn whose claim has lapsed is not live",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      for (const requestId of ["two", "three"]) {
        await begin(store, "session", requestId, { replica: "dead" });
      }
      await store.renewClaims("dead", 0);
      const turn = await store.requestStop("two", undefined);
      assert.deepEqual([turn?.state, turn?.stopRequested], ["queued", false]);
      assert.deepEqual(await store.getStopRequests("dead"), []);
      // They do not count among those that wait.
      assert.equal((await begin(store, "session", "four", { queueLimit: 1 })).state, "queued");
      assert.deepEqual(await statesOf(store, "session"), [
        "running",
        "interrupted",
        "interrupted",
        "queued",
      ]);
      await store.renewClaims("replica", 0);
      const concurrency = "reject";
      assert.equal((await begin(store, "session", "five", { concurrency })).state, "running");
      assert.equal((await store.getTurn("one", undefined))?.state, "interrupted");
    },
  },
  {
    name: "a turn that is refused interrupts nothing and asks nothing to stop",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "lapsed", { replica: "dead" });
      await begin(store, "session", "live");
      await store.renewClaims("dead", 0);
      const before = ["running", "queued"];
      const refusals = [
        ["session_not_found", { userId: "stranger" }],
        ["request_id_taken", { requestId: "live" }],
        ["session_busy", { concurrency: "reject" }],
        ["queue_full", { queueLimit: 1 }],
        ["queue_full", { queueLimit: 1, concurrency: "supersede" }],
      ] as const;
      for (const [code, changes] of refusals) {
        await refused(code, () => store.beginTurn(newTurn("session", "new", changes)));
        assert.deepEqual(await statesOf(store, "session"), before);
        assert.deepEqual(await store.getStopRequests("replica"), []);
      }
      await refused("claim_lost", () => claim(store, "lapsed"));
      assert.deepEqual(await statesOf(store, "session"), before);
    },
  },
];
