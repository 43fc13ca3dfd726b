import { setTimeout as sleep } from "node:timers/promises";
import { defineComponent, Message, UserSession } from "turnkeep";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type FaultServer, startFaultServer } from "../faults/start-fault-server.ts";
import {
  contentOf,
  controlled,
  counting,
  eventually,
  openPlace,
  type Place,
  range,
  resultOf,
} from "./place.ts";
import { postChat, startFieldServer } from "./start-field-server.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place[Symbol.asyncDispose]());

test("adk-python#3970, openai-agents-python#4615: a turn that breaks off leaves nothing that later ones trip over", async () => {
  const { source, component } = controlled();
  const broken = place.serve(component, { claimTime: 300 });
  source("broken").give("half an ans");
  source("broken").fail(new Error("the model is gone"));
  await broken.chat({ message: "broken", session_id: "s", stream: true });
  const { chat } = place.serve(counting);
  expect(contentOf(await chat({ message: "next", session_id: "s" }))).toBe("0");
  expect((await place.messages("s")).map(({ content }) => content)).toEqual(["next", "0"]);
});

test("adk-python#3970: a turn whose server is killed is shown as interrupted, and the session goes on", async () => {
  const options = { claimTime: 500, chunkInterval: 20 };
  await using victim = await startFieldServer(place.url, options);
  const endless = { stream: true, pieces: 10_000, pause: 10, size: 24 };
  const response = await postChat(
    victim,
    { message: "q", session_id: "s", ...endless },
    { "X-Appbuilder-Request-Id": "killed" },
  );
  await response.body?.getReader().read();
  await sleep(300);
  victim.signal("SIGKILL");
  await victim.ended;
  const { chat, ask } = place.serve(counting, { claimTime: 500 });
  expect(contentOf(await chat({ message: "after", session_id: "s" }))).toBe("0");
  expect(resultOf(await ask("GET", "/runs/killed"))).toMatchObject({
    state: "interrupted",
    question: { content: "q" },
    answer: { content: expect.stringMatching(/^0:\d+\.\d\.+ 1:/) as string },
  });
  expect((await place.messages("s")).map(({ content }) => content)).toEqual(["after", "0"]);
});

test("chainlit#2789: a write that comes late takes nothing from the final text", async () => {
  const store = await place.openStore();
  await store.beginTurn({
    requestId: "r",
    sessionId: "s",
    userId: undefined,
    question: new Message("q"),
    arguments: {},
    retryOf: undefined,
    idempotency: undefined,
    replica: "one",
    claimTime: 10_000,
    concurrency: "queue",
    queueLimit: 1,
  });
  const part = { requestId: "r", number: 0, content: "a pa", fields: { id: "a", name: "msg" } };
  await store.appendChunks("one", [part]);
  const answer = new Message("a part and the rest");
  await Promise.all([
    store.endTurn({
      requestId: "r",
      replica: "one",
      state: "complete",
      messages: [{ messageKey: "answer", message: answer }],
      answer,
      error: undefined,
    }),
    store.appendChunks("one", [{ ...part, number: 1, content: "rt" }]),
  ]);
  await store.appendChunks("one", [{ ...part, number: 2, content: " late" }]);
  await store.interruptLapsed();
  expect((await store.getTurn("r", undefined))?.answer?.toJSON()).toEqual(answer.toJSON());
  expect(await store.getChunks("r", 0)).toEqual([]);
  expect((await place.messages("s")).map(({ content }) => content)).toEqual([
    "a part and the rest",
  ]);
});

test("chainlit#2789: a component that appends after its end changes nothing, and the log says so", async () => {
  const late = Promise.withResolvers<unknown>();
  const component = defineComponent<string>({
    run: async (message) => {
      const session = new UserSession();
      await session.append({ query: message, answer: new Message("final") });
      setTimeout(() => {
        session.append({ answer: new Message("late") }).catch(late.resolve);
      }, 100);
      return new Message("final");
    },
  });
  const { chat, logger } = place.serve(component);
  await chat({ message: "q", session_id: "s" });
  await expect(late.promise).resolves.toMatchObject({ code: "run_ended" });
  expect((await place.messages("s")).map(({ content }) => content)).toEqual(["q", "final"]);
  expect(logger.entries.map(({ level }) => level)).toEqual(["warn"]);
});

describe("two processes on one file", () => {
  const startPair = async (): Promise<{ shared: Place; pair: readonly FaultServer[] }> => {
    const shared = await openPlace();
    onTestFinished(() => shared[Symbol.asyncDispose]());
    const start = () => startFaultServer(shared.url, { chunkInterval: 10 });
    return { shared, pair: await Promise.all([start(), start()]) };
  };

  test("adk-python#1733, adk-python#4751: turns that one session gets through two processes succeed, one after the other", async () => {
    const { shared, pair } = await startPair();
    const statuses = await Promise.all(
      range(12).map(async (index) => {
        const response = await postChat(
          { url: pair[index % 2]?.url ?? "" },
          {
            message: `${index}`,
            session_id: "s",
            stream: index % 3 === 0,
          },
        );
        await response.text();
        return response.status;
      }),
    );
    expect(statuses).toEqual(range(12).map(() => 200));
    const stored = await shared.messages("s");
    expect(stored).toHaveLength(24);
    for (const index of range(12)) {
      const [query, answer] = stored.slice(2 * index);
      expect([query?.key, answer?.key]).toEqual(["query", "answer"]);
      expect(String(answer?.content).startsWith(`${String(query?.content)}/0 `)).toBe(true);
    }
  });

  test("chainlit#2596, mastra#18877: two servers need no sticky routing, and answer once", async () => {
    const { shared, pair } = await startPair();
    const text = range(5)
      .map((piece) => `q/${piece} `)
      .join("");
    for (const index of range(6)) {
      const [here, there] = [pair[index % 2]?.url ?? "", pair[(index + 1) % 2]?.url ?? ""];
      const requestId = `run-${index}`;
      const [first, again] = await Promise.all([
        postChat(
          { url: here },
          { message: "q", session_id: "sticky", stream: true },
          { "X-Appbuilder-Request-Id": requestId },
        ).then((response) => response.text()),
        eventually(async () => {
          const response = await fetch(`${there}/runs/${requestId}/stream`);
          expect(response.status).toBe(200);
          return response.text();
        }),
      ]);
      for (const events of [first, again]) expect(saidIn(events)).toBe(text);
    }
    expect(await shared.messages("sticky")).toHaveLength(12);
  });
});

test("mastra#21906, agno#7479: a double submit is one turn, also through two servers and with a stream", async () => {
  const services = [place.serve(counting), place.serve(counting)] as const;
  const answers = await Promise.all(
    range(10).map((index) =>
      services[index % 2 === 0 ? 0 : 1].chat(
        { message: "pay", session_id: "s", stream: index >= 5 },
        { "Idempotency-Key": "pay-1" },
      ),
    ),
  );
  expect(answers.slice(0, 5).map(contentOf)).toEqual(["0", "0", "0", "0", "0"]);
  for (const answer of answers.slice(5)) expect(answer.text).toContain('"content":"0"');
  expect(new Set(answers.map(({ headers }) => headers.get("x-appbuilder-request-id"))).size).toBe(
    1,
  );
  expect(await place.messages("s")).toHaveLength(2);
});

test("langgraph#8796: a second question waits, is refused, or takes the first one's place, as the service says", async () => {
  for (const concurrency of ["queue", "reject", "supersede"] as const) {
    const { source, component } = controlled();
    const { chat } = place.serve(component, { concurrency });
    source("first").give("first");
    source("second").give("second");
    source("second").end();
    const ask = (message: string) => chat({ message, session_id: concurrency, stream: true });
    const first = ask("first");
    await eventually(() => expect(source("first").asked).toBeGreaterThan(1));
    const second = ask("second");
    if (concurrency === "queue") await sleep(50);
    if (concurrency === "reject") expect((await second).status).toBe(409);
    if (concurrency !== "supersede") source("first").end();
    await Promise.all([first, second]);
    const contents = (await place.messages(concurrency)).map(({ content }) => content);
    expect(contents).toEqual(
      concurrency === "reject" ? ["first", "first"] : ["first", "first", "second", "second"],
    );
  }
});

test("adk-python#1561, adk-python#4954: ten stores that open an empty database at once all come up", async () => {
  const stores = await Promise.all(range(10).map(() => place.openStore()));
  await Promise.all(
    stores.map((store, index) =>
      store.appendTurn({
        sessionId: "s",
        requestId: `r${index}`,
        messages: [{ messageKey: "query", message: new Message(index) }],
      }),
    ),
  );
  expect(await place.messages("s")).toHaveLength(10);
});

function saidIn(events: string): string {
  return [...events.matchAll(/^data: (.*)$/gm)]
    .map(([, data = ""]) => {
      const { result } = JSON.parse(data) as { result: { answer_message: { content: string } } };
      return result.answer_message.content;
    })
    .join("");
}
