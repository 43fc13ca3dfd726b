import assert from "node:assert/strict";
import type { SessionStore } from "../../session/session-store.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import { contentsOf } from "./cases.ts";
import { lookalikes } from "./history.ts";
import { begin, comparableTurn, ending, newTurn, refused, statesOf } from "./turn-steps.ts";

/** Whose session it is, and who else asks; undefined where nobody is known. */
const pairs: readonly (readonly [string | undefined, string | undefined])[] = [
  ["alice", "bob"],
  ["alice", "Alice"],
  ["alice", "alice "],
  ["alice", undefined],
  [undefined, "alice"],
  [undefined, "undefined"],
  [undefined, "null"],
  ["null", undefined],
];

/** A session of one user with a turn that has ended, one that runs and one that waits. */
interface Ownership {
  readonly store: SessionStore;
  readonly owner: string | undefined;
  /** Another user. */
  readonly stranger: string | undefined;
  readonly sessionId: string;
  readonly ended: string;
  readonly running: string;
  readonly waiting: string;
  readonly replica: string;
}

/** What is shown to a session's owner is shown to nobody else. */
export const ownershipCases: readonly StoreContractCase[] = [
  forStrangers("a turn cannot begin in another user's session", async (ownership) => {
    const { store, owner, stranger, sessionId, running } = ownership;
    const before = await store.getSession(sessionId, owner);
    const requestId = `in ${sessionId}`;
    for (const concurrency of ["queue", "reject", "supersede"] as const) {
      const turn = newTurn(sessionId, requestId, { userId: stranger, concurrency });
      await refused("session_not_found", () => store.beginTurn(turn));
    }
    assert.deepEqual(await store.getSession(sessionId, owner), before);
    assert.equal(await store.getTurn(requestId, stranger), undefined);
    assert.equal(await store.getTurn(requestId, owner), undefined);
    assert.equal((await store.getTurn(running, owner))?.stopRequested, false);
  }),
  forStrangers("a turn is not shown to another user", async (ownership) => {
    const { store, owner, stranger, ended, running, waiting } = ownership;
    for (const requestId of [ended, running, waiting]) {
      assert.equal(await store.getTurn(requestId, stranger), undefined);
      assert.equal((await store.getTurn(requestId, owner))?.requestId, requestId);
    }
  }),
  forStrangers("a session's turns are not shown to another user", async (ownership) => {
    const { store, owner, stranger, sessionId } = ownership;
    const query = { sessionId, limit: 10 };
    assert.equal(await store.getTurns({ ...query, userId: stranger }), undefined);
    assert.equal(await store.getTurns({ ...query, userId: stranger, before: 2 }), undefined);
    assert.deepEqual(await statesOf(store, sessionId, owner), ["complete", "running", "queued"]);
  }),
  forStrangers("a turn is not stopped by another user", async (ownership) => {
    const { store, owner, stranger, ended, running, waiting, replica } = ownership;
    for (const requestId of [ended, running, waiting]) {
      assert.equal(await store.requestStop(requestId, stranger), undefined);
      assert.equal((await store.getTurn(requestId, owner))?.stopRequested, false);
    }
    assert.deepEqual(await store.getStopRequests(replica), []);
  }),
  forStrangers("a session is not shown to another user", async (ownership) => {
    const { store, owner, stranger, sessionId } = ownership;
    for (const deleted of [false, true]) {
      await store.updateSession(sessionId, owner, { deleted });
      assert.equal(await store.getSession(sessionId, stranger), undefined);
      const session = await store.getSession(sessionId, owner);
      assert.deepEqual([session?.userId, session?.deleted], [owner, deleted]);
    }
  }),
  forStrangers("a session is not listed to another user", async (ownership) => {
    const { store, owner, stranger, sessionId } = ownership;
    const before = { updatedAt: "9999-12-31 23:59:59.999999", sessionId: "first" };
    for (const deleted of [false, true]) {
      await store.updateSession(sessionId, owner, { deleted });
      for (const page of [{}, { before }]) {
        const query = { limit: 1000, deleted, ...page };
        const own = await store.listSessions({ ...query, userId: owner });
        assert.ok(own.some((session) => session.sessionId === sessionId));
        const others = await store.listSessions({ ...query, userId: stranger });
        assert.ok(others.every((session) => session.sessionId !== sessionId));
      }
    }
  }),
  forStrangers("a session is not changed by another user", async (ownership) => {
    const { store, owner, stranger, sessionId, replica } = ownership;
    const before = await store.getSession(sessionId, owner);
    for (const change of [{ title: "theirs" }, { title: null }, { deleted: true }, {}]) {
      assert.equal(await store.updateSession(sessionId, stranger, change), undefined);
      assert.deepEqual(await store.getSession(sessionId, owner), before);
    }
    assert.deepEqual(await contentsOf(store, sessionId, "query"), ["a secret"]);
    assert.deepEqual(await store.getStopRequests(replica), []);
    await store.updateSession(sessionId, owner, { deleted: true });
    assert.equal(await store.updateSession(sessionId, stranger, { deleted: false }), undefined);
    assert.equal((await store.getSession(sessionId, owner))?.deleted, true);
    assert.deepEqual(await contentsOf(store, sessionId, "query"), []);
  }),
  forStrangers("messages are not shown to another user", async (ownership) => {
    const { store, owner, stranger, sessionId } = ownership;
    for (const messageKey of [undefined, "query"]) {
      const query = { sessionId, messageKey, limit: 10 };
      assert.equal(await store.getMessages({ ...query, userId: stranger }), undefined);
      const own = await store.getMessages({ ...query, userId: owner });
      assert.equal(own?.length, messageKey === undefined ? 2 : 1);
    }
  }),
  {
    name: "users whose ids look alike have nothing in common",
    async run(fixture) {
      await using store = await fixture.open();
      const users = [...lookalikes, "x".repeat(255), `${"x".repeat(254)}y`, "海😀".repeat(127)];
      for (const [index, userId] of users.entries()) {
        await begin(store, `session ${index}`, `turn ${index}`, { userId });
      }
      for (const [index, userId] of users.entries()) {
        const sessions = await store.listSessions({ userId, limit: 100 });
        assert.deepEqual(
          sessions.map((session) => [session.sessionId, session.userId]),
          [[`session ${index}`, userId]],
        );
        const next = `session ${(index + 1) % users.length}`;
        assert.equal(await store.getSession(next, userId), undefined);
      }
    },
  },
  {
    name: "turns and sessions whose ids look alike are different ones",
    async run(fixture) {
      await using store = await fixture.open();
      const ids = [...lookalikes.map((id) => id.slice(0, 36)), "😀".repeat(36), "海".repeat(36)];
      for (const id of ids) {
        const turn = await begin(store, id, id);
        assert.deepEqual([turn.number, turn.state], [1, "running"]);
        await store.appendChunks("replica", [
          { requestId: id, number: 0, content: id, fields: {} },
        ]);
      }
      for (const id of ids) {
        assert.deepEqual(
          (await store.getChunks(id, 0)).map(({ content }) => content),
          [id],
        );
        await store.endTurn(ending(id, { query: id }));
        await store.updateSession(id, undefined, { title: id });
      }
      for (const id of ids) {
        assert.equal((await store.getTurn(id, undefined))?.sessionId, id);
        assert.equal((await store.getSession(id, undefined))?.title, id);
        assert.deepEqual(await contentsOf(store, id, "query"), [id]);
      }
    },
  },
  {
    name: "the first turn decides whose session it is, and no other turn",
    async run(fixture) {
      await using store = await fixture.open();
      const begun = await Promise.allSettled(
        ["alice", "bob", undefined, "carol"].map((userId, index) =>
          store.beginTurn(newTurn("session", `turn ${index}`, { userId })),
        ),
      );
      const made = begun.flatMap((each) => (each.status === "fulfilled" ? [each.value.turn] : []));
      assert.equal(made.length, 1);
      const owners: (string | undefined)[] = [];
      for (const userId of ["alice", "bob", undefined, "carol"]) {
        const session = await store.getSession("session", userId);
        if (session !== undefined) owners.push(session.userId);
      }
      assert.equal(owners.length, 1);
      const read = await store.getTurn(made[0]?.requestId ?? "", owners[0]);
      assert.deepEqual(comparableTurn(read), comparableTurn(made[0]));
    },
  },
];

function forStrangers(
  name: string,
  run: (ownership: Ownership) => Promise<void>,
): StoreContractCase {
  return {
    name,
    async run(fixture) {
      await using store = await fixture.open();
      for (const [index, [owner, stranger]] of pairs.entries()) {
        const sessionId = `session ${index}`;
        const replica = `replica ${index}`;
        const [ended = "", running = "", waiting = ""] = ["ended", "running", "waiting"].map(
          (state) => `${state} in ${index}`,
        );
        const options = { userId: owner, replica };
        await begin(store, sessionId, ended, options);
        const contents = { query: "a secret", answer: "another" };
        await store.endTurn(ending(ended, contents, { replica }));
        await begin(store, sessionId, running, options);
        await begin(store, sessionId, waiting, options);
        await run({ store, owner, stranger, sessionId, ended, running, waiting, replica });
      }
    },
  };
}
