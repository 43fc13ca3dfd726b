import { defineComponent, MessageStream, UserSession } from "turnkeep";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ControlledSource } from "../helpers/controlled-source.ts";
import { readEvents } from "../helpers/server-sent-events.ts";
import {
  contentOf,
  counting,
  eventually,
  openPlace,
  type Place,
  range,
  resultOf,
} from "./place.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place[Symbol.asyncDispose]());

/** Asks for a stream through a socket, and leaves after its first piece. */
async function askAndLeave(url: string, sessionId: string): Promise<void> {
  const leave = new AbortController();
  const response = await fetch(`${url}/chat`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Appbuilder-Request-Id": `run-${sessionId}` },
    body: JSON.stringify({ message: "q", session_id: sessionId, stream: true }),
    signal: leave.signal,
  });
  await response.body?.getReader().read();
  leave.abort();
}

test("M9: a client that leaves aborts its run where that is asked for, and the part is kept", async () => {
  const source = new ControlledSource();
  const aborted = vi.fn<() => void>();
  const component = defineComponent<string>({
    run: async (message, { signal }) => {
      signal.addEventListener("abort", aborted);
      signal.addEventListener("abort", () => source.end());
      const answer = MessageStream.from(source);
      await new UserSession().append({ query: message, answer });
      return answer;
    },
  });
  const { runtime, ask } = place.serve(component, { onDisconnect: "stop" });
  await using server = await runtime.serve({ port: 0 });
  source.give("a part");
  await askAndLeave(server.url, "s");
  await eventually(async () => {
    expect(resultOf(await ask("GET", "/runs/run-s"))).toMatchObject({
      state: "stopped",
      answer: { content: "a part", stopped: true },
    });
  });
  expect(aborted).toHaveBeenCalledOnce();
  expect((await place.messages("s")).map(({ content }) => content)).toEqual(["q", "a part"]);
});

test("M9: a client that leaves aborts nothing by default, and the answer is kept whole", async () => {
  const source = new ControlledSource();
  const aborted = vi.fn<() => void>();
  const component = defineComponent<string>({
    run: async (message, { signal }) => {
      signal.addEventListener("abort", aborted);
      const answer = MessageStream.from(source);
      await new UserSession().append({ query: message, answer });
      return answer;
    },
  });
  const { runtime, ask } = place.serve(component);
  await using server = await runtime.serve({ port: 0 });
  source.give("a part");
  await askAndLeave(server.url, "s");
  source.give(" and the rest");
  source.end();
  await eventually(async () => {
    expect(resultOf(await ask("GET", "/runs/run-s"))).toMatchObject({
      state: "complete",
      answer: { content: "a part and the rest" },
    });
  });
  expect(aborted).not.toHaveBeenCalled();
});

test("M10: three turns at once in one session are stored question, answer, question, answer", async () => {
  const { chat } = place.serve(counting);
  await Promise.all(range(3).map((index) => chat({ message: `${index}`, session_id: "s" })));
  const stored = await place.messages("s");
  expect(stored.map(({ key }) => key)).toEqual(range(3).flatMap(() => ["query", "answer"]));
  for (const index of range(3)) {
    expect(stored[2 * index]?.requestId).toBe(stored[2 * index + 1]?.requestId);
    expect(stored[2 * index + 1]?.content).toBe(`${index}`);
  }
});

test("M10: the same request sent twice is run and stored once", async () => {
  const { chat } = place.serve(counting);
  const send = () => chat({ message: "q", session_id: "s" }, { "Idempotency-Key": "once" });
  const [first, second] = await Promise.all([send(), send()]);
  const third = await send();
  expect(second.json()).toEqual(first.json());
  expect(third.json()).toEqual(first.json());
  expect(await place.messages("s")).toHaveLength(2);
});

test("M11: of four turns at once in one session, through two servers, none is lost", async () => {
  const services = [place.serve(counting), place.serve(counting)] as const;
  const answers = await Promise.all(
    range(4).map((index) =>
      services[index % 2 === 0 ? 0 : 1].chat({ message: `${index}`, session_id: "s" }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(answers.map((answer) => String(contentOf(answer))).toSorted()).toEqual([
    "0",
    "1",
    "2",
    "3",
  ]);
  expect((await place.messages("s")).map(({ key }) => key)).toEqual(
    range(4).flatMap(() => ["query", "answer"]),
  );
});

test("M11: a streamed and a whole turn of one session both see what came before them", async () => {
  const { chat, runtime } = place.serve(counting);
  const [, streamed] = await Promise.all([
    chat({ message: "whole", session_id: "s" }),
    runtime
      .fetch(
        new Request("http://turnkeep.test/chat", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ message: "streamed", session_id: "s", stream: true }),
        }),
      )
      .then((response) => readEvents(response)),
  ]);
  expect(streamed.at(-1)?.id).toBe("end");
  const answers = (await place.messages("s")).filter(({ key }) => key === "answer");
  expect(answers.map(({ content }) => content)).toEqual(["0", "1"]);
});
