import assert from "node:assert/strict";
import { Message } from "../../message/message.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import { contentsOf, turnOf } from "./cases.ts";

const values: readonly unknown[] = [
  "",
  "text",
  0,
  -1,
  0.1,
  1e-7,
  1.7976931348623157e308,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  true,
  false,
  null,
  [],
  {},
  [[], [{}], "1", 1, null],
  { a: { b: [{ c: null }] }, "": "", "a.b": 1, $c: 2, 'q"': 3 },
];

const texts = [
  "海淀区的面积是多少",
  "😀👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿𝒳𠀀\u{10ffff}",
  "עברית العربية हिन्दी ไทย",
  "e\u0301 \u00e9 \ufb01 \u212b",
  "\u0000 between \u0000\u0001\u001f\u007f",
  "\r\n\t\v\f\b line\u2028separators\u2029",
  " spaces around  \u00a0\u3000",
  "\ufeff\uffff\ufffd\ue000",
  `'"\`\\ \\u0041 %s %(name)s ? $1 :a {} -- /* */ ;`,
  "null",
  '{"json":"in a text"}',
] as const;

/** What a message comes back as. */
export const contentCases: readonly StoreContractCase[] = [
  {
    name: "content of every JSON type comes back as it was",
    async run(fixture) {
      await using store = await fixture.open();
      for (const value of values) await store.appendTurn(turnOf("session", { value }));
      assert.deepEqual(await contentsOf(store, "session", "value"), values);
    },
  },
  {
    name: "texts come back to the character",
    async run(fixture) {
      await using store = await fixture.open();
      for (const text of texts) await store.appendTurn(turnOf("session", { text }));
      assert.deepEqual(await contentsOf(store, "session", "text"), texts);
    },
  },
  {
    name: "a message of a mebibyte comes back whole",
    async run(fixture) {
      await using store = await fixture.open();
      const long = "海😀x".repeat(2 ** 17);
      assert.equal(Buffer.byteLength(long), 2 ** 20);
      await store.appendTurn(turnOf("session", { query: "short", answer: long }));
      const [content] = await contentsOf(store, "session", "answer");
      assert.ok(content === long, `a text of ${String(content).length} characters came back`);
    },
  },
  {
    name: "objects keep the order of their keys, and every key",
    async run(fixture) {
      await using store = await fixture.open();
      const text =
        '{"z":1,"a":{"y":1,"b":2,"__proto__":{"c":3}},"__proto__":[4],"constructor":5,"toString":6}';
      await store.appendTurn(turnOf("session", { query: JSON.parse(text) as unknown }));
      const [content] = await contentsOf(store, "session", "query");
      assert.equal(JSON.stringify(content), text);
    },
  },
  {
    name: "a message keeps its id, its name and its fields",
    async run(fixture) {
      await using store = await fixture.open();
      const message = new Message("a", {
        id: "of no form at all 😀",
        name: "assistant",
        fields: {
          token_usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
          extra: { search: [{ content: "海", score: 0.511053, none: null }] },
        },
      });
      await store.appendTurn({
        sessionId: "session",
        requestId: "request",
        messages: [{ messageKey: "answer", message }],
      });
      const query = { sessionId: "session", messageKey: "answer", limit: 1 };
      const [record] = await store.getHistory(query);
      assert.equal(JSON.stringify(record?.message), JSON.stringify(message));
    },
  },
  {
    name: "a turn has as many messages as it likes",
    async run(fixture) {
      await using store = await fixture.open();
      const keys = Array.from({ length: 100 }, (_, index) => `key ${99 - index}`);
      const stored = await store.appendTurn(
        turnOf("session", Object.fromEntries(keys.map((key) => [key, key]))),
      );
      assert.deepEqual(
        stored.map(({ messageKey }) => messageKey),
        keys,
      );
      for (const key of keys) assert.deepEqual(await contentsOf(store, "session", key), [key]);
    },
  },
];
