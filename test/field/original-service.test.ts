import { setTimeout as sleep } from "node:timers/promises";
import { defineComponent, HttpRuntime, Message, MessageStream, UserSession } from "turnkeep";
import { afterEach, beforeEach, expect, test } from "vitest";
import { messagesTable, turnsTable } from "../../src/sql/tables.ts";
import { startFakeGateway } from "../fixtures/gateway/fake-gateway.ts";
import { PlaygroundWithHistory } from "../fixtures/gateway/playground-with-history.ts";
import { readEvents, textOf } from "../helpers/server-sent-events.ts";
import { contentOf, counting, eventually, openPlace, type Place, range } from "./place.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(async () => {
  delete process.env["GATEWAY_URL"];
  await place[Symbol.asyncDispose]();
});

const streamed = defineComponent<string>({
  run: async (message) => {
    const session = new UserSession();
    const [last] = await session.getHistory("query", { limit: 1 });
    const before = typeof last?.content === "string" ? last.content : "nothing";
    const pieces = [`after ${before}: `, message.content, "."];
    const answer = MessageStream.from(pieces);
    await session.append({ query: message, answer });
    return answer;
  },
});

test("original 1: of eight clients at once with 30 requests each all 240 are answered, and 160 streams to their end", async () => {
  const { runtime, logger } = place.serve(streamed);
  await using server = await runtime.serve({ port: 0 });
  const post = (body: unknown) =>
    fetch(`${server.url}/chat`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  await Promise.all(
    range(8).map(async (client) => {
      for (const turn of range(50)) {
        const before = turn === 0 ? "nothing" : `${client}/${turn - 1}`;
        const expected = `after ${before}: ${client}/${turn}.`;
        const stream = turn >= 30;
        const response = await post({
          message: `${client}/${turn}`,
          session_id: `s${client}`,
          stream,
        });
        expect(response.status).toBe(200);
        if (stream) {
          const events = await readEvents(response);
          expect(textOf(events)).toBe(expected);
          expect(events.at(-1)).toMatchObject({ data: { result: { is_completion: true } } });
        } else {
          expect(await response.text()).toContain(JSON.stringify(expected));
        }
      }
      const stored = await place.messages(`s${client}`);
      expect(stored.filter(({ key }) => key === "query").map(({ content }) => content)).toEqual(
        range(50).map((turn) => `${client}/${turn}`),
      );
      expect(stored).toHaveLength(100);
    }),
  );
  expect(logger.entries).toEqual([]);
});

test("original 1: requests that fail leave no rows", async () => {
  const failing = defineComponent<string>({
    run: async (message) => {
      await new UserSession().append({ query: message });
      throw new Error("no");
    },
  });
  const { chat } = place.serve(failing);
  await Promise.all(
    range(16).map(async (index) => {
      const body = { message: "q", session_id: "s", stream: index % 2 === 0 };
      expect([200, 500]).toContain((await chat(body)).status);
    }),
  );
  expect(await place.messages("s")).toEqual([]);
});

test("original 2: with four users at once every call carries its own user's token, and no other request's arguments", async () => {
  await using gateway = await startFakeGateway();
  gateway.jitter = 3;
  process.env["GATEWAY_URL"] = gateway.url;
  const { chat } = place.serve(new PlaygroundWithHistory(), { lazyCertification: true });
  await Promise.all(
    range(4).map(async (user) => {
      for (const turn of range(10)) {
        const response = await chat(
          { message: `user-${user} asks ${turn}`, session_id: `s${user}` },
          { "X-Appbuilder-Authorization": `Bearer token-${user}` },
        );
        expect(response.status).toBe(200);
      }
    }),
  );
  expect(gateway.calls.length).toBeGreaterThanOrEqual(40);
  for (const { headers, body } of gateway.calls) {
    const [, user] = /user-(\d)/.exec(body.query) ?? [];
    expect(headers["x-appbuilder-authorization"]).toBe(`Bearer token-${user}`);
  }

  const seen = defineComponent<string>({
    run: async (_message, { signal: _signal, stream: _stream, ...rest }) =>
      new Message(JSON.stringify(rest)),
  });
  const telling = place.serve(seen);
  const answers = await Promise.all(
    range(8).map((index) =>
      telling.chat({ message: "q", ...(index % 2 === 0 ? { [`extra_${index}`]: index } : {}) }),
    ),
  );
  expect(answers.map(contentOf)).toEqual(
    range(8).map((index) => (index % 2 === 0 ? `{"extra_${index}":${index}}` : "{}")),
  );
});

test("original 3: a read that fails breaks no other request, and those after the outage are answered", async () => {
  const { chat, logger } = place.serve(counting);
  await chat({ message: "first", session_id: "s" });
  // A row that is no message, and tables that are taken away for a while.
  await place.within(async (kysely) => {
    const [row] = await kysely.selectFrom(messagesTable).selectAll().execute();
    if (row === undefined) throw new Error("there is no row to copy");
    const broken = { ...row, id: "broken", message_value: '{"no": "message"}' };
    await kysely.insertInto(messagesTable).values(broken).execute();
  });
  expect(contentOf(await chat({ message: "second", session_id: "s" }))).toBe("1");
  expect(logger.entries.map(({ level, facts }) => [level, facts["recordId"]])).toEqual([
    ["warn", "broken"],
  ]);
  const rename = (from: string, to: string): Promise<unknown> =>
    place.within((kysely) => kysely.schema.alterTable(from).renameTo(to).execute());
  await rename(messagesTable, "moved");
  await rename(turnsTable, "moved_turns");
  const failed = await Promise.all(
    range(4).map((index) => chat({ message: "q", session_id: `failed-${index}` })),
  );
  expect(failed.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
  await rename("moved", messagesTable);
  await rename("moved_turns", turnsTable);
  const answers = await Promise.all(
    range(8).map((index) => chat({ message: "q", session_id: `after-${index}` })),
  );
  expect(answers.map(contentOf)).toEqual(range(8).map(() => "0"));
});

test("original 4: order within a second, what another process wrote and the case of ids are kept", async () => {
  const services = [place.serve(counting), place.serve(counting)] as const;
  for (const index of range(8)) {
    const response = await services[index % 2 === 0 ? 0 : 1].chat({
      message: `v${index}`,
      session_id: "case",
    });
    expect(contentOf(response)).toBe(`${index}`);
  }
  for (const sessionId of ["CASE", "Case", "case ", "casé"]) {
    const response = await services[0].chat({ message: "q", session_id: sessionId });
    expect(contentOf(response)).toBe("0");
  }
  const questions = (await place.messages("case")).filter(({ key }) => key === "query");
  expect(questions.map(({ content }) => content)).toEqual(range(8).map((index) => `v${index}`));
});

test("original 5: the history that a served component reads is the text, also in the document's own component", async () => {
  await using gateway = await startFakeGateway();
  process.env["GATEWAY_URL"] = gateway.url;
  const { chat } = place.serve(new PlaygroundWithHistory(), { lazyCertification: true });
  const token = { "X-Appbuilder-Authorization": "Bearer t" };
  await chat({ message: "海淀区的面积是多少", session_id: "s" }, token);
  await chat({ message: "它有多少人", session_id: "s", stream: true }, token);
  const rewrite = gateway.calls.find(({ path }) => path.endsWith("query_rewrite"));
  expect(rewrite?.body.query).toContain("海淀区的面积是多少");
  expect(rewrite?.body.query).toContain("它有多少人");
  expect(rewrite?.body.query).not.toMatch(/content|mtype|[{}]/);
});

test("original 8: a UserSession made before the runtime uses its database, and two runtimes share none", async () => {
  const session = new UserSession();
  const component = defineComponent<string>({
    run: async (message) => {
      const before = await session.getHistory("query", { limit: 100 });
      await session.append({ query: message });
      return new Message(`${before.length}`);
    },
  });
  await using elsewhere = await openPlace();
  const here = place.serve(component);
  const there = elsewhere.serve(component);
  for (const service of [here, there, here, there, here]) {
    await service.chat({ message: "q", session_id: "s" });
  }
  expect(await place.messages("s")).toHaveLength(3);
  expect(await elsewhere.messages("s")).toHaveLength(2);
});

test("original 7: a client that leaves in mid-stream loses nothing of its turn, every time", async () => {
  const slow = defineComponent<string>({
    run: async (message) => {
      async function* say(): AsyncGenerator<string> {
        for (const piece of range(5)) {
          yield `${piece} `;
          await sleep(5);
        }
      }
      const answer = MessageStream.from(say());
      await new UserSession().append({ query: message, answer });
      return answer;
    },
  });
  const { runtime } = place.serve(slow);
  await using server = await runtime.serve({ port: 0 });
  await Promise.all(
    range(20).map(async (index) => {
      const leave = new AbortController();
      const response = await fetch(`${server.url}/chat`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ message: "q", session_id: `s${index}`, stream: true }),
        signal: leave.signal,
      });
      await response.body?.getReader().read();
      leave.abort();
    }),
  );
  await eventually(async () => {
    for (const index of range(20)) {
      expect((await place.messages(`s${index}`)).map(({ content }) => content)).toEqual([
        "q",
        "0 1 2 3 4 ",
      ]);
    }
  });
});

test("original 7: a component that appends can fail before its first piece and is begun again", async () => {
  let calls = 0;
  const component = defineComponent<string>({
    run: async function* run(message) {
      calls += 1;
      await new UserSession().append({ query: message, answer: new Message(`call ${calls}`) });
      if (calls < 3) throw new Error("not yet");
      yield "at last";
    },
  });
  const { chat } = place.serve(component);
  const response = await chat({ message: "q", session_id: "s", stream: true });
  expect(response.text).toContain("at last");
  expect((await place.messages("s")).map(({ content }) => content)).toEqual(["q", "call 3"]);
});

test("original 9: an id that is too long is refused before the component is called, and LOCAL- is an id like others", async () => {
  let calls = 0;
  const component = defineComponent<string>({
    run: async (message) => {
      calls += 1;
      await new UserSession().append({ query: message });
      return new Message("a");
    },
  });
  const { chat } = place.serve(component);
  const long = "x".repeat(37);
  for (const response of [
    await chat({ message: "q", session_id: long }),
    await chat({ message: "q", session_id: "s" }, { "X-Appbuilder-Request-Id": long }),
    await chat({ message: "q", session_id: "s" }, { "X-Appbuilder-User-Id": "x".repeat(256) }),
  ]) {
    expect(response.status).toBe(400);
  }
  expect(calls).toBe(0);
  await using runtime = new HttpRuntime({ component, userSessionConfig: place.url });
  await expect(runtime.chat(new Message("q"), { sessionId: long })).rejects.toMatchObject({
    code: "invalid_request",
  });
  expect(calls).toBe(0);
  expect((await chat({ message: "q", session_id: "LOCAL-1" })).status).toBe(200);
  expect(await place.messages("LOCAL-1")).toHaveLength(1);
});
