import { setTimeout as sleep } from "node:timers/promises";
import { defineComponent, type HttpRuntime, Message, MessageStream, UserSession } from "turnkeep";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readEvents, type StreamEvent, textOf } from "../helpers/server-sent-events.ts";
import { controlled, eventually, openPlace, type Place, resultOf, type Service } from "./place.ts";

let place: Place;
let service: Service;
let answers: ReturnType<typeof controlled>;
beforeEach(async () => {
  place = await openPlace();
  answers = controlled();
  service = place.serve(answers.component, { chunkInterval: 5 });
});
afterEach(() => place[Symbol.asyncDispose]());

/** Asks for a stream, the question's name being its session's and its run's too. */
function ask({ fetch }: HttpRuntime, name: string): Promise<Response> {
  return fetch(
    new Request("http://turnkeep.test/chat", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Appbuilder-Request-Id": name },
      body: JSON.stringify({ message: name, session_id: name, stream: true }),
    }),
  );
}

function resume({ fetch }: HttpRuntime, name: string, from?: string): Promise<Response> {
  const headers: Record<string, string> = from === undefined ? {} : { "Last-Event-ID": from };
  return fetch(new Request(`http://turnkeep.test/runs/${name}/stream`, { headers }));
}

const lastOf = (events: readonly StreamEvent[]): StreamEvent | undefined => events.at(-1);

test("mastra#13984, ai#6699: a reload in mid-answer shows the question at once, and the whole answer", async () => {
  const { runtime, ask: request } = service;
  const source = answers.source("q");
  source.give("before the reload, ");
  await readEvents(await ask(runtime, "q"), 1);
  const { turns } = resultOf(await request("GET", "/sessions/q/turns"));
  expect(turns).toMatchObject([{ request_id: "q", state: "running", question: { content: "q" } }]);
  const reloaded = readEvents(await resume(runtime, "q"));
  source.give("after it");
  source.end();
  const events = await reloaded;
  expect(textOf(events)).toBe("before the reload, after it");
  expect(lastOf(events)?.id).toBe("end");
});

test("mastra#17510, adk-python#4029: an answer that nobody waited for is there afterwards", async () => {
  const { runtime, ask: request } = service;
  const source = answers.source("q");
  source.give("one ");
  await readEvents(await ask(runtime, "q"), 1);
  source.give("two");
  source.end();
  await eventually(async () => {
    expect(resultOf(await request("GET", "/runs/q"))["state"]).toBe("complete");
  });
  expect((await place.messages("q")).map(({ content }) => content)).toEqual(["q", "one two"]);
  expect(textOf(await readEvents(await resume(runtime, "q")))).toBe("one two");
});

test("chainlit#118: a conversation is listed, shown and gone on with after a restart", async () => {
  const authenticate = (): string => "her";
  const first = place.serve(answers.component, { authenticate });
  answers.source("before").give("the first answer");
  answers.source("before").end();
  await readEvents(await ask(first.runtime, "before"));
  await first.runtime.close();

  const { chat, ask: request } = place.serve(
    defineComponent<string>({
      run: async (message) => {
        const session = new UserSession();
        const [last] = await session.getHistory("answer", { limit: 1 });
        const answer = new Message(`after ${String(last?.content)}`);
        await session.append({ query: message, answer });
        return answer;
      },
    }),
    { authenticate },
  );
  expect(resultOf(await request("GET", "/sessions"))["sessions"]).toMatchObject([
    { session_id: "before", turns: 1 },
  ]);
  const response = await chat({ message: "more", session_id: "before" });
  expect(response.text).toContain("after the first answer");
});

test("ai#6502: a resumed stream can be stopped, and every reader is told what was said", async () => {
  const other = place.serve(answers.component);
  answers.source("q").give("said");
  const first = readEvents(await ask(service.runtime, "q"));
  const resumed = readEvents(await resume(service.runtime, "q"));
  const elsewhere = readEvents(await resume(other.runtime, "q"));
  const stopped = await other.ask("POST", "/runs/q/stop");
  expect(resultOf(stopped)).toMatchObject({ state: "stopped", answer: { content: "said" } });
  for (const events of await Promise.all([first, resumed, elsewhere])) {
    expect(textOf(events)).toBe("said");
    expect(lastOf(events)).toMatchObject({
      id: "end",
      data: { code: 0, result: { is_completion: true, answer_message: { stopped: true } } },
    });
  }
});

test.each(["stopped", "given up"])(
  "ai#6502: a run that is %s asks for no more of an answer whose component does not heed its signal",
  async (how) => {
    let pieces = 0;
    let closed = false;
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) {
          pieces += 1;
          yield "more ";
          await sleep(5);
        }
      } finally {
        closed = true;
      }
    }
    const component = defineComponent<string>({
      run: async (message) => {
        const answer = MessageStream.from(endless());
        await new UserSession().append({ query: message, answer });
        return answer;
      },
    });
    const { runtime, ask: request } = place.serve(component, {
      runTimeout: how === "stopped" ? 60_000 : 200,
    });
    const reading = readEvents(await ask(runtime, "q"));
    await sleep(100);
    if (how === "stopped") await request("POST", "/runs/q/stop");
    await reading;
    await eventually(() => expect(closed).toBe(true));
    const before = pieces;
    await sleep(100);
    expect(pieces).toBe(before);
  },
);

test("ai#8390: a disconnect goes on, a stop ends, and the record tells them apart", async () => {
  const { runtime, ask: request } = service;
  for (const name of ["left", "stopped"]) {
    answers.source(name).give("part");
    await readEvents(await ask(runtime, name), 1);
  }
  await request("POST", "/runs/stopped/stop");
  answers.source("left").give(" and rest");
  answers.source("left").end();
  await eventually(async () => {
    expect(resultOf(await request("GET", "/runs/left"))).toMatchObject({
      state: "complete",
      stop_requested: false,
      answer: { content: "part and rest" },
    });
  });
  expect(resultOf(await request("GET", "/runs/stopped"))).toMatchObject({
    state: "stopped",
    stop_requested: true,
    answer: { content: "part", stopped: true },
  });
});

test("ai#18457: a resumed stream repeats nothing that its reader has, and nothing of the last answer", async () => {
  const { runtime } = service;
  for (const name of ["first", "second"]) {
    const source = answers.source(name);
    for (const piece of [`${name}: `, "two ", "three"]) source.give(piece);
    source.end();
  }
  await readEvents(await ask(runtime, "first"));
  const events = await readEvents(await ask(runtime, "second"));
  for (const [index, { id = "" }] of events.slice(0, -1).entries()) {
    const rest = await readEvents(await resume(runtime, "second", id));
    expect(textOf(events.slice(0, index + 1)) + textOf(rest)).toBe("second: two three");
  }
  const over = await resume(runtime, "second", "end");
  expect(over.status).toBe(204);
  expect(await over.text()).toBe("");
});

test("adk-python#4216: every stream has a last event that says it is over, and how", async () => {
  const { runtime, ask: request } = service;
  for (const name of ["whole", "halted", "broken"]) answers.source(name).give("piece");
  const [whole, halted, broken] = await Promise.all(
    ["whole", "halted", "broken"].map((name) => ask(runtime, name)),
  );
  if (whole === undefined || halted === undefined || broken === undefined) throw new Error("none");
  answers.source("whole").end();
  answers.source("broken").fail(new Error("the model is gone"));
  await request("POST", "/runs/halted/stop");
  const end = { id: "end", data: { code: 0, result: { is_completion: true } } };
  expect(lastOf(await readEvents(whole))).toMatchObject(end);
  expect(lastOf(await readEvents(halted))).toMatchObject(end);
  expect(lastOf(await readEvents(broken))).toMatchObject({
    id: "end",
    data: { code: 500, result: null },
  });
});

test("cloudflare/agents#1681: writing what streams say costs a write an interval, not one a piece", async () => {
  const store = await place.openStore();
  const writes: number[] = [];
  const counted = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...values: unknown[]): unknown => {
        if (name === "appendChunks") writes.push((values[1] as unknown[]).length);
        return Reflect.apply(value, target, values);
      };
    },
  });
  const pieces = 200;
  const component = defineComponent<string>({
    run: async (message) => {
      async function* say(): AsyncGenerator<string> {
        for (let index = 0; index < pieces; index += 1) {
          yield `${index} `;
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      }
      const answer = MessageStream.from(message.content === "short" ? ["short"] : say());
      await new UserSession().append({ query: message, answer });
      return answer;
    },
  });
  const { runtime } = place.serve(component, { userSessionConfig: counted, chunkInterval: 100 });
  await readEvents(await ask(runtime, "short"));
  expect(writes).toEqual([]);
  const begin = performance.now();
  const streams = ["a", "b", "c", "d", "e"].map(async (name) =>
    readEvents(await ask(runtime, name)),
  );
  for (const events of await Promise.all(streams)) expect(events).toHaveLength(pieces + 1);
  const intervals = (performance.now() - begin) / 100;
  expect(writes.length).toBeGreaterThan(0);
  expect(writes.length).toBeLessThanOrEqual(intervals);
  expect(Math.max(...writes)).toBeLessThanOrEqual(5);
});
