import assert from "node:assert/strict";
import type { StoreContractCase } from "../store-fixture.ts";
import { comparable, contentsOf, turnOf } from "./cases.ts";

/** Texts that databases are known to take for each other, or for something else. */
export const lookalikes = [
  "case",
  "CASE",
  "Case",
  "case ",
  " case",
  "c_se",
  "c%se",
  "caſe",
  "cas\u00e9",
  "case\u0301",
  "ｃａｓｅ",
  "case\u200b",
  "cas\u0435",
  "strasse",
  "straße",
  "😀",
  "😁",
  "'; DROP TABLE appbuilder_session_messages; --",
  '"case"',
  "`case`",
  "\\case",
  "$1",
  "?",
  "null",
  "0",
  "00",
] as const;

/** What {@link SessionStore.getHistory} finds. */
export const historyCases: readonly StoreContractCase[] = [
  {
    name: "unknown sessions and keys have no history",
    async run(fixture) {
      await using store = await fixture.open();
      assert.deepEqual(
        await store.getHistory({ sessionId: "none", messageKey: "query", limit: 10 }),
        [],
      );
      await store.appendTurn(turnOf("session", { query: "a" }));
      assert.deepEqual(await contentsOf(store, "session", "answer"), []);
      assert.deepEqual(await contentsOf(store, "other", "query"), []);
    },
  },
  {
    name: "a turn is read as appendTurn answered it",
    async run(fixture) {
      await using store = await fixture.open();
      const turn = turnOf("session", { query: "a", answer: { b: [1, null] } }, "request-1");
      const stored = await store.appendTurn(turn);
      assert.deepEqual(
        stored.map((record) => ({ ...record, id: "", createdAt: "", updatedAt: "" })),
        turn.messages.map(({ messageKey, message }) => ({
          id: "",
          sessionId: "session",
          requestId: "request-1",
          messageKey,
          message,
          createdAt: "",
          updatedAt: "",
        })),
      );
      for (const record of stored) {
        assert.match(record.id, /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
        assert.match(record.updatedAt, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
        assert.equal(record.createdAt, record.updatedAt);
        const { sessionId, messageKey } = record;
        const read = await store.getHistory({ sessionId, messageKey, limit: 10 });
        assert.deepEqual(read.map(comparable), [comparable(record)]);
      }
    },
  },
  {
    name: "the newest come, as many as asked for, oldest first",
    async run(fixture) {
      await using store = await fixture.open();
      for (const content of [1, 2, 3, 4, 5]) {
        await store.appendTurn(turnOf("session", { query: content, answer: -content }));
      }
      assert.deepEqual(await contentsOf(store, "session", "query", 0), []);
      assert.deepEqual(await contentsOf(store, "session", "query", 1), [5]);
      assert.deepEqual(await contentsOf(store, "session", "query", 3), [3, 4, 5]);
      assert.deepEqual(await contentsOf(store, "session", "query", 5), [1, 2, 3, 4, 5]);
      assert.deepEqual(await contentsOf(store, "session", "query", 6), [1, 2, 3, 4, 5]);
      assert.deepEqual(await contentsOf(store, "session", "answer", 2), [-4, -5]);
      assert.deepEqual(
        await contentsOf(store, "session", "answer", 1_000_000_000),
        [-1, -2, -3, -4, -5],
      );
    },
  },
  {
    name: "session ids and keys compare byte by byte",
    async run(fixture) {
      await using store = await fixture.open();
      for (const text of lookalikes) {
        await store.appendTurn(turnOf(text.slice(0, 36), { key: `session ${text}` }));
        await store.appendTurn(turnOf("keys", { [text]: `key ${text}` }));
      }
      for (const text of lookalikes) {
        assert.deepEqual(await contentsOf(store, text.slice(0, 36), "key"), [`session ${text}`]);
        assert.deepEqual(await contentsOf(store, "keys", text), [`key ${text}`]);
      }
      assert.deepEqual(await contentsOf(store, "cASE", "key"), []);
      assert.deepEqual(await contentsOf(store, "case  ", "key"), []);
      assert.deepEqual(await contentsOf(store, "keys", "%"), []);
    },
  },
  {
    name: "the longest ids and keys are kept whole",
    async run(fixture) {
      await using store = await fixture.open();
      for (const character of ["x", "é", "海", "😀"]) {
        const sessionId = character.repeat(35);
        const key = character.repeat(127);
        for (const end of ["1", "2"]) {
          const turn = turnOf(
            sessionId + end,
            { [`${key}1`]: `${end}1`, [`${key}2`]: `${end}2` },
            `${character.repeat(35)}${end}`,
          );
          await store.appendTurn(turn);
        }
        for (const end of ["1", "2"]) {
          const query = { sessionId: sessionId + end, messageKey: `${key}2`, limit: 10 };
          const records = await store.getHistory(query);
          assert.deepEqual(
            records.map(({ message, requestId }) => [message.content, requestId]),
            [[`${end}2`, `${character.repeat(35)}${end}`]],
          );
        }
      }
    },
  },
  {
    name: "records that are marked as deleted do not count",
    async run(fixture) {
      await using store = await fixture.open();
      const ids: string[] = [];
      for (const content of [1, 2, 3, 4]) {
        const [record] = await store.appendTurn(turnOf("session", { query: content }));
        ids.push(record?.id ?? "");
      }
      for (const id of [ids[1], ids[3]]) await fixture.markDeleted(id ?? "");
      assert.deepEqual(await contentsOf(store, "session", "query"), [1, 3]);
      assert.deepEqual(await contentsOf(store, "session", "query", 2), [1, 3]);
      assert.deepEqual(await contentsOf(store, "session", "query", 1), [3]);
      await store.appendTurn(turnOf("session", { query: 5 }));
      assert.deepEqual(await contentsOf(store, "session", "query", 2), [3, 5]);
    },
  },
  {
    name: "what a reader does to an answer changes nothing in the store",
    async run(fixture) {
      await using store = await fixture.open();
      const stored = await store.appendTurn(turnOf("session", { query: "a" }));
      (stored as unknown[]).length = 0;
      const query = { sessionId: "session", messageKey: "query", limit: 10 };
      ((await store.getHistory(query)) as unknown[]).length = 0;
      assert.deepEqual(await contentsOf(store, "session", "query"), ["a"]);
    },
  },
];
