import { defineComponent, Message, UserSession } from "turnkeep";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PlainResponse, Send } from "../../helpers/http-client.ts";
import { controlledComponent, openReplicas, places, type Replicas } from "../replicas.ts";
import { get, historyOf, post, resultOf } from "../run-requests.ts";
import { chat, chunksOf, textOfChunks, userMessage } from "./chat-requests.ts";

/** Answers with the answers before, the question, and how often it was asked. */
function tellingComponent() {
  const asked: string[] = [];
  return defineComponent<string>({
    async *run(message) {
      const session = new UserSession();
      asked.push(message.content);
      const before = await session.getHistory("query", { limit: 100 });
      const times = asked.filter((question) => question === message.content).length;
      const answer = `${[...before.map(({ content }) => content), message.content].join(" > ")} #${times}`;
      yield answer;
      await session.append({ query: message, answer: new Message(answer) });
    },
  });
}

const named = (requestId: string): Record<string, string> => ({
  "X-Appbuilder-Request-Id": requestId,
});

const ask = (text: string, requestId: string, changes: Readonly<Record<string, unknown>> = {}) =>
  chat(
    "s",
    text,
    { messages: [userMessage(text, `q-${requestId}`)], ...changes },
    named(requestId),
  );

const again = (requestId: string, messageId?: string, headers = {}) =>
  chat(
    "s",
    "",
    { trigger: "regenerate-message", messages: [], messageId },
    {
      ...named(requestId),
      ...headers,
    },
  );

interface Shown {
  readonly id: string;
  readonly metadata: {
    readonly versions: { readonly index: number; readonly ids: readonly string[] };
    readonly feedback: unknown;
  };
  readonly parts: readonly { readonly text?: string }[];
}

async function shown(send: Send): Promise<readonly Shown[]> {
  const result = resultOf(await get(send, "/api/chat/s/messages"));
  return result["messages"] as readonly Shown[];
}

async function textsOf(send: Send): Promise<unknown[]> {
  return (await shown(send)).map(({ parts }) => parts[0]?.text);
}

const startOf = (response: PlainResponse) => chunksOf(response)[0];
const put = (send: Send, requestId: string, body: unknown): Promise<PlainResponse> =>
  send({
    method: "PUT",
    path: `/runs/${requestId}/feedback`,
    headers: { "Content-Type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

describe.each(places)("versions of a turn, sessions %s,", (place) => {
  let replicas: Replicas;

  beforeEach(async () => {
    replicas = await openReplicas(place);
  });
  afterEach(() => replicas[Symbol.asyncDispose]());

  test("a message that is edited is another version of its turn, and what follows goes with it", async () => {
    const { send } = replicas.add({ component: tellingComponent() });
    for (const name of ["one", "two", "three"]) await send(ask(name, name));
    const edited = await send(ask("other", "edit", { messageId: "q-two" }));
    expect(textOfChunks(chunksOf(edited))).toBe("one > other #1");
    expect(startOf(edited)).toMatchObject({
      messageId: "edit",
      messageMetadata: { versions: { index: 1, ids: ["two", "edit"] }, state: "running" },
    });
    expect(await textsOf(send)).toEqual(["one", "one #1", "other", "one > other #1"]);
    expect((await shown(send)).map(({ id }) => id)).toEqual(["q-one", "one", "q-edit", "edit"]);
    expect(await historyOf(send, "s")).toEqual([
      ["query", "one"],
      ["answer", "one #1"],
      ["query", "other"],
      ["answer", "one > other #1"],
    ]);
    expect(textOfChunks(chunksOf(await send(ask("four", "four"))))).toBe("one > other > four #1");
    expect(resultOf(await post(send, "/runs/two/select"))).toMatchObject({
      request_id: "two",
      parent: 1,
      chosen: true,
      versions: ["two", "edit"],
    });
    expect(await textsOf(send)).toEqual([
      "one",
      "one #1",
      "two",
      "one > two #1",
      "three",
      "one > two > three #1",
    ]);
    const markdown = await get(send, "/sessions/s/export?format=markdown");
    expect(markdown.text.match(/^> .*$/gm)).toEqual(["> one", "> two", "> three"]);
    const turns = resultOf(await get(send, "/sessions/s/turns"))["turns"] as {
      readonly [key: string]: unknown;
    }[];
    expect(turns.map((turn) => [turn["number"], turn["parent"], turn["chosen"]])).toEqual([
      [5, 4, false],
      [4, 1, false],
      [3, 2, true],
      [2, 1, true],
      [1, null, true],
    ]);
  });

  test("an answer is made anew: of its own id, its question's, or the newest one", async () => {
    const { send } = replicas.add({ component: tellingComponent() });
    for (const name of ["one", "two"]) await send(ask(name, name));
    for (const [requestId, messageId] of [
      ["anew", "two"],
      ["of its question", "q-two"],
      ["newest", undefined],
    ] as const) {
      const response = await send(again(requestId.replaceAll(" ", "-"), messageId));
      expect(response.status, response.text).toBe(200);
    }
    expect(await textsOf(send)).toEqual(["one", "one #1", "two", "one > two #4"]);
    const [, , question, answer] = await shown(send);
    expect(question?.id).toBe("q-two");
    expect(answer?.metadata.versions).toEqual({
      index: 3,
      ids: ["two", "anew", "of-its-question", "newest"],
    });
  });

  test("a request for a version that is sent again gets the answer of the first", async () => {
    const one = replicas.add({ component: tellingComponent() });
    const other = replicas.add({ component: tellingComponent() });
    await one.send(ask("one", "one"));
    const key = { "Idempotency-Key": "k" };
    const first = await one.send(again("first", undefined, key));
    const second = await other.send(again("second", undefined, key));
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(startOf(second)).toMatchObject({
      messageId: "first",
      messageMetadata: { versions: { index: 1, ids: ["one", "first"] } },
    });
    expect(textOfChunks(chunksOf(second))).toBe(textOfChunks(chunksOf(first)));
    const edit = (requestId: string, headers = {}) => {
      const request = ask("edited", requestId, { messageId: "q-one" });
      return { ...request, headers: { ...request.headers, ...headers } };
    };
    const edited = { "Idempotency-Key": "edit" };
    await one.send(edit("edit", edited));
    expect((await other.send(edit("again", edited))).headers.get("idempotency-replayed")).toBe(
      "true",
    );
    // What was an edit is another request than a new message.
    const plain = ask("edited", "plain");
    const mixed = await one.send({ ...plain, headers: { ...plain.headers, ...edited } });
    expect(mixed.status).toBe(422);
    expect(resultOf(await get(one.send, "/sessions/s"))["turns"]).toBe(3);
  });

  test("another answer that is asked for again is the same, whatever was said since", async () => {
    const { send } = replicas.add({ component: tellingComponent() });
    await send(ask("one", "one"));
    const key = { "Idempotency-Key": "k" };
    await send(again("first", undefined, key));
    await send(ask("two", "two"));
    const repeated = await send(again("second", undefined, key));
    expect(repeated.headers.get("idempotency-replayed")).toBe("true");
    expect(startOf(repeated)).toMatchObject({ messageId: "first" });
    // Of another message it is another request, also where that says the same.
    await send(ask("one", "same"));
    expect((await send(again("third", "same", key))).status).toBe(422);
    expect((await send(again("fourth", "one", key))).status).toBe(422);
    expect(resultOf(await get(send, "/sessions/s"))["turns"]).toBe(4);
  });

  test("a version that fails or is stopped before it says anything leaves the other chosen", async () => {
    const { component, source } = controlledComponent();
    const { send } = replicas.add({ component });
    source("one").give("A:one");
    source("one").end();
    await send(ask("one", "one"));
    source("fails").give("a part");
    source("fails").fail(new Error("out of paper"));
    const failed = await send(ask("fails", "failed", { messageId: "q-one" }));
    expect(chunksOf(failed).at(-1)).toMatchObject({ type: "error" });
    expect(await textsOf(send)).toEqual(["one", "A:one"]);
    const stopped = send(ask("waits", "stopped", { messageId: "q-one" }));
    await expect
      .poll(async () => resultOf(await get(send, "/api/chat/s/messages"))["running"])
      .toBe("stopped");
    expect(await textsOf(send)).toEqual(["waits"]);
    await post(send, "/api/chat/s/stop");
    await stopped;
    expect(await textsOf(send)).toEqual(["one", "A:one"]);
    const [, answer] = await shown(send);
    expect(answer?.metadata.versions).toEqual({ index: 0, ids: ["one", "failed", "stopped"] });
  });

  test("a version that is being made is read on, stopped and shown through any server", async () => {
    const { component, source } = controlledComponent();
    const one = replicas.add({ component });
    const other = replicas.add({ component });
    source("one").give("A:one");
    source("one").end();
    await one.send(ask("one", "one"));
    const edited = one.send(ask("long", "edit", { messageId: "q-one" }));
    source("long").give("a part");
    await expect.poll(() => textsOf(other.send)).toEqual(["long"]);
    const joined = other.send({ method: "GET", path: "/api/chat/s/stream" });
    const refused = await post(other.send, "/runs/one/select");
    expect([refused.status, refused.text]).toEqual([
      409,
      expect.stringContaining("still answering") as unknown,
    ]);
    await expect
      .poll(async () => (await get(other.send, "/runs/edit")).text)
      .toContain('"state":"running"');
    await post(other.send, "/api/chat/s/stop");
    await edited;
    const response = await joined;
    expect(startOf(response)).toMatchObject({
      messageId: "edit",
      messageMetadata: { versions: { index: 1, ids: ["one", "edit"] } },
    });
    await expect.poll(() => textsOf(one.send)).toEqual(["long", "a part"]);
  });

  test("what does not fit is refused, and nothing runs", async () => {
    const { send } = replicas.add({ component: tellingComponent() });
    await send(ask("one", "one"));
    for (const [request, status, says] of [
      [ask("x", "x", { messageId: "none" }), 404, /has no message "none"/],
      [again("x", "none"), 404, /has no message "none"/],
      [ask("x", "x", { messageId: 7 }), 400, /messageId, which names a message .* but it is 7/],
      [ask("x", "x", { messageId: "a\u0000" }), 400, /messageId holds a control character/],
      [again("x", "m".repeat(37)), 400, /messageId is longer than 36 characters/],
      [ask("x", "x", { trigger: "resubmit" }), 400, /trigger must be submit-message or regenerate/],
      [ask("x", "x", { messageId: "q-one", messages: [] }), 400, /messages is empty/],
      [chat("t", "", { trigger: "regenerate-message" }), 404, /no session "t"/],
      [chat("t", "x", { messageId: "q-one" }), 404, /no session "t"/],
    ] as const) {
      const response = await send(request);
      expect([response.status, response.text]).toEqual([status, expect.stringMatching(says)]);
    }
    expect(resultOf(await get(send, "/sessions/s"))["turns"]).toBe(1);
    expect((await get(send, "/sessions/t")).status).toBe(404);
  });

  test("feedback is kept with the turn, told everywhere, and taken back", async () => {
    const { send } = replicas.add({ component: tellingComponent() });
    await send(ask("one", "one"));
    const kept = await put(send, "one", { value: "down", comment: "Too short.\n再长一点" });
    expect(resultOf(kept)["feedback"]).toEqual({
      value: "down",
      comment: "Too short.\n再长一点",
    });
    const [, answer] = await shown(send);
    expect(answer?.metadata.feedback).toEqual({ value: "down", comment: "Too short.\n再长一点" });
    await put(send, "one", { value: "up" });
    expect((await shown(send))[1]?.metadata.feedback).toEqual({ value: "up" });
    expect(resultOf(await get(send, "/runs/one"))["feedback"]).toEqual({
      value: "up",
      comment: null,
    });
    for (const [body, says] of [
      ["{}", /value is required/],
      [{ value: "fine" }, /value must be "up", "down" or null, but it is "fine"/],
      [{ value: "up", comment: 7 }, /comment must be a text, but it is 7/],
      [{ value: "up", comment: "x".repeat(2001) }, /comment is longer than 2000 characters/],
      [{ value: "up", comment: "a\u0000" }, /comment holds a control character/],
      [{ value: "up", stars: 5 }, /has no "stars"/],
      [{ value: null, comment: "Too short." }, /The comment stands without a vote: send it with/],
      ["", /body is empty/],
    ] as const) {
      const response = await put(send, "one", body);
      const { message } = response.json() as { readonly message: string };
      expect([response.status, message]).toEqual([400, expect.stringMatching(says)]);
    }
    expect((await shown(send))[1]?.metadata.feedback).toEqual({ value: "up" });
    for (const comment of [undefined, null, ""]) {
      await put(send, "one", { value: "up", comment: "Good." });
      const taken = await put(send, "one", { value: null, comment });
      expect(resultOf(taken)["feedback"]).toBe(null);
    }
    expect((await put(send, "none", { value: "up" })).status).toBe(404);
  });
});
