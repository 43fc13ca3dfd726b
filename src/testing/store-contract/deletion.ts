import assert from "node:assert/strict";
import type { SessionStore } from "../../session/session-store.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import { comparable, contentsOf, turnOf } from "./cases.ts";
import { begin, claim, comparableTurn, ending, newTurn, refused, statesOf } from "./turn-steps.ts";

const query = { sessionId: "session", userId: undefined, limit: 100 };

/** Sessions that are deleted, and restored. */
export const deletionCases: readonly StoreContractCase[] = [
  {
    name: "a deleted session is hidden from every reader, and listed as deleted",
    async run(fixture) {
      await using store = await fixture.open();
      await fill(store, "session");
      await fill(store, "other");
      const before = await store.getSession("session", undefined);
      const deleted = await store.updateSession("session", undefined, { deleted: true });
      assert.deepEqual(deleted, { ...before, deleted: true });
      assert.deepEqual(await store.getSession("session", undefined), deleted);
      await assertHidden(store);
      const list = { userId: undefined, limit: 10 };
      const ids = (await store.listSessions(list)).map(({ sessionId }) => sessionId);
      assert.deepEqual(ids, ["other"]);
      assert.deepEqual(await store.listSessions({ ...list, deleted: true }), [deleted]);
      assert.deepEqual(await contentsOf(store, "other", "query"), [0, 1, 2]);
      assert.equal((await store.getMessages({ ...query, sessionId: "other" }))?.length, 6);
    },
  },
  {
    name: "a restored session is as it was",
    async run(fixture) {
      await using store = await fixture.open();
      await fill(store, "session");
      const before = await snapshotOf(store);
      for (let round = 0; round < 2; round += 1) {
        // Twice, as a request that is sent again would.
        for (const deleted of [true, true, false, false]) {
          const session = await store.updateSession("session", undefined, { deleted });
          assert.equal(session?.deleted, deleted);
        }
        assert.deepEqual(await snapshotOf(store), before);
      }
      await begin(store, "session", "next");
      await store.endTurn(ending("next", { query: "next" }));
      assert.deepEqual(await contentsOf(store, "session", "query"), [0, 1, 2, "next"]);
    },
  },
  {
    name: "a session can be deleted and restored with a title",
    async run(fixture) {
      await using store = await fixture.open();
      await fill(store, "session");
      for (const deleted of [true, false]) {
        const title = `deleted: ${String(deleted)}`;
        const session = await store.updateSession("session", undefined, { title, deleted });
        assert.deepEqual([session?.title, session?.deleted], [title, deleted]);
        const renamed = await store.updateSession("session", undefined, { title: "new" });
        assert.deepEqual([renamed?.title, renamed?.deleted], ["new", deleted]);
      }
    },
  },
  {
    name: "restoring a session leaves those records deleted that were so before",
    async run(fixture) {
      await using store = await fixture.open();
      await fill(store, "session");
      const [, gone] = (await store.getMessages({ ...query, messageKey: "query" })) ?? [];
      await fixture.markDeleted(gone?.id ?? "");
      assert.deepEqual(await contentsOf(store, "session", "query"), [0, 2]);
      await store.updateSession("session", undefined, { deleted: false });
      assert.deepEqual(await contentsOf(store, "session", "query"), [0, 2]);
      for (let round = 0; round < 2; round += 1) {
        await store.updateSession("session", undefined, { deleted: true });
        await assertHidden(store);
        await store.updateSession("session", undefined, { deleted: false });
        assert.deepEqual(await contentsOf(store, "session", "query"), [0, 2]);
        assert.deepEqual(await contentsOf(store, "session", "answer"), [0, 1, 2]);
        assert.equal((await store.getMessages(query))?.length, 5);
      }
    },
  },
  {
    name: "deleting a session asks its live turns to stop, and hides what they store until it is restored",
    async run(fixture) {
      await using store = await fixture.open();
      await fill(store, "session");
      await begin(store, "session", "running");
      await begin(store, "session", "waiting");
      await begin(store, "other", "other");
      await store.updateSession("session", undefined, { deleted: true });
      const asked = ["running", "waiting"];
      assert.deepEqual((await store.getStopRequests("replica")).toSorted(), asked);
      assert.deepEqual((await store.renewClaims("replica", 1_000_000)).held.toSorted(), [
        "other",
        ...asked,
      ]);
      const chunk = { requestId: "running", number: 0, content: "a", fields: {} };
      await store.appendChunks("replica", [chunk]);
      assert.equal((await store.getChunks("running", 0)).length, 1);
      const end = ending("running", { query: 3, answer: 3 }, { state: "stopped" });
      assert.equal((await store.endTurn(end)).length, 2);
      assert.equal(await claim(store, "waiting"), "running");
      await store.endTurn(ending("waiting", { query: 4 }));
      await store.appendTurn(turnOf("session", { query: 5 }));
      await assertHidden(store);
      await store.updateSession("session", undefined, { deleted: false });
      assert.deepEqual(await contentsOf(store, "session", "query"), [0, 1, 2, 3, 4, 5]);
      assert.deepEqual(await statesOf(store, "session"), [
        "complete",
        "complete",
        "complete",
        "stopped",
        "complete",
      ]);
    },
  },
  {
    name: "a session that is deleted while its turns are stored is hidden and restored whole",
    async run(fixture) {
      await using store = await fixture.open();
      const count = 20;
      const ids = Array.from({ length: count }, (_, index) => `turn ${index}`);
      for (const requestId of ids) await begin(store, "session", requestId);
      await Promise.all(
        ids.flatMap((requestId, index) => {
          const contents = { query: requestId, answer: requestId };
          const end = store.endTurn(ending(requestId, contents, { state: "stopped" }));
          if (index !== count / 2) return [end];
          return [end, store.updateSession("session", undefined, { deleted: true })];
        }),
      );
      await assertHidden(store);
      await store.updateSession("session", undefined, { deleted: false });
      for (const messageKey of ["query", "answer"]) {
        const contents = await contentsOf(store, "session", messageKey);
        assert.equal(contents.length, ids.length);
        assert.deepEqual(new Set(contents), new Set(ids));
      }
    },
  },
];

async function fill(store: SessionStore, sessionId: string): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    const requestId = `${sessionId} ${turn}`;
    await begin(store, sessionId, requestId);
    await store.endTurn(ending(requestId, { query: turn, answer: turn }));
  }
}

async function assertHidden(store: SessionStore): Promise<void> {
  assert.deepEqual(await contentsOf(store, "session", "query"), []);
  assert.deepEqual(await contentsOf(store, "session", "answer"), []);
  assert.equal(await store.getMessages(query), undefined);
  assert.equal(await store.getMessages({ ...query, messageKey: "query" }), undefined);
  assert.equal(await store.getTurns(query), undefined);
  assert.equal(await store.getTurn("session 1", undefined), undefined);
  assert.equal(await store.requestStop("session 1", undefined), undefined);
  await refused("session_not_found", () => store.beginTurn(newTurn("session", "new")));
}

async function snapshotOf(store: SessionStore): Promise<unknown> {
  return {
    session: await store.getSession("session", undefined),
    turns: (await store.getTurns(query))?.map(comparableTurn),
    messages: (await store.getMessages(query))?.map(comparable),
    history: await contentsOf(store, "session", "query"),
  };
}
