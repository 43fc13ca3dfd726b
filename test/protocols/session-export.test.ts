import { Component, Message, type MessageFields, UserSession } from "turnkeep";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chatRequest, type PlainResponse, type Send } from "../helpers/http-client.ts";
import { openReplicas, places, type Replicas } from "./replicas.ts";

class Answers extends Component<string> {
  override async run(message: Message<string>): Promise<Message> {
    if (message.content === "fail") throw new Error("broken");
    const fields: MessageFields = { extra: { found: 1 } };
    const content =
      message.content === "data" ? { rows: [1, 2] } : `## About\n\n${message.content}`;
    const answer = new Message<unknown>(content, { fields });
    await new UserSession().append({ query: message, answer });
    return answer;
  }
}

const component = new Answers();

describe.each(places)("a session %s", (place) => {
  let replicas: Replicas;
  let send: Send;

  beforeEach(async () => {
    replicas = await openReplicas(place);
    ({ send } = replicas.add({ component }));
  });
  afterEach(() => replicas[Symbol.asyncDispose]());

  const say = (message: string, sessionId: string): Promise<PlainResponse> =>
    send(chatRequest({ message, session_id: sessionId }));
  const get = async (path: string): Promise<PlainResponse> => {
    const response = await send({ method: "GET", path });
    expect(response.status, response.text).toBe(200);
    return response;
  };
  const resultOf = async (path: string): Promise<Record<string, unknown>> =>
    ((await get(path)).json() as { readonly result: Record<string, unknown> }).result;

  test("is exported as JSON, whole, in the forms of the other routes", async () => {
    for (let turn = 0; turn < 3; turn += 1) await say(`say ${turn}`, "s");
    await say("fail", "s");
    const response = await get("/sessions/s/export");
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.json()).toEqual({
      session: await resultOf("/sessions/s"),
      turns: ((await resultOf("/sessions/s/turns"))["turns"] as unknown[]).toReversed(),
      messages: (await resultOf("/sessions/s/messages"))["messages"],
    });
    expect((await get("/sessions/s/export?format=json")).text).toBe(response.text);
  });

  test("is exported whole where it is longer than a page of any list", async () => {
    for (let turn = 1; turn <= 121; turn += 1) await say(`say ${turn}`, "s");
    const { turns, messages } = (await get("/sessions/s/export")).json() as {
      readonly turns: readonly { readonly number: number }[];
      readonly messages: readonly { readonly id: string }[];
    };
    expect(turns.map(({ number }) => number)).toEqual(
      Array.from({ length: 121 }, (_, at) => at + 1),
    );
    expect(new Set(messages.map(({ id }) => id)).size).toBe(242);
    const markdown = (await get("/sessions/s/export?format=markdown")).text;
    expect(markdown.match(/^> say \d+$/gm)).toHaveLength(121);
  });

  test("is exported as Markdown, to be read", async () => {
    await say("*How*\nlarge?", "s");
    await say("data", "s");
    const requestId = (await say("fail", "s")).headers.get("x-appbuilder-request-id");
    const response = await get("/sessions/s/export?format=markdown");
    expect(response.headers.get("content-type")).toBe("text/markdown; charset=utf-8");
    const time = /\d{4}-\d\d-\d\d \d\d:\d\d/g;
    expect(response.text.match(time)).toHaveLength(4);
    expect(response.text.replaceAll(time, "TIME")).toBe(`# \\*How\\* large?

TIME

## 1 · TIME

> *How*
> large?

## About

*How*
large?

## 2 · TIME

> data

\`\`\`json
{
  "rows": [
    1,
    2
  ]
}
\`\`\`

## 3 · TIME

> fail

*failed: InternalServerError: the component failed. The service's log has the details under the request id ${requestId}.*
`);
  });

  test.each([
    [
      "海淀区的面积？",
      `"___.md"`,
      "%E6%B5%B7%E6%B7%80%E5%8C%BA%E7%9A%84%E9%9D%A2%E7%A7%AF%EF%BC%9F.md",
    ],
    ["How large?", `"How large.md"`, "How%20large.md"],
    ['../etc/"x"\\y', `"etc x y.md"`, "etc%20x%20y.md"],
    ["it's (100%)*", `"it_s (100_).md"`, "it%27s%20%28100%25%29.md"],
    ["...", `"session.md"`, "session.md"],
    ["a\u202Egnp.exe", `"a gnp.exe.md"`, "a%20gnp.exe.md"],
    ["x".repeat(255), `"${"x".repeat(80)}.md"`, `${"x".repeat(80)}.md`],
  ])("called %j is a file of that name", async (title, plain, encoded) => {
    await say("hello", "s");
    await send({
      method: "PATCH",
      path: "/sessions/s",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ title }),
    });
    const { headers } = await get("/sessions/s/export?format=markdown");
    const name = headers.get("content-disposition") ?? "";
    const [kind, first = "", second] = name.split("; ");
    expect(kind).toBe("attachment");
    if (!title.startsWith("海")) expect(first).toBe(`filename=${plain}`);
    expect(first).toMatch(/^filename="[ -~]+"$/);
    expect(second).toBe(`filename*=UTF-8''${encoded}`);
  });
});

test("a session is read as its export is, and no further", async () => {
  await using replicas = await openReplicas("in memory");
  const { runtime, send } = replicas.add({ component });
  for (let turn = 0; turn < 250; turn += 1) {
    await send(chatRequest({ message: "x".repeat(1000), session_id: "s" }));
  }
  const response = await runtime.fetch(new Request("http://localhost/sessions/s/export"));
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const first = await reader.read();
  expect(first.value?.length).toBeLessThan(5000);
  await reader.cancel();
});
