import assert from "node:assert/strict";
import { Message } from "../../message/message.ts";
import type { SessionStore } from "../../session/session-store.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import { turnOf } from "./cases.ts";
import { begin, ending } from "./turn-steps.ts";

const firstQuestions: readonly (readonly [content: unknown, title: string | undefined])[] = [
  ["海淀区的面积是多少", "海淀区的面积是多少"],
  ["  How\n\nlarge\t is\u00a0it? ", "How large is it?"],
  ['it\'s 100% \\ "_" 😀', 'it\'s 100% \\ "_" 😀'],
  ["x".repeat(81), "x".repeat(80)],
  ["😀".repeat(100), "😀".repeat(80)],
  [`${"y".repeat(79)} z`, "y".repeat(79)],
  ["a\u0007b", "a b"],
  ["", undefined],
  [" \n ", undefined],
  [{ text: "no text itself" }, undefined],
  [7, undefined],
];

/** What sessions are called, and how they are found by it. */
export const titleCases: readonly StoreContractCase[] = [
  {
    name: "a session is called by its first question until it is called otherwise",
    async run(fixture) {
      await using store = await fixture.open();
      for (const [index, [content, title]] of firstQuestions.entries()) {
        const sessionId = `session ${index}`;
        await begin(store, sessionId, `first ${index}`, { question: new Message(content) });
        assert.equal((await store.getSession(sessionId, undefined))?.title, title);
        await begin(store, sessionId, `second ${index}`, { question: new Message("later") });
        assert.equal((await store.getSession(sessionId, undefined))?.title, title);
      }
      for (const title of ["another", null]) {
        await store.updateSession("session 0", undefined, { title });
        await begin(store, "session 0", `after ${title}`);
        assert.equal((await store.getSession("session 0", undefined))?.title, title ?? undefined);
      }
    },
  },
  {
    name: "a session that another writer began is called by the first question of a turn",
    async run(fixture) {
      await using store = await fixture.open();
      await store.appendTurn(turnOf("session", { query: "before" }));
      await begin(store, "session", "one", { question: new Message("first here") });
      await store.endTurn(ending("one", { query: "after" }));
      assert.equal((await store.getSession("session", undefined))?.title, "first here");
    },
  },
  {
    name: "sessions are found by their titles, in letters of any case",
    async run(fixture) {
      await using store = await fixture.open();
      const titles = [
        "Straße nach ÄRZEN",
        "100% of_all",
        "海淀区 Weather",
        "Ｆｕｌｌ",
        "cafe\u0301",
      ];
      for (const title of titles) {
        await begin(store, title, title, { question: new Message(title) });
      }
      await begin(store, "untitled", "untitled", { question: new Message(1) });
      const found = async (search: string): Promise<string[]> => {
        const sessions = await store.listSessions({ userId: undefined, limit: 10, search });
        return sessions.map(({ sessionId }) => sessionId).toReversed();
      };
      assert.deepEqual(await found("ärzen"), ["Straße nach ÄRZEN"]);
      assert.deepEqual(await found("STRA\u00dfE"), ["Straße nach ÄRZEN"]);
      assert.deepEqual(await found("%"), ["100% of_all"]);
      assert.deepEqual(await found("f_a"), ["100% of_all"]);
      assert.deepEqual(await found("淀区 w"), ["海淀区 Weather"]);
      assert.deepEqual(await found("full"), ["Ｆｕｌｌ"]);
      assert.deepEqual(await found("CAFÉ"), ["cafe\u0301"]);
      assert.deepEqual(await found("a"), [
        "Straße nach ÄRZEN",
        "100% of_all",
        "海淀区 Weather",
        "cafe\u0301",
      ]);
      assert.deepEqual(await found("untitled"), []);
      assert.deepEqual(await found("'; --"), []);
    },
  },
  {
    name: "a search answers as many sessions as there are, however many lie between them",
    async run(fixture) {
      await using store = await fixture.open();
      for (let index = 0; index < 30; index += 1) {
        const title = index % 7 === 0 ? `wanted ${index}` : `other ${index}`;
        await begin(store, `session ${index}`, `turn ${index}`, { question: new Message(title) });
      }
      await begin(store, "hers", "hers", { userId: "alice", question: new Message("wanted") });
      await store.updateSession("session 14", undefined, { deleted: true });
      const expected = [28, 21, 7, 0].map((index) => `session ${index}`);
      for (const limit of [1, 2, 3, 4, 100]) {
        assert.deepEqual(await findAll(store, "Wanted", limit), expected);
      }
      const query = { userId: undefined, limit: 10, search: "wanted" };
      const deleted = await store.listSessions({ ...query, deleted: true });
      assert.deepEqual(
        deleted.map(({ sessionId }) => sessionId),
        ["session 14"],
      );
      assert.deepEqual(await store.listSessions({ ...query, limit: 0 }), []);
      const hers = await store.listSessions({ ...query, userId: "alice" });
      assert.deepEqual(
        hers.map(({ sessionId }) => sessionId),
        ["hers"],
      );
    },
  },
];

/** The ids of all sessions that a search finds, a page at a time: each is full but the last. */
async function findAll(store: SessionStore, search: string, limit: number): Promise<string[]> {
  const ids: string[] = [];
  for (let before: { updatedAt: string; sessionId: string } | undefined; ids.length < 100;) {
    const page = await store.listSessions({ userId: undefined, limit, search, before });
    ids.push(...page.map(({ sessionId }) => sessionId));
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return ids;
    before = { updatedAt: last.updatedAt, sessionId: last.sessionId };
  }
  assert.fail("the search has no end");
}
