import { defineComponent, type MessageSource, UserSession, MessageStream } from "turnkeep";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openReplicas, places, type Replicas } from "../replicas.ts";
import { get, post, resultOf } from "../run-requests.ts";
import { chat, type Chunk, chunksOf, toRequest } from "./chat-requests.ts";

/** An answer with everything that stands beside a text. */
const answer: readonly MessageSource[] = [
  { type: "reasoning", text: "Let me " },
  { type: "reasoning", text: "see." },
  "海淀区",
  { type: "source", url: "https://example.com/haidian", title: "Haidian" },
  "的面积",
  { type: "tool", id: "1", name: "search", input: { q: "海淀" } },
  { type: "tool", id: "2", name: "map" },
  { type: "tool", id: "1", output: { area: 431 } },
  { type: "tool", id: "2", error: "no map" },
  "是431平方公里",
  { type: "source", mediaType: "application/pdf", filename: "map.pdf" },
  { type: "data", name: "chart", id: "a", data: { rows: 1 } },
  "。",
  { type: "data", name: "chart", id: "a", data: { rows: 2 } },
  { type: "file", mediaType: "image/png", url: "data:image/png;base64,AA==", filename: "map.png" },
];

const chunks: readonly Chunk[] = [
  { type: "reasoning-start", id: "reasoning" },
  { type: "reasoning-delta", id: "reasoning", delta: "Let me " },
  { type: "reasoning-delta", id: "reasoning", delta: "see." },
  { type: "reasoning-end", id: "reasoning" },
  { type: "text-start", id: "text" },
  { type: "text-delta", id: "text", delta: "海淀区" },
  {
    type: "source-url",
    sourceId: "source-1",
    url: "https://example.com/haidian",
    title: "Haidian",
  },
  { type: "text-delta", id: "text", delta: "的面积" },
  { type: "text-end", id: "text" },
  { type: "tool-input-available", toolCallId: "1", toolName: "search", input: { q: "海淀" } },
  { type: "tool-input-start", toolCallId: "2", toolName: "map" },
  { type: "tool-output-available", toolCallId: "1", output: { area: 431 } },
  { type: "tool-input-available", toolCallId: "2", toolName: "map", input: {} },
  { type: "tool-output-error", toolCallId: "2", errorText: "no map" },
  { type: "text-start", id: "text-2" },
  { type: "text-delta", id: "text-2", delta: "是431平方公里" },
  {
    type: "source-document",
    sourceId: "source-2",
    mediaType: "application/pdf",
    title: "map.pdf",
    filename: "map.pdf",
  },
  { type: "text-end", id: "text-2" },
  { type: "data-chart", id: "a", data: { rows: 1 } },
  { type: "text-start", id: "text-3" },
  { type: "text-delta", id: "text-3", delta: "。" },
  { type: "data-chart", id: "a", data: { rows: 2 } },
  { type: "text-end", id: "text-3" },
  {
    type: "file",
    url: "data:image/png;base64,AA==",
    mediaType: "image/png",
    providerMetadata: { turnkeep: { filename: "map.png" } },
  },
];

const parts = [
  { type: "reasoning", text: "Let me see.", state: "done" },
  { type: "text", text: "海淀区的面积" },
  {
    type: "source-url",
    sourceId: "source-1",
    url: "https://example.com/haidian",
    title: "Haidian",
  },
  {
    type: "tool-search",
    toolCallId: "1",
    state: "output-available",
    input: { q: "海淀" },
    output: { area: 431 },
  },
  { type: "tool-map", toolCallId: "2", state: "output-error", input: {}, errorText: "no map" },
  { type: "text", text: "是431平方公里" },
  {
    type: "source-document",
    sourceId: "source-2",
    mediaType: "application/pdf",
    title: "map.pdf",
    filename: "map.pdf",
  },
  { type: "data-chart", id: "a", data: { rows: 2 } },
  { type: "text", text: "。" },
  { type: "file", mediaType: "image/png", url: "data:image/png;base64,AA==", filename: "map.png" },
];

describe.each(places)("parts on the AI SDK's wire, sessions %s,", (place) => {
  let replicas: Replicas;

  beforeEach(async () => {
    replicas = await openReplicas(place);
  });
  afterEach(() => replicas[Symbol.asyncDispose]());

  const partsOf = async (send: Parameters<typeof get>[0]): Promise<unknown[]> => {
    const { messages } = resultOf(await get(send, "/api/chat/s/messages")) as unknown as {
      readonly messages: readonly { readonly parts: unknown }[];
    };
    return messages.map((message) => message.parts);
  };

  test("are told in chunks, in their order, and listed as they were told", async () => {
    const component = defineComponent<string>({
      async *run(message) {
        const stream = MessageStream.from(answer);
        await new UserSession().append({ query: message, answer: stream });
        yield* stream;
      },
    });
    const { send } = replicas.add({ component });
    expect(chunksOf(await send(chat("s", "q"))).slice(2, -2)).toEqual(chunks);
    expect(await partsOf(send)).toEqual([[{ type: "text", text: "q" }], parts]);
    const { messages } = resultOf(
      await get(send, "/sessions/s/messages?key=answer"),
    ) as unknown as {
      readonly messages: readonly { readonly message: Record<string, unknown> }[];
    };
    expect(messages[0]?.message["content"]).toBe("海淀区的面积是431平方公里。");
    expect(messages[0]?.message["parts"]).toHaveLength(7);
  });

  test("are told again to who comes later, also from another server, and goes on", async () => {
    const { promise: half, resolve: goOn } = Promise.withResolvers<void>();
    const component = defineComponent<string>({
      async *run() {
        yield* answer.slice(0, 8);
        await half;
        yield* answer.slice(8);
      },
    });
    const { send } = replicas.add({ component });
    const { send: other } = replicas.add({ component });
    const all = send(chat("s", "q"));
    await vi.waitFor(async () => {
      expect((await get(send, "/api/chat/s/messages")).text).toMatch(/"running":"/);
    });
    const again = [send, other].map((each) => get(each, "/api/chat/s/stream"));
    await vi.waitFor(() => new Promise((resolve) => setTimeout(resolve, 300)));
    goOn();
    const [first, second, third] = await Promise.all([all, ...again]);
    for (const response of [first, second]) {
      expect(response && chunksOf(response).slice(2, -2)).toEqual(chunks);
    }
    // Another server does not hear of what was told and told anew within an instant.
    const known = chunks.flatMap((chunk) => {
      if (chunk.type !== "data-chart") return [chunk];
      const { rows } = chunk["data"] as { readonly rows: number };
      return rows === 1 ? [{ ...chunk, data: { rows: 2 } }] : [];
    });
    expect(third && chunksOf(third).slice(2, -2)).toEqual(known);
  });

  test.each([
    ["stopped", [{ type: "finish-step" }, { type: "abort" }]],
    ["failed", []],
  ])("of a %s turn are kept, and what was open is closed", async (state, end) => {
    const component = defineComponent<string>({
      async *run(_message, { signal }) {
        yield* answer.slice(0, 6);
        yield { type: "reasoning", text: "And now" };
        if (state === "failed") throw new Error("no");
        await new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("aborted")));
        });
      },
    });
    const { send } = replicas.add({ component });
    const all = send(chat("s", "q"));
    if (state === "stopped") {
      await vi.waitFor(async () => {
        expect((await get(send, "/api/chat/s/messages")).text).toMatch(/"running":"/);
      });
      await post(send, "/api/chat/s/stop");
    }
    const told = chunksOf(await all);
    const from = told.findIndex(({ type, id }) => type === "reasoning-start" && id !== "reasoning");
    expect(told.slice(from, from + 3 + end.length)).toEqual([
      { type: "reasoning-start", id: "reasoning-2" },
      { type: "reasoning-delta", id: "reasoning-2", delta: "And now" },
      { type: "reasoning-end", id: "reasoning-2" },
      ...end,
    ]);
    const [, shown] = await partsOf(send);
    expect(shown).toEqual([
      ...parts.slice(0, 3),
      { type: "tool-search", toolCallId: "1", state: "input-available", input: { q: "海淀" } },
      { type: "reasoning", text: "And now", state: "done" },
    ]);
  });

  test("of a message that is whole are told as those of a stream", async () => {
    const component = defineComponent<string>({
      run: () => MessageStream.from(answer).finalMessage(),
    });
    const { send } = replicas.add({ component });
    const told = chunksOf(await send(chat("s", "q")));
    expect(told.filter(({ type }) => type === "reasoning-delta")).toEqual([
      { type: "reasoning-delta", id: "reasoning", delta: "Let me see." },
    ]);
    expect(await partsOf(send)).toEqual([[{ type: "text", text: "q" }], parts]);
    expect(
      chunksOf(await send(chat("s", "q", {}, { "Idempotency-Key": "k" }))).slice(2, -2),
    ).toEqual(chunksOf(await send(chat("s", "q", {}, { "Idempotency-Key": "k" }))).slice(2, -2));
  });

  test("of an interrupted turn are kept as far as they were written", async () => {
    const component = defineComponent<string>({
      async *run() {
        yield* answer.slice(0, 8);
        await new Promise(() => undefined);
      },
    });
    const { runtime } = replicas.add({ component });
    const { send: other } = replicas.add({ component });
    const response = await runtime.fetch(toRequest(chat("s", "q")));
    await vi.waitFor(() => new Promise((resolve) => setTimeout(resolve, 300)));
    await runtime.close();
    await response.body?.cancel();
    const [, shown] = await partsOf(other);
    expect(shown).toEqual([
      ...parts.slice(0, 4),
      { type: "tool-map", toolCallId: "2", state: "input-streaming" },
    ]);
  });
});
