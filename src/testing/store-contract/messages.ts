import assert from "node:assert/strict";
import { Message } from "../../message/message.ts";
import type { MessagesQuery } from "../../session/session-index.ts";
import type { SessionRecord, SessionStore } from "../../session/session-store.ts";
import type { StoreContractCase, StoreFixture } from "../store-fixture.ts";
import { comparable, contentsOf, turnOf } from "./cases.ts";
import { begin, ending } from "./turn-steps.ts";

const query = { sessionId: "session", userId: undefined };

/** The records of a session, under all keys. */
export const messageCases: readonly StoreContractCase[] = [
  {
    name: "a session's records are read newest first, as they were stored",
    async run(fixture) {
      await using store = await fixture.open();
      const stored = await fill(store);
      const read = await store.getMessages({ ...query, limit: 100 });
      assert.deepEqual(read?.map(comparable), stored.toReversed().map(comparable));
      for (const messageKey of ["query", "answer", "plan", "Query", "none"]) {
        const ofKey = await store.getMessages({ ...query, messageKey, limit: 100 });
        assert.deepEqual(
          ofKey?.map(comparable),
          stored
            .filter((record) => record.messageKey === messageKey)
            .toReversed()
            .map(comparable),
        );
      }
    },
  },
  {
    name: "a session's records are read in pages, none twice and none left out",
    async run(fixture) {
      await using store = await fixture.open();
      const stored = await fill(store);
      for (const limit of [1, 2, 3, 5, 100]) {
        for (const messageKey of [undefined, "answer"]) {
          const expected = stored
            .filter((record) => messageKey === undefined || record.messageKey === messageKey)
            .toReversed();
          const pages = await readAll(store, { ...query, messageKey, limit });
          assert.deepEqual(pages.flat().map(comparable), expected.map(comparable));
          assert.ok(pages.slice(0, -2).every((page) => page.length === limit));
        }
      }
      assert.deepEqual(await store.getMessages({ ...query, limit: 0 }), []);
    },
  },
  {
    name: "records of the same time, as other writers make them, are paged by their ids",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      const ids: string[] = [];
      for (const second of ["01", "02"]) {
        for (const [index, messageKey] of ["query", "answer", "query", "plan", "query"].entries()) {
          const id = `0000000${(index * 7) % 5}-0000-7000-8000-0000000000${second}`;
          ids.push(id);
          await addRecord(fixture, { id, messageKey, time: `2026-11-23 10:00:${second}.000000` });
        }
      }
      const expected = ids.toSorted((one, other) => {
        const [a, b] = [one, other].map((id) => id.slice(-2) + id);
        return (a ?? "") < (b ?? "") ? 1 : -1;
      });
      for (const limit of [1, 2, 3, 4, 100]) {
        const pages = await readAll(store, { ...query, limit });
        assert.deepEqual(
          pages.flat().map(({ id }) => id),
          expected,
        );
        const ofKey = await readAll(store, { ...query, messageKey: "query", limit });
        assert.equal(new Set(ofKey.flat().map(({ id }) => id)).size, 6);
        assert.equal(ofKey.flat().length, 6);
      }
    },
  },
  {
    name: "records that another writer puts into a session are read with the others, in order",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      await store.endTurn(ending("one", { query: "ours" }));
      const time = "2126-11-23 10:00:00.000000";
      const id = "00000000-0000-4000-8000-000000000000";
      await addRecord(fixture, { id, messageKey: "query", time });
      await begin(store, "session", "two");
      const [later] = await store.endTurn(ending("two", { query: "later" }));
      assert.ok((later?.updatedAt ?? "") > time, `${later?.updatedAt} is not after ${time}`);
      assert.deepEqual(await contentsOf(store, "session", "query"), ["ours", "theirs", "later"]);
      const turn = await store.getTurn("two", undefined);
      assert.ok((turn?.endedAt ?? "") >= (later?.updatedAt ?? ""));
      const read = await store.getMessages({ ...query, limit: 2 });
      assert.deepEqual(
        read?.map(({ message }) => message.content),
        ["later", "theirs"],
      );
    },
  },
  {
    name: "records that are marked as deleted are not among a session's",
    async run(fixture) {
      await using store = await fixture.open();
      const stored = await fill(store);
      const gone = new Set<string | undefined>();
      for (const index of [0, 3, 4, stored.length - 1]) gone.add(stored[index]?.id);
      for (const id of gone) await fixture.markDeleted(id ?? "");
      const left = stored.filter(({ id }) => !gone.has(id)).toReversed();
      for (const limit of [1, 2, 100]) {
        const pages = await readAll(store, { ...query, limit });
        assert.deepEqual(
          pages.flat().map(({ id }) => id),
          left.map(({ id }) => id),
        );
      }
    },
  },
];

/** A few turns with messages under different keys, and one of another writer. */
async function fill(store: SessionStore): Promise<readonly SessionRecord[]> {
  const stored: SessionRecord[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    const requestId = `turn ${turn}`;
    await begin(store, "session", requestId);
    const contents = turn % 2 === 0 ? { query: turn, plan: turn } : { query: turn, Query: turn };
    stored.push(...(await store.endTurn(ending(requestId, { ...contents, answer: `海${turn}` }))));
    await begin(store, "other", `other ${turn}`);
    await store.endTurn(ending(`other ${turn}`, { query: "other" }));
  }
  stored.push(...(await store.appendTurn(turnOf("session", { answer: "appended" }))));
  return stored;
}

async function addRecord(
  fixture: StoreFixture,
  { id, messageKey, time }: { id: string; messageKey: string; time: string },
): Promise<void> {
  await fixture.addRecord({
    id,
    sessionId: "session",
    requestId: "of another writer",
    messageKey,
    message: new Message("theirs"),
    createdAt: time,
    updatedAt: time,
  });
}

/** All records, a page at a time; the last page is empty. */
async function readAll(store: SessionStore, from: MessagesQuery): Promise<SessionRecord[][]> {
  const pages: SessionRecord[][] = [];
  for (let before: MessagesQuery["before"]; pages.length < 1000;) {
    const page = (await store.getMessages({ ...from, before })) ?? [];
    pages.push([...page]);
    const last = page.at(-1);
    if (last === undefined) return pages;
    before = { updatedAt: last.updatedAt, id: last.id };
  }
  assert.fail("the records have no end");
}
