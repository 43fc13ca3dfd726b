import assert from "node:assert/strict";
import { Message } from "../../message/message.ts";
import type { RowsQuery, StoredRows } from "../../session/session-index.ts";
import type { SessionRecord, SessionStore } from "../../session/session-store.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import { begin, ending } from "./turn-steps.ts";

const query = { sessionId: "session", userId: undefined };
const columns = [
  "id",
  "session_id",
  "request_id",
  "message_key",
  "message_value",
  "created_at",
  "updated_at",
  "deleted",
];

/** The rows of the table of messages, as they are stored. */
export const rowCases: readonly StoreContractCase[] = [
  {
    name: "the rows of a session are shown as they are stored, newest first",
    async run(fixture) {
      await using store = await fixture.open();
      const stored = await fill(store);
      const shown = await store.getRows({ ...query, limit: 100 });
      assert.deepEqual(shown?.columns, columns);
      assert.equal(shown.next, undefined);
      assert.deepEqual(shown.rows.map(comparable), stored.toReversed().map(toRow));
      assert.deepEqual(
        shown.rows.map((row) => Boolean(row[7])),
        stored.map(() => false),
      );
    },
  },
  {
    name: "the rows of a session are shown in pages, none twice and none left out",
    async run(fixture) {
      await using store = await fixture.open();
      const expected = (await fill(store)).map(({ id }) => id).toReversed();
      for (const limit of [1, 2, 3, 5, 100]) {
        const pages = await showAll(store, { ...query, limit });
        assert.deepEqual(pages.flat(), expected);
        assert.ok(pages.slice(0, -1).every((page) => page.length === limit));
      }
      assert.deepEqual((await store.getRows({ ...query, limit: 0 }))?.rows, []);
    },
  },
  {
    name: "rows that are marked as deleted are shown, with their mark",
    async run(fixture) {
      await using store = await fixture.open();
      const stored = await fill(store);
      const gone = [0, 3, stored.length - 1].map((index) => stored[index]?.id ?? "");
      for (const id of gone) await fixture.markDeleted(id);
      const shown = await store.getRows({ ...query, limit: 100 });
      assert.deepEqual(
        shown?.rows.map(([id, , , , , , , deleted]) => [id, Boolean(deleted)]),
        stored.map(({ id }) => [id, gone.includes(id)]).toReversed(),
      );
    },
  },
  {
    name: "rows are shown to the session's user alone, and not of a deleted session",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one", { userId: "alice" });
      await store.endTurn(ending("one", { query: "a secret" }));
      for (const userId of [undefined, "bob", "Alice"]) {
        assert.equal(await store.getRows({ ...query, userId, limit: 10 }), undefined);
      }
      const hers = { ...query, userId: "alice", limit: 10 };
      assert.equal((await store.getRows(hers))?.rows.length, 1);
      assert.equal(await store.getRows({ ...hers, sessionId: "none" }), undefined);
      await store.updateSession("session", "alice", { deleted: true });
      assert.equal(await store.getRows(hers), undefined);
    },
  },
];

async function fill(store: SessionStore): Promise<readonly SessionRecord[]> {
  const stored: SessionRecord[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const requestId = `turn ${turn}`;
    await begin(store, "session", requestId);
    const contents = { query: `海 '${turn}' 😀`, [`key ${turn}`]: { turn }, answer: turn };
    stored.push(...(await store.endTurn(ending(requestId, contents))));
    await begin(store, "Session", `other ${turn}`);
    await store.endTurn(ending(`other ${turn}`, { query: "other" }));
  }
  return stored;
}

/** A record as its row should be, up to the second: not every table keeps more. */
function toRow(record: SessionRecord): unknown[] {
  const { id, sessionId, requestId, messageKey, message, createdAt, updatedAt } = record;
  const times = [createdAt, updatedAt].map((time) => time.slice(0, 19));
  return [id, sessionId, requestId, messageKey, JSON.stringify(message), ...times];
}

function comparable(row: readonly unknown[]): unknown[] {
  const [id, sessionId, requestId, messageKey, value, ...times] = row.slice(0, 7);
  const message = JSON.stringify(Message.fromJSON(JSON.parse(String(value))));
  return [id, sessionId, requestId, messageKey, message, ...times.map(toSecond)];
}

function toSecond(time: unknown): string {
  return String(time).replace("T", " ").slice(0, 19);
}

/** The ids of all rows, a page at a time. */
async function showAll(store: SessionStore, from: RowsQuery): Promise<unknown[][]> {
  const pages: unknown[][] = [];
  for (let before: StoredRows["next"]; pages.length < 100;) {
    const page = await store.getRows({ ...from, before });
    pages.push((page?.rows ?? []).map(([id]) => id));
    if (page?.next === undefined) return pages;
    before = page.next;
  }
  assert.fail("the rows have no end");
}
