import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { chatRequest, type PlainResponse, type Send } from "../helpers/http-client.ts";
import { parseEventStream, textOf } from "../helpers/server-sent-events.ts";
import { controlledComponent, openReplicas, places, type Replicas } from "./replicas.ts";

describe.each(places)("a request with an idempotency key, %s", (place) => {
  let replicas: Replicas;
  let controlled: ReturnType<typeof controlledComponent>;
  let send: Send;

  beforeEach(async () => {
    replicas = await openReplicas(place);
    controlled = controlledComponent();
    ({ send } = replicas.add({ component: controlled.component, trustUserHeader: true }));
  });
  afterEach(() => replicas[Symbol.asyncDispose]());

  const ask = (
    body: Readonly<Record<string, unknown>>,
    { key = "key", from = send, ...headers }: Ask = {},
  ): Promise<PlainResponse> => from(chatRequest(body, { "Idempotency-Key": key, ...headers }));
  interface Ask extends Record<string, unknown> {
    readonly key?: string;
    readonly from?: Send;
  }
  const prepare = (name: string, ...pieces: string[]): void => {
    for (const piece of pieces) controlled.source(name).give(piece);
    controlled.source(name).end();
  };
  const runningIn = (sessionId: string): Promise<void> =>
    vi.waitFor(async () => {
      const turns = await send({ method: "GET", path: `/sessions/${sessionId}/turns` });
      expect(turns.text).toContain('"state":"running"');
    });

  test("gets the stored answer of the first, whole or as a stream, and runs no more", async () => {
    prepare("q", "one ", "two");
    const first = await ask({ message: "q", a: { x: 1, y: 2 } });
    expect(first.headers.has("idempotency-replayed")).toBe(false);
    const requestId = first.headers.get("x-appbuilder-request-id");

    const again = await ask({ a: { y: 2, x: 1 }, message: "q" });
    expect(again.status).toBe(200);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("x-appbuilder-request-id")).toBe(requestId);
    expect(again.headers.get("idempotency-replayed")).toBe("true");

    const streamed = await ask({ message: "q", a: { x: 1, y: 2 }, stream: true });
    expect(streamed.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(streamed.headers.get("x-appbuilder-request-id")).toBe(requestId);
    expect(streamed.headers.get("idempotency-replayed")).toBe("true");
    const events = parseEventStream(streamed.text);
    expect(textOf(events)).toBe("one two");
    expect(events.at(-1)).toMatchObject({ id: "end", data: { result: { is_completion: true } } });
    expect(controlled.calls("q")).toBe(1);
  });

  test("gets it also where the first one streamed, through another replica, and after a restart", async () => {
    prepare("q", "one ", "two");
    const first = await ask({ message: "q", session_id: "s", stream: true });
    const { send: other } = replicas.add({
      component: controlled.component,
      trustUserHeader: true,
    });
    const again = await ask({ message: "q", session_id: "s" }, { from: other });
    expect(again.json()).toMatchObject({
      result: { session_id: "s", answer_message: { content: "one two" } },
    });
    expect(again.headers.get("x-appbuilder-request-id")).toBe(
      first.headers.get("x-appbuilder-request-id"),
    );
    expect(controlled.calls("q")).toBe(1);
    const messages = await send({ method: "GET", path: "/sessions/s/messages" });
    expect((messages.json() as { result: { messages: unknown[] } }).result.messages).toHaveLength(
      2,
    );
  });

  test("joins the run that still goes on, in this process or another", async () => {
    const { send: other } = replicas.add({
      component: controlled.component,
      trustUserHeader: true,
    });
    const body = { message: "q", session_id: "s" };
    controlled.source("q").give("one ");
    const answers = [ask(body)];
    await runningIn("s");
    answers.push(ask(body), ask(body, { from: other }));
    const streams = [
      ask({ ...body, stream: true }),
      ask({ ...body, stream: true }, { from: other }),
    ];
    controlled.source("q").give("two");
    controlled.source("q").end();
    const [first, ...joined] = await Promise.all(answers);
    for (const answer of joined) {
      expect(answer.status).toBe(200);
      expect(answer.text).toBe(first?.text);
      expect(answer.headers.get("idempotency-replayed")).toBe("true");
    }
    for (const stream of await Promise.all(streams)) {
      expect(textOf(parseEventStream(stream.text))).toBe("one two");
    }
    expect(controlled.calls("q")).toBe(1);
  });

  test("of many at once runs once, for all the same answer", async () => {
    const { send: other } = replicas.add({
      component: controlled.component,
      trustUserHeader: true,
    });
    prepare("q", "answer");
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        ask({ message: "q", session_id: "s" }, { from: index % 2 === 0 ? send : other }),
      ),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 200));
    const own = answers.filter(({ headers }) => !headers.has("idempotency-replayed"));
    expect(own).toHaveLength(1);
    expect(controlled.calls("q")).toBe(1);
  });

  test("is refused with another body: message, argument, or one more of them", async () => {
    prepare("q", "answer");
    await ask({ message: "q", a: 1 });
    for (const body of [
      { message: "other", a: 1 },
      { message: ["q"], a: 1 },
      { message: "q", a: 2 },
      { message: "q" },
      { message: "q", a: 1, b: null },
    ]) {
      const response = await ask(body);
      expect(response.status, JSON.stringify(body)).toBe(422);
      expect(response.text).toMatch(/same key only with the same body/);
    }
    expect((await ask({ message: "q", a: 1 })).status).toBe(200);
  });

  test("to run a turn again is one of its own, and so is that for another turn", async () => {
    for (let time = 0; time < 2; time += 1) controlled.source("q").fail(new Error("no"));
    const named = (requestId: string) => ({ "X-Appbuilder-Request-Id": requestId });
    for (const requestId of ["r1", "r2"]) {
      await ask({ message: "q", session_id: "s" }, { key: requestId, ...named(requestId) });
    }
    prepare("q", "answer");
    const retry = (requestId: string, key: string) =>
      send({
        method: "POST",
        path: `/runs/${requestId}/retry`,
        headers: { "Idempotency-Key": key },
      });
    const first = await retry("r1", "retry");
    expect([first.status, first.headers.has("idempotency-replayed")]).toEqual([200, false]);
    const again = await retry("r1", "retry");
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect((await retry("r2", "retry")).status).toBe(422);
    expect((await retry("r1", "r1")).status).toBe(422);
    expect((await ask({ message: "q", session_id: "s" }, { key: "retry" })).status).toBe(422);
    expect(controlled.calls("q")).toBe(3);
  });

  test("is another's own, and another session's own", async () => {
    prepare("q", "first");
    prepare("q", "second");
    prepare("q", "third");
    const contents: unknown[] = [];
    for (const response of [
      await ask({ message: "q", session_id: "s1" }, { "X-Appbuilder-User-Id": "one" }),
      await ask({ message: "q", session_id: "s2" }, { "X-Appbuilder-User-Id": "one" }),
      await ask({ message: "q", session_id: "s3" }, { "X-Appbuilder-User-Id": "two" }),
      await ask({ message: "q", session_id: "s1" }, { "X-Appbuilder-User-Id": "one" }),
    ]) {
      const { result } = response.json() as { result: { answer_message: { content: unknown } } };
      contents.push(result.answer_message.content);
    }
    expect(contents).toEqual(["first", "second", "third", "first"]);
  });

  test("gets the same failure, and the same refusal", async () => {
    for (let time = 0; time < 2; time += 1) controlled.source("q").fail(new Error("no"));
    const first = await ask({ message: "q" });
    expect(first.status).toBe(500);
    const again = await ask({ message: "q" });
    expect(again.status).toBe(500);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    const streamed = await ask({ message: "q", stream: true });
    expect(streamed.events()).toEqual([first.json()]);
    expect(controlled.calls("q")).toBe(1);
  });

  test("gets what a stopped run had said", async () => {
    controlled.source("q").give("so far");
    const first = ask(
      { message: "q", session_id: "s", stream: true },
      { "X-Appbuilder-Request-Id": "r" },
    );
    await runningIn("s");
    const stopped = await send({ method: "POST", path: "/runs/r/stop" });
    expect(stopped.text).toContain('"state":"stopped"');
    await first;
    const again = await ask({ message: "q", session_id: "s" });
    expect(again.json()).toMatchObject({
      result: { answer_message: { content: "so far", stopped: true } },
    });
  });

  test.each(["x", " inner spaces too ", "!~", "k".repeat(255)])(
    "can have the key %j",
    async (key) => {
      prepare("q", "answer");
      expect((await ask({ message: "q" }, { key })).status).toBe(200);
      expect((await ask({ message: "q" }, { key })).status).toBe(200);
      expect(controlled.calls("q")).toBe(1);
    },
  );

  test.each(["", " ", "k".repeat(256), "\u00e9", "a\tb"])("cannot have the key %j", async (key) => {
    const response = await ask({ message: "q" }, { key });
    expect(response.status).toBe(400);
    expect(response.text).toMatch(/idempotency key is .*1 to 255 printable ASCII/);
    expect(controlled.calls("q")).toBe(0);
  });
});
