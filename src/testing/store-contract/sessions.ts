import assert from "node:assert/strict";
import type { SessionInfo, SessionsQuery } from "../../session/session-index.ts";
import type { SessionStore } from "../../session/session-store.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import { HandSetClock, turnOf } from "./cases.ts";
import { begin, claim, ending, newTurn, refused } from "./turn-steps.ts";

const user = { userId: undefined };

/** What is known of sessions, and their lists. */
export const sessionCases: readonly StoreContractCase[] = [
  {
    name: "a session is there once a turn has begun in it, and counts its turns",
    async run(fixture) {
      const clock = new HandSetClock("2026-11-23 10:00:00.000001");
      await using store = await fixture.open({ clock: clock.now });
      assert.equal(await store.getSession("session", undefined), undefined);
      assert.deepEqual(await store.listSessions({ ...user, limit: 10 }), []);
      await begin(store, "session", "one");
      const expected: SessionInfo = {
        sessionId: "session",
        userId: undefined,
        title: "the question of one",
        turns: 1,
        createdAt: "2026-11-23 10:00:00.000001",
        updatedAt: "2026-11-23 10:00:00.000001",
        deleted: false,
      };
      assert.deepEqual(await store.getSession("session", undefined), expected);
      assert.deepEqual(await store.listSessions({ ...user, limit: 10 }), [expected]);
      await begin(store, "session", "two", { replica: "dead" });
      await begin(store, "session", "three");
      await store.endTurn(ending("one", {}, { state: "failed" }));
      await store.renewClaims("dead", 0);
      await store.interruptLapsed();
      await refused("queue_full", () =>
        store.beginTurn(newTurn("session", "four", { queueLimit: 0 })),
      );
      assert.equal((await store.getSession("session", undefined))?.turns, 3);
    },
  },
  {
    name: "a session was last used when a turn last began or ended in it",
    async run(fixture) {
      const clock = new HandSetClock("2026-11-23 10:00:00.000000");
      await using store = await fixture.open({ clock: clock.now });
      const used: (string | undefined)[] = [];
      const steps: (() => Promise<unknown>)[] = [
        () => begin(store, "session", "one"),
        () => begin(store, "session", "two"),
        () => store.endTurn(ending("one", {}, { state: "failed" })),
        () => claim(store, "two"),
        () => store.renewClaims("replica", 0),
        () => store.interruptLapsed(),
        () => store.updateSession("session", undefined, { title: "a title" }),
        () => store.updateSession("session", undefined, { deleted: true }),
        () => store.updateSession("session", undefined, { deleted: false }),
        () => store.requestStop("two", undefined),
      ];
      for (const [minute, step] of steps.entries()) {
        clock.time = `2026-11-23 10:0${minute}:00.000000`;
        await step();
        const session = await store.getSession("session", undefined);
        assert.equal(session?.createdAt, "2026-11-23 10:00:00.000000");
        used.push(session.updatedAt.slice(14, 16));
      }
      // Minutes: of the two beginnings, the end and the interruption.
      assert.deepEqual(used, ["00", "01", "02", "02", "02", "05", "05", "05", "05", "05"]);
    },
  },
  {
    name: "sessions are listed from the most recently used back, in pages",
    async run(fixture) {
      const clock = new HandSetClock("2026-11-23 10:00:00.000000");
      await using store = await fixture.open({ clock: clock.now });
      for (let index = 0; index < 10; index += 1) {
        clock.time = `2026-11-23 10:00:00.${String(index).padStart(6, "0")}`;
        await begin(store, `session ${index}`, `turn ${index}`);
      }
      clock.time = "2026-11-23 11:00:00.000000";
      await store.endTurn(ending("turn 3", { query: 1 }));
      clock.time = "2026-11-23 12:00:00.000000";
      await begin(store, "session 5", "later");
      const expected = [5, 3, 9, 8, 7, 6, 4, 2, 1, 0].map((index) => `session ${index}`);
      for (const limit of [1, 3, 5, 10, 100]) {
        const pages = await listAll(store, { ...user, limit });
        assert.deepEqual(pages.flat(), expected);
        assert.ok(pages.slice(0, -2).every((page) => page.length === limit));
      }
      assert.deepEqual(await store.listSessions({ ...user, limit: 0 }), []);
    },
  },
  {
    name: "a page of sessions repeats and skips nothing where many were used at one time",
    async run(fixture) {
      const clock = new HandSetClock("2026-11-23 10:00:00.000000");
      await using store = await fixture.open({ clock: clock.now });
      const names = ["b", "a", "A", "B", "é", "海", "10", "9", "a ", "😀"];
      for (const name of names) await begin(store, name, `turn of ${name}`);
      const whole = await listAll(store, { ...user, limit: 100 });
      assert.deepEqual(new Set(whole.flat()), new Set(names));
      for (const limit of [1, 2, 3, 7]) {
        const pages = await listAll(store, { ...user, limit });
        assert.deepEqual(pages.flat(), whole.flat());
      }
    },
  },
  {
    name: "a page of sessions begins behind its cursor, also where that session has moved on",
    async run(fixture) {
      const clock = new HandSetClock("2026-11-23 10:00:00.000000");
      await using store = await fixture.open({ clock: clock.now });
      for (let index = 0; index < 6; index += 1) {
        clock.time = `2026-11-23 10:00:0${index}.000000`;
        await begin(store, `session ${index}`, `turn ${index}`);
      }
      const [, , last] = await store.listSessions({ ...user, limit: 3 });
      assert.equal(last?.sessionId, "session 3");
      clock.time = "2026-11-23 11:00:00.000000";
      await begin(store, "session 3", "again");
      await begin(store, "session 2", "again too");
      await store.updateSession("session 1", undefined, { deleted: true });
      const next = await store.listSessions({ ...user, limit: 3, before: last });
      assert.deepEqual(
        next.map(({ sessionId }) => sessionId),
        ["session 0"],
      );
    },
  },
  {
    name: "a title is kept, changed and taken away",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      await begin(store, "other", "two");
      const before = await store.getSession("session", undefined);
      for (const title of ["海淀区 😀 'q' %", "t".repeat(255), "😀".repeat(255), null, "b"]) {
        const changed = await store.updateSession("session", undefined, { title });
        assert.deepEqual(changed, { ...before, title: title ?? undefined });
        assert.deepEqual(await store.getSession("session", undefined), changed);
        for (const change of [{}, { title: undefined }, { deleted: false }]) {
          assert.deepEqual(await store.updateSession("session", undefined, change), changed);
        }
      }
      const listed = await store.listSessions({ ...user, limit: 10 });
      assert.deepEqual(
        listed.map(({ sessionId, title }) => [sessionId, title]),
        [
          ["other", "the question of two"],
          ["session", "b"],
        ],
      );
    },
  },
  {
    name: "changes of a session that are made at once are all kept",
    async run(fixture) {
      await using store = await fixture.open();
      for (let round = 0; round < 5; round += 1) {
        const sessionId = `session ${round}`;
        await begin(store, sessionId, `turn ${round}`);
        await Promise.all([
          store.updateSession(sessionId, undefined, { title: "a title" }),
          store.updateSession(sessionId, undefined, { deleted: true }),
          store.endTurn(ending(`turn ${round}`, { query: "q" })),
        ]);
        const session = await store.getSession(sessionId, undefined);
        assert.equal(session?.title, "a title");
        assert.equal(session.deleted, true);
        assert.equal(session.turns, 1);
      }
    },
  },
  {
    name: "a session that another writer began is there once a turn begins in it, with its messages",
    async run(fixture) {
      await using store = await fixture.open();
      await store.appendTurn(turnOf("session", { query: "before" }));
      for (const userId of [undefined, "alice"]) {
        assert.equal(await store.getSession("session", userId), undefined);
        assert.equal(await store.updateSession("session", userId, { deleted: true }), undefined);
        assert.equal(
          await store.getMessages({ sessionId: "session", userId, limit: 1 }),
          undefined,
        );
        assert.equal(await store.getTurns({ sessionId: "session", userId, limit: 1 }), undefined);
        assert.deepEqual(await store.listSessions({ userId, limit: 10 }), []);
      }
      const turn = await begin(store, "session", "one", { userId: "alice" });
      assert.equal(turn.number, 1);
      await store.endTurn(ending("one", { query: "after" }));
      const query = { sessionId: "session", userId: "alice", limit: 10 };
      const messages = await store.getMessages(query);
      assert.deepEqual(
        messages?.map(({ message }) => message.content),
        ["after", "before"],
      );
      assert.equal((await store.getSession("session", "alice"))?.turns, 1);
      assert.equal(await store.getSession("session", undefined), undefined);
      await refused("session_not_found", () => store.beginTurn(newTurn("session", "two")));
    },
  },
];

/** The ids of all sessions, a page at a time. */
async function listAll(store: SessionStore, query: SessionsQuery): Promise<string[][]> {
  const pages: string[][] = [];
  for (let before: SessionsQuery["before"]; pages.length < 1000;) {
    const page = await store.listSessions({ ...query, before });
    pages.push(page.map(({ sessionId }) => sessionId));
    const last = page.at(-1);
    if (last === undefined) return pages;
    before = { updatedAt: last.updatedAt, sessionId: last.sessionId };
  }
  assert.fail("the list has no end");
}
