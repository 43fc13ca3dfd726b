import { setTimeout as sleep } from "node:timers/promises";
import {
  defineComponent,
  Message,
  MessageStream,
  type RunOptions,
  TurnkeepError,
  UserSession,
} from "turnkeep";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { chatRequest } from "../helpers/http-client.ts";
import { parseEventStream, textOf } from "../helpers/server-sent-events.ts";
import { controlledComponent, openReplicas, places, type Replicas } from "./replicas.ts";
import { ask, get, historyOf, keyed, post, resultOf, stateOf } from "./run-requests.ts";

describe.each(places)("runs %s", (place) => {
  let replicas: Replicas;

  beforeEach(async () => {
    replicas = await openReplicas(place);
  });
  afterEach(() => replicas[Symbol.asyncDispose]());

  describe("stopped on request", () => {
    test("keep what they have said, marked, through whichever replica", async () => {
      const { component, source } = controlledComponent();
      const first = replicas.add({ component });
      const second = replicas.add({ component });
      for (const [index, { send }] of [first, second].entries()) {
        const name = `q${index}`;
        source(name).give("so far");
        const answer = first.send(
          ask(`r${index}`, { message: name, session_id: `s${index}`, stream: true }),
        );
        await vi.waitFor(async () => expect(await stateOf(send, `r${index}`)).toBe("running"));
        await sleep(20);
        const stopped = await post(send, `/runs/r${index}/stop`);
        expect(stopped.status).toBe(200);
        const expected = {
          state: "stopped",
          stop_requested: true,
          answer: { content: "so far", stopped: true },
          error: null,
        };
        expect(resultOf(stopped)).toMatchObject(expected);
        expect((await answer).events().at(-1)).toMatchObject({
          code: 0,
          result: { is_completion: true, answer_message: { stopped: true } },
        });
        expect(await historyOf(send, `s${index}`)).toEqual([
          ["query", name],
          ["answer", "so far"],
        ]);
        expect(resultOf(await post(send, `/runs/r${index}/stop`))).toMatchObject(expected);
      }
    });

    test("answer their blocking caller", async () => {
      const { component, source } = controlledComponent();
      const { send } = replicas.add({ component });
      source("q").give("so far");
      const answer = send(ask("r", { message: "q", session_id: "s" }));
      await vi.waitFor(async () => expect(await stateOf(send, "r")).toBe("running"));
      await sleep(20);
      await post(send, "/runs/r/stop");
      const response = await answer;
      expect(response.status).toBe(200);
      // Whoever waits for the whole is told nothing of the parts.
      expect(response.json()).toMatchObject({
        result: { answer_message: { content: "", stopped: true } },
      });
      expect(await historyOf(send, "s")).toEqual([
        ["query", "q"],
        ["answer", "so far"],
      ]);
    });

    test("leave the queue, and the run before them alone", async () => {
      const { component, source } = controlledComponent();
      const { send } = replicas.add({ component });
      const running = send(ask("r1", { message: "one", session_id: "s" }));
      await vi.waitFor(async () => expect(await stateOf(send, "r1")).toBe("running"));
      const queued = send(ask("r2", { message: "two", session_id: "s" }));
      await vi.waitFor(async () => expect(await stateOf(send, "r2")).toBe("queued"));
      expect(resultOf(await post(send, "/runs/r2/stop"))).toMatchObject({ state: "stopped" });
      expect((await queued).status).toBe(200);
      expect(await stateOf(send, "r1")).toBe("running");
      source("one").give("whole");
      source("one").end();
      expect((await running).json()).toMatchObject({
        result: { answer_message: { content: "whole" } },
      });
    });

    test("stay as they are where they have ended", async () => {
      const { component, source } = controlledComponent();
      const { send } = replicas.add({ component });
      source("good").end();
      source("bad").fail(new Error("no"));
      await send(ask("good", { message: "good" }));
      await send(ask("bad", { message: "bad" }));
      for (const [requestId, state] of [
        ["good", "complete"],
        ["bad", "failed"],
      ]) {
        const response = await post(send, `/runs/${requestId}/stop`);
        expect(response.status).toBe(200);
        expect(resultOf(response)).toMatchObject({ state, stop_requested: false });
      }
    });

    test("keep nobody waiting for a component that does not heed its signal", async () => {
      const component = defineComponent<string>({
        run: async function* run() {
          yield "so far";
          await sleep(10_000, undefined, { ref: false });
          yield "much later";
        },
      });
      const { send } = replicas.add({ component });
      const answer = send(ask("r", { message: "q", stream: true }));
      await vi.waitFor(async () => expect(await stateOf(send, "r")).toBe("running"));
      const before = performance.now();
      const stopped = await post(send, "/runs/r/stop");
      expect(performance.now() - before).toBeLessThan(2500);
      expect(resultOf(stopped)).toMatchObject({ state: "stopped" });
      expect(textOf(parseEventStream((await answer).text))).toBe("so far");
    });
  });

  describe("run again", () => {
    const component = (): { component: ReturnType<typeof failingOnce>; seen: unknown[] } => {
      const seen: unknown[] = [];
      return { component: failingOnce(seen), seen };
    };

    test("answer as /chat does, with the message and the arguments of the first time", async () => {
      const made = component();
      const { send } = replicas.add({ component: made.component });
      const failed = await send(ask("r1", { message: "q", session_id: "s", extra: { a: [1] } }));
      expect(failed.status).toBe(500);
      const retried = await post(send, "/runs/r1/retry");
      expect(retried.status).toBe(200);
      expect(retried.json()).toMatchObject({
        code: 0,
        result: { session_id: "s", answer_message: { content: "answer to q" } },
      });
      expect(retried.headers.has("idempotency-replayed")).toBe(false);
      const requestId = retried.headers.get("x-appbuilder-request-id") ?? "";
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(resultOf(await get(send, `/runs/${requestId}`))).toMatchObject({
        state: "complete",
        retry_of: "r1",
        number: 2,
        session_id: "s",
        question: { content: "q" },
      });
      expect(await stateOf(send, "r1")).toBe("failed");
      expect(made.seen).toEqual([{ extra: { a: [1] } }, { extra: { a: [1] } }]);
      expect(await historyOf(send, "s")).toEqual([
        ["query", "q"],
        ["answer", "answer to q"],
      ]);
    });

    test("stream where that is asked for, under the id that is given", async () => {
      const { send } = replicas.add({ component: component().component });
      await send(ask("r1", { message: "q" }));
      const response = await post(
        send,
        "/runs/r1/retry",
        { stream: true },
        { "X-Appbuilder-Request-Id": "r2" },
      );
      expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
      expect(response.headers.get("x-appbuilder-request-id")).toBe("r2");
      const events = parseEventStream(response.text);
      expect(textOf(events)).toBe("answer to q");
      expect(events.at(-1)?.id).toBe("end");
      expect(await stateOf(send, "r2")).toBe("complete");
    });

    test("only where they failed, were stopped or were interrupted", async () => {
      const { component: controlled, source } = controlledComponent();
      const { send } = replicas.add({ component: controlled });
      source("done").end();
      await send(ask("done", { message: "done" }));
      const running = send(ask("running", { message: "running" }));
      await vi.waitFor(async () => expect(await stateOf(send, "running")).toBe("running"));
      for (const [requestId, state] of [
        ["done", "complete"],
        ["running", "running"],
      ]) {
        const response = await post(send, `/runs/${requestId}/retry`);
        expect(response.status).toBe(409);
        expect(response.text).toMatch(new RegExp(`The run ${requestId} is ${state}`));
      }
      await post(send, "/runs/running/stop");
      await running;
      // The stopped run still asks for a piece.
      source("running").end();
      source("running").end();
      expect((await post(send, "/runs/running/retry")).status).toBe(200);
    });

    test("take the place of what they had said", async () => {
      let calls = 0;
      const twice = defineComponent<string>({
        run: async (message: Message<string>) => {
          calls += 1;
          const answer = MessageStream.from(calls === 1 ? halted() : ["whole"]);
          await new UserSession().append({ query: message, answer });
          return answer;
        },
      });
      const { send } = replicas.add({ component: twice });
      const answer = send(ask("r", { message: "q", session_id: "s", stream: true }));
      await vi.waitFor(async () => expect(await stateOf(send, "r")).toBe("running"));
      await sleep(20);
      await post(send, "/runs/r/stop");
      await answer;
      expect(await historyOf(send, "s")).toEqual([
        ["query", "q"],
        ["answer", "so far"],
      ]);
      expect((await post(send, "/runs/r/retry")).status).toBe(200);
      expect(await historyOf(send, "s")).toEqual([
        ["query", "q"],
        ["answer", "whole"],
      ]);
      expect(await stateOf(send, "r")).toBe("stopped");
    });

    test("need the caller's token where each caller brings one", async () => {
      const { send } = replicas.add({
        component: component().component,
        lazyCertification: true,
      });
      const token = { "X-Appbuilder-Authorization": "Bearer token" };
      const first = ask("r1", { message: "q" });
      await send({ ...first, headers: { ...first.headers, ...token } });
      expect((await post(send, "/runs/r1/retry")).status).toBe(401);
      expect((await post(send, "/runs/r1/retry", undefined, token)).status).toBe(200);
    });
  });

  test("that a server's end interrupts show their part, say how to go on, and can be run again", async () => {
    let calls = 0;
    const component = defineComponent<string>({
      run: async function* run() {
        calls += 1;
        yield "so far";
        if (calls === 1) await new Promise(() => undefined);
        yield " and on";
      },
    });
    const first = replicas.add({ component });
    const request = ask("r1", { message: "q", session_id: "s", stream: true });
    const answer = first.send({ ...request, headers: keyed(request.headers) });
    await vi.waitFor(async () => expect(await stateOf(first.send, "r1")).toBe("running"));
    await sleep(20);
    await first.runtime.close();
    expect((await answer).events().at(-1)).toMatchObject({ code: 503, result: null });

    const { send } = replicas.add({ component });
    expect(resultOf(await get(send, "/runs/r1"))).toMatchObject({
      state: "interrupted",
      question: { content: "q" },
      answer: { content: "so far" },
    });
    const turns = resultOf(await get(send, "/sessions/s/turns"))["turns"];
    expect(turns).toMatchObject([{ request_id: "r1", state: "interrupted" }]);
    expect(await historyOf(send, "s")).toEqual([]);
    const stream = parseEventStream((await get(send, "/runs/r1/stream")).text);
    expect(textOf(stream)).toBe("so far");
    expect(stream.at(-1)).toMatchObject({ id: "end", data: { code: 503, result: null } });

    const blocking = ask("r2", { message: "q", session_id: "s" });
    const again = await send({ ...blocking, headers: keyed(blocking.headers) });
    expect(again.status).toBe(503);
    const retried = await post(send, "/runs/r1/retry");
    expect(retried.json()).toMatchObject({
      result: { answer_message: { content: "so far and on" } },
    });
  });

  test("show why they failed, but no more than their caller was told", async () => {
    const component = defineComponent<string>({
      run: async function* run(message) {
        yield "part";
        if (message.content === "mistake") throw new TurnkeepError("input_invalid", "Say more.");
        throw Object.assign(new Error("the secret"), { code: 336_100 });
      },
    });
    const { send } = replicas.add({ component });
    await send(ask("r1", { message: "q", stream: true }));
    await send(ask("r2", { message: "mistake", stream: true }));
    const failed = await get(send, "/runs/r1");
    expect(failed.text).not.toContain("secret");
    expect(resultOf(failed)).toMatchObject({
      state: "failed",
      answer: { content: "part" },
      error: {
        code: "component_failed",
        status: 500,
        number: 336_100,
        message: expect.stringContaining("the request id r1") as string,
      },
    });
    expect(resultOf(await get(send, "/runs/r2"))["error"]).toEqual({
      code: "input_invalid",
      status: 400,
      number: null,
      message: "Say more.",
    });
  });

  test("can have any id that a program gives them", async () => {
    const { component, source } = controlledComponent();
    const { send, runtime } = replicas.add({ component });
    source("q").end();
    const requestId = "请求 1/2";
    await runtime.chat(new Message("q"), { requestId, sessionId: "s", idempotencyKey: "key" });
    const path = `/runs/${encodeURIComponent(requestId)}`;
    expect(resultOf(await get(send, path))).toMatchObject({ request_id: requestId });
    const stream = await get(send, `${path}/stream`);
    expect(stream.headers.get("x-appbuilder-request-id")).toBe(encodeURIComponent(requestId));
    const replayed = await send(
      chatRequest({ message: "q", session_id: "s" }, { "Idempotency-Key": "key" }),
    );
    expect(replayed.status).toBe(200);
    expect(replayed.headers.get("x-appbuilder-request-id")).toBe(encodeURIComponent(requestId));
  });
});

/** Fails the first time, then answers; notes the arguments that it is given. */
function failingOnce(seen: unknown[]) {
  return defineComponent<string>({
    run: async (
      message: Message<string>,
      { stream: _stream, signal: _signal, ...rest }: RunOptions,
    ) => {
      seen.push(rest);
      if (seen.length === 1) throw new TurnkeepError("component_failed", "the first time");
      const answer = MessageStream.from([`answer to `, message.content]);
      await new UserSession().append({ query: message, answer });
      return answer;
    },
  });
}

async function* halted(): AsyncGenerator<string> {
  yield "so far";
  await new Promise(() => undefined);
}
