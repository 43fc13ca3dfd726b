import { setTimeout as sleep } from "node:timers/promises";
import { defineComponent, Message, UserSession } from "turnkeep";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PlainResponse } from "../../helpers/http-client.ts";
import { controlledComponent, echo, openReplicas, places, type Replicas } from "../replicas.ts";
import { get, historyOf, post, resultOf, stateOf } from "../run-requests.ts";
import { chat, type Chunk, chunksOf, textOfChunks, toRequest } from "./chat-requests.ts";

interface Listed {
  readonly id: string;
  readonly role: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly parts: readonly Readonly<Record<string, unknown>>[];
}

const listed = (response: PlainResponse) =>
  resultOf(response) as unknown as {
    readonly messages: readonly Listed[];
    readonly next_cursor: string | null;
    readonly running: string | null;
  };
const said = ({ role, parts }: Listed): unknown[] => [role, ...parts.map(({ text }) => text)];
const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;

describe.each(places)("the AI SDK's wire, sessions %s,", (place) => {
  let replicas: Replicas;

  beforeEach(async () => {
    replicas = await openReplicas(place);
  });
  afterEach(() => replicas[Symbol.asyncDispose]());

  test("streams a turn in chunks, and keeps it", async () => {
    const { send } = replicas.add({ component: echo });
    const response = await send(chat("s", "one two", {}, { "X-Appbuilder-Request-Id": "r" }));
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
      "x-vercel-ai-ui-message-stream": "v1",
      "x-appbuilder-request-id": "r",
    });
    const metadata = {
      requestId: "r",
      createdAt: expect.stringMatching(time) as unknown,
      versions: { index: 0, ids: ["r"] },
      feedback: null,
    };
    expect(chunksOf(response)).toEqual([
      { type: "start", messageId: "r", messageMetadata: { ...metadata, state: "running" } },
      { type: "start-step" },
      { type: "text-start", id: "text" },
      { type: "text-delta", id: "text", delta: "one " },
      { type: "text-delta", id: "text", delta: "two" },
      { type: "text-end", id: "text" },
      { type: "finish-step" },
      { type: "finish", messageMetadata: { ...metadata, state: "complete" } },
    ]);
    expect(await historyOf(send, "s")).toEqual([
      ["query", "one two"],
      ["answer", "one two"],
    ]);
  });

  test("gives the component the last message's text, its id where it is one, and the other keys", async () => {
    const given: unknown[] = [];
    const component = defineComponent<string>({
      run: async (message, { signal: _signal, ...options }) => {
        given.push([message.content, message.id, options]);
        return "answer";
      },
    });
    const { send } = replicas.add({ component });
    const messages = [
      { id: "a", role: "user", parts: [{ type: "text", text: "before" }] },
      { id: "b", role: "assistant", parts: [{ type: "step-start" }] },
      {
        id: "client's own",
        role: "user",
        parts: [
          { type: "text", text: "海淀区" },
          { type: "data-x", data: 1 },
          { type: "text", text: "的面积" },
        ],
      },
    ];
    await send(chat("s", "", { messages, temperature: 0.5, messageId: null, trigger: undefined }));
    await send(chat("s", "", { messages: [{ ...messages[2], id: "i".repeat(37) }] }));
    await send(chat("s", "", { messages: [{ role: "user", parts: messages[2]?.parts }] }));
    const uuid = expect.stringMatching(/^[\da-f-]{36}$/) as unknown;
    expect(given).toEqual([
      ["海淀区\n的面积", "client's own", { stream: true, temperature: 0.5 }],
      ["海淀区\n的面积", uuid, { stream: true }],
      ["海淀区\n的面积", uuid, { stream: true }],
    ]);
  });

  test("lists a session's messages as its turns left them, in pages", async () => {
    const { component, source } = controlledComponent();
    const { send } = replicas.add({ component });
    for (const name of ["first", "second", "third", "fourth"])
      source(name).give(`answer to ${name}`);
    source("first").end();
    source("second").fail(new Error("no"));
    source("third").end();
    for (const name of ["first", "second", "third"]) await send(chat("s", name));
    const running = send(chat("s", "fourth"));
    await vi.waitFor(async () => {
      expect(listed(await get(send, "/api/chat/s/messages")).running).not.toBe(null);
    });

    const {
      messages,
      next_cursor,
      running: runs,
    } = listed(await get(send, "/api/chat/s/messages"));
    expect(messages.map(said)).toEqual([
      ["user", "first"],
      ["assistant", "answer to first"],
      ["user", "second"],
      ["assistant", "answer to second"],
      ["user", "third"],
      ["assistant", "answer to third"],
      ["user", "fourth"],
    ]);
    expect(next_cursor).toBe(null);
    expect(runs).toBe(messages[6]?.metadata["requestId"]);
    const failed = messages[3];
    expect(failed?.id).toBe(failed?.metadata["requestId"]);
    expect(failed?.metadata).toMatchObject({
      state: "failed",
      error: {
        code: "component_failed",
        message: `InternalServerError: the component failed. The service's log has the details under the request id ${failed?.id}.`,
      },
    });
    expect(messages[5]?.metadata).toEqual({
      requestId: messages[5]?.id,
      state: "complete",
      createdAt: expect.stringMatching(time) as unknown,
      versions: { index: 0, ids: [messages[5]?.id] },
      feedback: null,
    });
    expect(messages[4]).toMatchObject({ id: "question", metadata: messages[5]?.metadata });

    const newest = listed(await get(send, "/api/chat/s/messages?limit=2"));
    expect(newest.messages.map(said)).toEqual(messages.slice(4).map(said));
    const cursor = `limit=2&cursor=${String(newest.next_cursor)}`;
    const oldest = listed(await get(send, `/api/chat/s/messages?${cursor}`));
    expect(oldest.messages).toEqual(messages.slice(0, 4));
    expect([oldest.next_cursor, oldest.running]).toEqual([null, null]);
    source("fourth").end();
    await running;
  });

  test("shows a content that is no text as a block of JSON", async () => {
    const component = defineComponent<string, unknown>({
      run: async (message) => {
        await new UserSession().append({ answer: new Message({ area: 431 }) });
        return new Message({ question: message.content });
      },
    });
    const { send } = replicas.add({ component });
    const chunks = chunksOf(await send(chat("s", "q")));
    const block = '```json\n{\n  "question": "q"\n}\n```';
    expect(textOfChunks(chunks)).toBe(block);
    const { messages } = listed(await get(send, "/api/chat/s/messages"));
    expect(messages.map(said)).toEqual([
      ["user", "q"],
      ["assistant", block],
    ]);
  });

  test("goes on with a stream from its start, on any server, until it ends", async () => {
    const { component, source } = controlledComponent();
    const first = replicas.add({ component });
    const second = replicas.add({ component });
    expect((await get(second.send, "/api/chat/s/stream")).status).toBe(204);
    source("q").give("one ");
    const own = first.send(chat("s", "q", {}, { "X-Appbuilder-Request-Id": "r" }));
    await vi.waitFor(async () => expect(await stateOf(second.send, "r")).toBe("running"));
    const followed = [first, second].map(async ({ send }) => {
      const response = await get(send, "/api/chat/s/stream");
      expect(response.headers.get("x-vercel-ai-ui-message-stream")).toBe("v1");
      return chunksOf(response);
    });
    await sleep(50);
    source("q").give("two");
    source("q").end();
    const chunks = chunksOf(await own);
    for (const other of await Promise.all(followed)) {
      expect(textOfChunks(other)).toBe("one two");
      expect(other.filter(({ type }) => type !== "text-delta")).toEqual(
        chunks.filter(({ type }) => type !== "text-delta"),
      );
    }
    expect((await get(first.send, "/api/chat/s/stream")).status).toBe(204);
  });

  test("stops what runs and what waits in a session, through any server", async () => {
    const { component, source, calls } = controlledComponent();
    const first = replicas.add({ component });
    const second = replicas.add({ component });
    source("q").give("said");
    const running = first.send(chat("s", "q", {}, { "X-Appbuilder-Request-Id": "r" }));
    await vi.waitFor(async () => expect(await stateOf(second.send, "r")).toBe("running"));
    const waiting = first.send(chat("s", "w", {}, { "X-Appbuilder-Request-Id": "w" }));
    await vi.waitFor(async () => expect(await stateOf(second.send, "w")).toBe("queued"));
    const stopped = await post(second.send, "/api/chat/s/stop");
    expect([stopped.status, stopped.text]).toEqual([204, ""]);
    const chunks = chunksOf(await running);
    expect(chunks.slice(-4).map(({ type }) => type)).toEqual([
      "text-end",
      "finish-step",
      "abort",
      "finish",
    ]);
    expect(chunks.at(-1)?.["messageMetadata"]).toMatchObject({ state: "stopped" });
    expect(textOfChunks(chunks)).toBe("said");
    expect(chunksOf(await waiting).map(({ type }) => type)).not.toContain("text-delta");
    expect([calls("q"), calls("w")]).toEqual([1, 0]);
    expect(await historyOf(second.send, "s")).toEqual([
      ["query", "q"],
      ["answer", "said"],
    ]);
    expect((await post(second.send, "/api/chat/s/stop")).status).toBe(204);
  });

  test("tells a failure in the stream, after what was said and how the turn ended", async () => {
    const { component, source } = controlledComponent();
    const { send } = replicas.add({ component });
    source("q").give("part");
    source("q").fail(new Error("a secret"));
    const response = await send(chat("s", "q", {}, { "X-Appbuilder-Request-Id": "r" }));
    const text =
      "InternalServerError: the component failed. The service's log has the details under the request id r.";
    expect(chunksOf(response).slice(2)).toEqual([
      { type: "text-start", id: "text" },
      { type: "text-delta", id: "text", delta: "part" },
      { type: "text-end", id: "text" },
      {
        type: "message-metadata",
        messageMetadata: expect.objectContaining({
          state: "failed",
          error: { code: "component_failed", message: text },
        }) as unknown,
      },
      { type: "error", errorText: text },
    ]);
  });

  test("runs a request with a known idempotency key once", async () => {
    const { component, source, calls } = controlledComponent();
    const { send } = replicas.add({ component });
    source("q").give("once");
    source("q").end();
    const keyed = chat("s", "q", {}, { "Idempotency-Key": "k" });
    const chunks = chunksOf(await send(keyed));
    const again = await send(keyed);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    const metadata = ({ messageMetadata, ...chunk }: Chunk) => [chunk, messageMetadata];
    expect(chunksOf(again).slice(1)).toEqual(chunks.slice(1));
    expect(metadata(chunksOf(again)[0] as Chunk)[1]).toMatchObject({ state: "complete" });
    expect(calls("q")).toBe(1);
    const other = await send(chat("s", "other", {}, { "Idempotency-Key": "k" }));
    expect(other.status).toBe(422);
    expect(other.text).toMatch(/^The idempotency key was used for another request before\./);
  });

  test("goes on with a run whose client has left", async () => {
    const { component, source } = controlledComponent();
    const { send, runtime } = replicas.add({ component });
    source("q").give("one ");
    const request = chat("s", "q", {}, { "X-Appbuilder-Request-Id": "r" });
    const response = await runtime.fetch(toRequest(request));
    await response.body?.cancel();
    source("q").give("two");
    source("q").end();
    await vi.waitFor(async () => expect(await stateOf(send, "r")).toBe("complete"));
    expect(await historyOf(send, "s")).toEqual([
      ["query", "q"],
      ["answer", "one two"],
    ]);
  });

  test("is for the session's user alone", async () => {
    const { send } = replicas.add({ component: echo, trustUserHeader: true });
    const as = (user: string) => ({ "X-Appbuilder-User-Id": user });
    await send(chat("s", "secret", {}, as("alice")));
    const refusals = [
      await send(chat("s", "mine now", {}, as("bob"))),
      await get(send, "/api/chat/s/messages", as("bob")),
      await post(send, "/api/chat/s/stop", undefined, as("bob")),
    ];
    for (const { status, text } of refusals) {
      expect([status, text]).toEqual([
        404,
        'There is no session "s". Use the id of one of your own, or none to begin a session.',
      ]);
    }
    expect((await get(send, "/api/chat/s/stream", as("bob"))).status).toBe(204);
    const { messages } = listed(await get(send, "/api/chat/s/messages", as("alice")));
    expect(messages.map(said)).toEqual([
      ["user", "secret"],
      ["assistant", "secret"],
    ]);
  });
});
