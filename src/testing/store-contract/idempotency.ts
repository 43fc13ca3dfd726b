import assert from "node:assert/strict";
import type { SessionStore } from "../../session/session-store.ts";
import type { NewTurn } from "../../session/turn-store.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import {
  begin,
  claim,
  comparableTurn,
  ending,
  eventually,
  newTurn,
  refused,
  statesOf,
} from "./turn-steps.ts";

const bodyHash = "b".repeat(64);

/** Requests that are sent again. */
export const idempotencyCases: readonly StoreContractCase[] = [
  {
    name: "a known idempotency key answers its turn as it is, and nothing is written",
    async run(fixture) {
      await using store = await fixture.open();
      for (const state of ["complete", "stopped", "failed", "interrupted"] as const) {
        const first = keyed(state, state, state);
        await begin(store, state, state, first);
        await assertKnown(store, state, { ...first, requestId: "again" });
        const queued = `${state} queued`;
        await begin(store, state, queued, keyed(queued, state, queued));
        await assertKnown(store, queued, keyed(queued, state, "again"));
        await store.endTurn(ending(state, { answer: "a" }, { state }));
        await assertKnown(store, state, { ...first, requestId: "again" });
        assert.deepEqual(await statesOf(store, state), [state, "queued"]);
        assert.equal((await store.getSession(state, undefined))?.turns, 2);
      }
      assert.equal(await store.getTurn("again", undefined), undefined);
    },
  },
  {
    name: "with a known idempotency key the rest of the request does not count",
    async run(fixture) {
      await using store = await fixture.open();
      const first = keyed("key", "session", "one");
      await begin(store, "session", "one", first);
      // As it is sent again: with the same request id, to a session that is busy.
      await assertKnown(store, "one", { ...first, concurrency: "reject" });
      await assertKnown(store, "one", { ...first, queueLimit: 0 });
      await assertKnown(store, "one", { ...first, concurrency: "supersede" });
      assert.deepEqual(await store.getStopRequests("replica"), []);
      // As one without a session: each gets a new one.
      await assertKnown(store, "one", { ...first, sessionId: "other", requestId: "two" });
      await assertKnown(store, "one", { ...first, replica: "another", claimTime: 0 });
      assert.deepEqual((await store.renewClaims("replica", 1000)).held, ["one"]);
      assert.equal(await store.getSession("other", undefined), undefined);
      assert.deepEqual(await statesOf(store, "session"), ["running"]);
    },
  },
  {
    name: "with a known idempotency key nothing is interrupted",
    async run(fixture) {
      await using store = await fixture.open();
      const first = keyed("key", "session", "one");
      await begin(store, "session", "one", { ...first, claimTime: 0 });
      await assertKnown(store, "one", { ...first, requestId: "again" });
      assert.deepEqual(await statesOf(store, "session"), ["running"]);
      await store.interruptLapsed();
      await assertKnown(store, "one", { ...first, requestId: "again" });
      assert.deepEqual(await statesOf(store, "session"), ["interrupted"]);
    },
  },
  {
    name: "a known idempotency key with another body is refused",
    async run(fixture) {
      await using store = await fixture.open();
      const first = keyed("key", "session", "one");
      await begin(store, "session", "one", first);
      for (const hash of ["c".repeat(64), `${"b".repeat(63)}c`, `c${"b".repeat(63)}`]) {
        const other = { ...keyed("key", "session", "two", hash) };
        await refused("idempotency_conflict", () => store.beginTurn(other));
        await refused("idempotency_conflict", () =>
          store.beginTurn({ ...other, requestId: "one", concurrency: "reject" }),
        );
      }
      assert.equal(await store.getTurn("two", undefined), undefined);
      assert.deepEqual(await statesOf(store, "session"), ["running"]);
      await assertKnown(store, "one", first);
    },
  },
  {
    name: "turns with other keys, or with none, are turns of their own",
    async run(fixture) {
      await using store = await fixture.open();
      for (const [index, idempotency] of [
        undefined,
        undefined,
        { key: "k".repeat(64), bodyHash },
        { key: `${"k".repeat(63)}l`, bodyHash },
        { key: `l${"k".repeat(63)}`, bodyHash },
      ].entries()) {
        const turn = await begin(store, "session", `turn ${index}`, { idempotency });
        assert.equal(turn.number, index + 1);
        assert.equal(turn.bodyHash, idempotency?.bodyHash);
      }
    },
  },
  {
    name: "a known key of a session that the user has not, or has deleted, shows nothing",
    async run(fixture) {
      await using store = await fixture.open();
      const first = { ...keyed("key", "session", "one"), userId: "alice" };
      await begin(store, "session", "one", first);
      for (const userId of ["bob", undefined]) {
        await refused("session_not_found", () => store.beginTurn({ ...first, userId }));
        const other = { ...keyed("key", "other", "two", "c".repeat(64)), userId };
        await refused("session_not_found", () => store.beginTurn(other));
      }
      await store.updateSession("session", "alice", { deleted: true });
      await refused("session_not_found", () => store.beginTurn(first));
      await refused("session_not_found", () =>
        store.beginTurn({ ...first, sessionId: "other", requestId: "two" }),
      );
      await store.updateSession("session", "alice", { deleted: false });
      await assertKnown(store, "one", first);
    },
  },
  {
    name: "a refused turn leaves its idempotency key unused",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      const second = { ...keyed("key", "session", "two"), concurrency: "reject" as const };
      await refused("session_busy", () => store.beginTurn(second));
      await refused("session_not_found", () => store.beginTurn({ ...second, userId: "bob" }));
      await store.endTurn(ending("one"));
      const { isNew } = await store.beginTurn(second);
      assert.equal(isNew, true);
      await assertKnown(store, "two", second);
    },
  },
  {
    name: "50 turns that are begun at once with one idempotency key are one",
    async run(fixture) {
      await using store = await fixture.open();
      await assertOne([store]);
    },
  },
  {
    name: "turns that two stores begin at once with one idempotency key are one",
    async run(fixture) {
      await using one = await fixture.open();
      await using other = await fixture.open();
      await assertOne([one, other]);
    },
  },
  {
    name: "an idempotency key is forgotten when its turn ended long enough ago, and can be used anew",
    async run(fixture) {
      await using store = await fixture.open();
      const ended = keyed("ended", "session", "ended");
      const live = keyed("live", "session", "live");
      await begin(store, "session", "without a key");
      await begin(store, "session", "ended", ended);
      await begin(store, "session", "live", live);
      await store.endTurn(ending("without a key"));
      await claim(store, "ended");
      await store.endTurn(ending("ended"));
      assert.equal(await store.forgetIdempotencyKeys(3_600_000), 0);
      await assertKnown(store, "ended", ended);
      await eventually("a key is forgotten", async () => {
        const count = await store.forgetIdempotencyKeys(0);
        assert.ok(count <= 1, `${count} keys are forgotten`);
        return count === 1;
      });
      assert.equal(await store.forgetIdempotencyKeys(0), 0);
      await assertKnown(store, "live", live);
      const anew = await begin(store, "session", "anew", { ...ended, requestId: "anew" });
      assert.equal(anew.number, 4);
      await assertKnown(store, "anew", { ...ended, requestId: "again" });
      assert.equal((await store.getTurn("ended", undefined))?.state, "complete");
    },
  },
  {
    name: "at most a thousand idempotency keys are forgotten at a time",
    async run(fixture) {
      await using store = await fixture.open();
      await Promise.all(
        Array.from({ length: 1003 }, async (_, index) => {
          const turn = keyed(String(index), `session ${index}`, `turn ${index}`);
          await store.beginTurn(turn);
          await store.endTurn(ending(turn.requestId, {}, { state: "failed" }));
        }),
      );
      const counts: number[] = [];
      await eventually("all keys are forgotten", async () => {
        const count = await store.forgetIdempotencyKeys(0);
        assert.ok(count <= 1000, `${count} keys are forgotten at once`);
        counts.push(count);
        return counts.reduce((sum, each) => sum + each) >= 1003;
      });
      assert.equal(
        counts.reduce((sum, each) => sum + each),
        1003,
      );
    },
  },
];

/** A request with an idempotency key. */
function keyed(key: string, sessionId: string, requestId: string, hash = bodyHash): NewTurn {
  const idempotency = { key: key.padEnd(64, "."), bodyHash: hash };
  return newTurn(sessionId, requestId, { idempotency });
}

async function assertKnown(store: SessionStore, requestId: string, request: NewTurn) {
  const { turn, isNew } = await store.beginTurn(request);
  assert.equal(isNew, false);
  assert.equal(turn.requestId, requestId);
  const read = await store.getTurn(requestId, request.userId);
  assert.deepEqual(comparableTurn(turn), comparableTurn(read));
}

async function assertOne(stores: readonly SessionStore[]): Promise<void> {
  const requests = Array.from({ length: 50 / stores.length }, (_, index) => index);
  const begun = await Promise.all(
    stores.flatMap((store, place) =>
      requests.map((index) =>
        store.beginTurn(keyed("key", `session ${place} ${index}`, `turn ${place} ${index}`)),
      ),
    ),
  );
  const made = begun.filter(({ isNew }) => isNew);
  assert.equal(made.length, 1);
  const ids = new Set(begun.map(({ turn }) => turn.requestId));
  assert.deepEqual([...ids], [made[0]?.turn.requestId]);
  for (const store of stores) {
    const sessions = await store.listSessions({ userId: undefined, limit: 100 });
    assert.deepEqual(
      sessions.map(({ sessionId, turns }) => [sessionId, turns]),
      [[made[0]?.turn.sessionId, 1]],
    );
  }
}
