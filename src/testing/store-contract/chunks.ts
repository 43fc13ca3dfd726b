import assert from "node:assert/strict";
import type { MessagePart } from "../../message/message-part.ts";
import type { TurnChunk } from "../../session/turn-store.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import { begin, ending } from "./turn-steps.ts";

const pieces: readonly MessagePart[] = [
  { type: "reasoning", text: "Let me " },
  { type: "reasoning", text: "see." },
  { type: "tool", id: "1", name: "search", input: { q: "'海'" }, at: 3 },
  { type: "data", name: "chart", id: "a", data: { rows: 1 }, at: 3 },
  { type: "tool", id: "1", output: [431], at: 3 },
  { type: "data", name: "chart", id: "a", data: { rows: 2 }, at: 3 },
];

/** The pieces of answers that are being made. */
export const chunkCases: readonly StoreContractCase[] = [
  {
    name: "chunks are read as they were kept, in order, from a number on",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      assert.deepEqual(await store.getChunks("one", 0), []);
      const contents = ["", "海😀", " a\r\n", "\u0000'\\", "{}", ...Array<string>(10).fill("x")];
      const chunks = contents.map((content, number): TurnChunk => {
        const fields = number % 3 === 0 ? { extra: [{ number }], 名: "é" } : {};
        return { requestId: "one", number, content, fields };
      });
      await store.appendChunks("replica", chunks.slice(0, 1));
      await store.appendChunks("replica", chunks.slice(1, 4));
      assert.deepEqual(await store.getChunks("one", 0), chunks.slice(0, 4));
      await store.appendChunks("replica", chunks.slice(4));
      assert.deepEqual(await store.getChunks("one", 0), chunks);
      assert.deepEqual(await store.getChunks("one", 1), chunks.slice(1));
      assert.deepEqual(await store.getChunks("one", 14), chunks.slice(14));
      assert.deepEqual(await store.getChunks("one", 15), []);
      assert.deepEqual(await store.getChunks("other", 0), []);
    },
  },
  {
    name: "chunks keep the pieces of parts that are in them",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      const chunks: TurnChunk[] = [
        { requestId: "one", number: 0, content: "", fields: {}, parts: pieces.slice(0, 2) },
        { requestId: "one", number: 1, content: "海淀", fields: { extra: 1 } },
        { requestId: "one", number: 2, content: "区", fields: {}, parts: pieces.slice(2) },
      ];
      await store.appendChunks("replica", chunks);
      assert.deepEqual(await store.getChunks("one", 0), chunks);
    },
  },
  {
    name: "an interrupted turn keeps the parts that its chunks tell",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      const chunk = { requestId: "one", fields: {} };
      await store.appendChunks("replica", [
        { ...chunk, number: 0, content: "", parts: pieces.slice(0, 1) },
        { ...chunk, number: 1, content: "海淀区", parts: pieces.slice(1) },
      ]);
      await store.renewClaims("replica", 0);
      await store.interruptLapsed();
      const { answer } = (await store.getTurn("one", undefined)) ?? {};
      assert.equal(answer?.content, "海淀区");
      assert.deepEqual(answer.parts, [
        { type: "reasoning", text: "Let me see." },
        { type: "tool", id: "1", name: "search", input: { q: "'海'" }, output: [431], at: 3 },
        { type: "data", name: "chart", id: "a", data: { rows: 2 }, at: 3 },
      ]);
    },
  },
  {
    name: "chunks of many turns are kept at once, each with its own turn",
    async run(fixture) {
      await using store = await fixture.open();
      const ids = Array.from({ length: 30 }, (_, index) => `turn ${index}`);
      for (const requestId of ids) await begin(store, `session of ${requestId}`, requestId);
      const numbers = [0, 1, 2, 3, 4, 5];
      const toChunk = (requestId: string, number: number): TurnChunk => ({
        requestId,
        number,
        content: `${requestId} says ${number}`,
        fields: {},
      });
      for (const half of [numbers.slice(0, 3), numbers.slice(3)]) {
        await store.appendChunks(
          "replica",
          half.flatMap((number) => ids.map((requestId) => toChunk(requestId, number))),
        );
      }
      for (const requestId of ids) {
        const expected = numbers.map((number) => toChunk(requestId, number));
        assert.deepEqual(await store.getChunks(requestId, 0), expected);
      }
      await store.appendChunks("replica", []);
    },
  },
  {
    name: "a chunk that is kept already stays as it is",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      const chunk = { requestId: "one", number: 0, content: "first", fields: {} };
      const next = { requestId: "one", number: 1, content: "next", fields: {} };
      await store.appendChunks("replica", [chunk]);
      await store.appendChunks("replica", [{ ...chunk, content: "second" }, next]);
      assert.deepEqual(await store.getChunks("one", 0), [chunk, next]);
      await store.appendChunks("replica", [chunk, next]);
      assert.deepEqual(await store.getChunks("one", 0), [chunk, next]);
    },
  },
  {
    name: "chunks of turns that the replica does not hold are left out, and those beside them kept",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "one", "held");
      await begin(store, "two", "of another", { replica: "another" });
      await begin(store, "three", "ended");
      await store.endTurn(ending("ended"));
      await begin(store, "four", "lapsed", { claimTime: 0 });
      const ids = ["of another", "unknown", "held", "ended", "lapsed"];
      await store.appendChunks(
        "replica",
        ids.map((requestId) => ({ requestId, number: 0, content: requestId, fields: {} })),
      );
      for (const requestId of ids) {
        const contents = (await store.getChunks(requestId, 0)).map(({ content }) => content);
        assert.deepEqual(contents, requestId === "held" ? ["held"] : []);
      }
    },
  },
  {
    name: "chunks go when their turn ends, and others stay",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "other", "other");
      const chunkOf = (requestId: string): TurnChunk => ({
        requestId,
        number: 0,
        content: "a",
        fields: {},
      });
      await store.appendChunks("replica", [chunkOf("other")]);
      for (const state of ["complete", "stopped", "failed", "interrupted"] as const) {
        await begin(store, "session", state);
        await store.appendChunks("replica", [chunkOf(state)]);
        assert.equal((await store.getChunks(state, 0)).length, 1);
        await store.endTurn(ending(state, {}, { state }));
        assert.deepEqual(await store.getChunks(state, 0), []);
        assert.equal((await store.getTurn(state, undefined))?.answer, undefined);
      }
      assert.deepEqual(await store.getChunks("other", 0), [chunkOf("other")]);
    },
  },
];
