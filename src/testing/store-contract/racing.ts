import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import type { SessionStore } from "../../session/session-store.ts";
import type { NewTurn } from "../../session/turn-store.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import { assertOrdered, contentsOf, recordsOf } from "./cases.ts";
import { begin, claim, ending, longClaim, newTurn, refused, statesOf } from "./turn-steps.ts";

/** Turns of many at once, in one store and between two. */
export const racingCases: readonly StoreContractCase[] = [
  {
    name: "100 turns that are begun at once on one session run one at a time, by their numbers",
    async run(fixture) {
      await using store = await fixture.open();
      const ids = Array.from({ length: 100 }, (_, index) => `turn ${index}`);
      const begun = await Promise.all(
        ids.map(async (id) => (await store.beginTurn(newTurn("session", id))).turn),
      );
      const turns = begun.toSorted((one, other) => one.number - other.number);
      assert.deepEqual(
        turns.map(({ number }) => number),
        ids.map((_, index) => index + 1),
      );
      for (const [index, { requestId, state }] of turns.entries()) {
        assert.equal(state, index === 0 ? "running" : "queued");
        const next = turns.slice(index, index + 3).toReversed();
        const states = await Promise.all(next.map((turn) => claim(store, turn.requestId)));
        assert.deepEqual(
          states.toReversed(),
          ["running", "queued", "queued"].slice(0, next.length),
        );
        await store.endTurn(ending(requestId, { query: requestId, answer: index }));
      }
      assert.deepEqual(
        await contentsOf(store, "session", "query"),
        turns.map(({ requestId }) => requestId),
      );
      assertOrdered(await recordsOf(store, "session", ["query", "answer"]));
      assert.ok((await statesOf(store, "session")).every((state) => state === "complete"));
    },
  },
  {
    name: "turns that wait at the same time never run together, and each sees those before it",
    async run(fixture) {
      await using store = await fixture.open();
      await assertTakeTurns([store], 16);
    },
  },
  {
    name: "turns of two stores never run together, and each sees those before it",
    async run(fixture) {
      await using one = await fixture.open();
      await using other = await fixture.open({ clock: () => "2026-11-23 09:00:00.000000" });
      await assertTakeTurns([one, other], 16);
    },
  },
  {
    name: "a turn that is ended many times at once ends once",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      await assertEndsOnce([store]);
    },
  },
  {
    name: "a turn that is ended by two stores at once ends once",
    async run(fixture) {
      await using one = await fixture.open();
      await using other = await fixture.open();
      await begin(one, "session", "one");
      await assertEndsOnce([one, other]);
    },
  },
  {
    name: "what one store knows of turns and sessions another sees at once",
    async run(fixture) {
      await using one = await fixture.open();
      await using other = await fixture.open();
      await begin(one, "session", "first", { replica: "one" });
      const second = await begin(other, "session", "second", { replica: "other" });
      assert.deepEqual([second.state, second.number], ["queued", 2]);
      assert.equal((await other.requestStop("first", undefined))?.stopRequested, true);
      assert.deepEqual(await one.getStopRequests("one"), ["first"]);
      const chunk = { requestId: "first", number: 0, content: "a", fields: {} };
      await one.appendChunks("one", [chunk]);
      assert.deepEqual(await other.getChunks("first", 0), [chunk]);
      const end = ending("first", { query: 1 }, { replica: "one", state: "stopped" });
      await one.endTurn(end);
      assert.deepEqual(await other.getChunks("first", 0), []);
      assert.equal((await other.getTurn("first", undefined))?.state, "stopped");
      const request = { requestId: "second", replica: "other", claimTime: longClaim };
      assert.equal((await other.claimTurn(request)).state, "running");
      assert.deepEqual(await statesOf(one, "session"), ["stopped", "running"]);
      await one.updateSession("session", undefined, { title: "a title", deleted: true });
      assert.equal((await other.getSession("session", undefined))?.title, "a title");
      assert.deepEqual(await contentsOf(other, "session", "query"), []);
      await refused("session_not_found", () => other.beginTurn(newTurn("session", "third")));
    },
  },
  {
    name: "a store that lost its claim to another store stores nothing",
    async run(fixture) {
      await using dead = await fixture.open();
      await using alive = await fixture.open();
      await begin(dead, "session", "lost", { replica: "dead" });
      const chunk = { requestId: "lost", number: 0, content: "a part", fields: {} };
      await dead.appendChunks("dead", [chunk]);
      await dead.renewClaims("dead", 0);
      assert.equal((await begin(alive, "session", "next", { replica: "alive" })).state, "running");
      const end = ending("lost", { query: "lost" }, { replica: "dead" });
      await refused("claim_lost", () => dead.endTurn(end));
      await dead.appendChunks("dead", [{ ...chunk, number: 1 }]);
      await alive.endTurn(ending("next", { query: "next" }, { replica: "alive" }));
      for (const store of [dead, alive]) {
        assert.deepEqual(await contentsOf(store, "session", "query"), ["next"]);
        assert.deepEqual(await store.getChunks("lost", 0), []);
        assert.equal((await store.getTurn("lost", undefined))?.answer?.content, "a part");
      }
    },
  },
  {
    name: "of work that is done at once, what is refused fails alone",
    async run(fixture) {
      await using store = await fixture.open();
      for (let index = 0; index < 12; index += 1) {
        await begin(store, `session ${index}`, `turn ${index}`);
      }
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, index): Promise<unknown>[] => {
          const mine = index % 3 !== 0;
          const replica = mine ? "replica" : "another";
          const requestId = `turn ${index}`;
          const end = ending(requestId, { query: index }, { replica });
          const next = newTurn(`session ${index + 12}`, mine ? `next ${index}` : requestId);
          return [store.endTurn(end), store.beginTurn(next)];
        }).flat(),
      );
      for (const [place, { status }] of outcomes.entries()) {
        const index = Math.floor(place / 2);
        assert.equal(status, index % 3 === 0 ? "rejected" : "fulfilled", `work ${place}`);
      }
      for (let index = 0; index < 12; index += 1) {
        const mine = index % 3 !== 0;
        const state = mine ? "complete" : "running";
        assert.deepEqual(await statesOf(store, `session ${index}`), [state]);
        const contents = await contentsOf(store, `session ${index}`, "query");
        assert.deepEqual(contents, mine ? [index] : []);
        const session = await store.getSession(`session ${index + 12}`, undefined);
        assert.equal(session?.turns, mine ? 1 : undefined);
      }
    },
  },
  {
    name: "of an end that is refused midway nothing is stored, and its turn goes on",
    async run(fixture) {
      await using store = await fixture.open();
      for (const index of [0, 1, 2]) await begin(store, `session ${index}`, `turn ${index}`);
      await fixture.refuseKey("refused");
      const chunk = { requestId: "turn 1", number: 0, content: "a", fields: {} };
      await store.appendChunks("replica", [chunk]);
      const outcomes = await Promise.allSettled(
        [0, 1, 2].map((index) =>
          store.endTurn(
            ending(`turn ${index}`, { query: index, ...(index === 1 ? { refused: 1 } : {}) }),
          ),
        ),
      );
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ["fulfilled", "rejected", "fulfilled"],
      );
      assert.deepEqual(await contentsOf(store, "session 0", "query"), [0]);
      assert.deepEqual(await contentsOf(store, "session 1", "query"), []);
      assert.deepEqual(await contentsOf(store, "session 2", "query"), [2]);
      assert.deepEqual(await statesOf(store, "session 1"), ["running"]);
      assert.deepEqual(await store.getChunks("turn 1", 0), [chunk]);
      await store.endTurn(ending("turn 1", { query: "again" }));
      assert.deepEqual(await contentsOf(store, "session 1", "query"), ["again"]);
    },
  },
];

/**
 * Makes many turns at once on one session: each begins, waits until it runs, reads what those before
 * it stored, and ends.
 */
async function assertTakeTurns(stores: readonly SessionStore[], count: number): Promise<void> {
  let running = 0;
  const made: { readonly number: number; readonly seen: number }[] = [];
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const store = stores[index % stores.length];
      assert.ok(store !== undefined);
      const replica = `replica ${index % stores.length}`;
      const request: NewTurn = newTurn("session", `turn ${index}`, { replica });
      let { turn } = await store.beginTurn(request);
      while (turn.state === "queued") {
        await setTimeout(2);
        turn = await store.claimTurn(request);
      }
      running += 1;
      assert.equal(running, 1, "two turns run at once");
      const seen = (await contentsOf(store, "session", "query")).length;
      await setTimeout(1);
      made.push({ number: turn.number, seen });
      running -= 1;
      const contents = { query: turn.number, answer: turn.number };
      await store.endTurn(ending(turn.requestId, contents, { replica }));
    }),
  );
  const numbers = made.map(({ number }) => number);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  );
  assert.deepEqual(
    made.map(({ seen }) => seen),
    numbers.map((_, index) => index),
  );
  for (const store of stores) {
    assert.deepEqual(await contentsOf(store, "session", "answer"), numbers);
    assertOrdered(await recordsOf(store, "session", ["query", "answer"]));
  }
}

async function assertEndsOnce(stores: readonly SessionStore[]): Promise<void> {
  const states = ["complete", "failed", "stopped", "interrupted"] as const;
  const ends = stores.flatMap((store, place) =>
    [...states, ...states].map((state, index) => ({ store, state, query: `${place} ${index}` })),
  );
  const outcomes = await Promise.allSettled(
    ends.map(({ store, state, query }) => store.endTurn(ending("one", { query }, { state }))),
  );
  const ended = ends.filter((_, index) => outcomes[index]?.status === "fulfilled");
  assert.equal(ended.length, 1);
  for (const { state, query } of ended) {
    const contents = state === "complete" || state === "stopped" ? [query] : [];
    for (const store of stores) {
      assert.deepEqual(await statesOf(store, "session"), [state]);
      assert.deepEqual(await contentsOf(store, "session", "query"), contents);
    }
  }
}
