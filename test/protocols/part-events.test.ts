import { defineComponent, type MessageSource, MessageStream, UserSession } from "turnkeep";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { chatRequest, type PlainResponse } from "../helpers/http-client.ts";
import { openReplicas, places, type Replicas } from "./replicas.ts";
import { get } from "./run-requests.ts";

const answer: readonly MessageSource[] = [
  { type: "reasoning", text: "Let me " },
  { type: "reasoning", text: "see." },
  "海淀区",
  { type: "tool", id: "1", name: "search", input: 1 },
  { type: "tool", id: "1", output: 2 },
  "的面积",
];
const whole = [
  { type: "reasoning", text: "Let me see." },
  { type: "tool", id: "1", name: "search", input: 1, output: 2, at: 3 },
];

/** The events of a stream: the id of each, what it says, and the parts it has. */
const eventsOf = ({ text }: PlainResponse): unknown[] =>
  text.split("\n\n").flatMap((event) => {
    const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(event) ?? [];
    if (data === undefined) return [];
    const { result } = JSON.parse(data) as {
      result: { answer_message: { content: string; parts?: unknown } };
    };
    const { content, parts } = result.answer_message;
    return [[id, content, ...(parts === undefined ? [] : [parts])]];
  });

/** What somebody makes of events who reads all of them but the last. */
const heardIn = (events: readonly unknown[]): unknown => {
  let text = "";
  let thought = "";
  const tools: Record<string, object> = {};
  for (const [, content, parts = []] of (events as [string, string, Part[]?][]).slice(0, -1)) {
    text += content;
    for (const part of parts) {
      if (part.type === "reasoning") thought += part.text;
      else tools[part.id] = { ...tools[part.id], ...part };
    }
  }
  return { text, thought, tools };
};

type Part =
  | { readonly type: "reasoning"; readonly text: string }
  | { readonly type: "tool"; readonly id: string };

describe.each(places)("the events of an answer with parts, sessions %s,", (place) => {
  let replicas: Replicas;

  beforeEach(async () => {
    replicas = await openReplicas(place);
  });
  afterEach(() => replicas[Symbol.asyncDispose]());

  const { promise: half, resolve: goOn } = Promise.withResolvers<void>();
  const component = defineComponent<string>({
    async *run(message) {
      const wait = message.content === "wait";
      const stream = MessageStream.from(
        (async function* pieces() {
          yield* answer.slice(0, 4);
          if (wait) await half;
          yield* answer.slice(4);
        })(),
      );
      await new UserSession().append({ query: message, answer: stream });
      yield* stream;
    },
  });
  const expected = [
    ["0+1", "", [{ type: "reasoning", text: "Let me " }]],
    ["0+2", "", [{ type: "reasoning", text: "see." }]],
    ["3+2", "海淀区"],
    ["3+3", "", [{ type: "tool", id: "1", name: "search", input: 1 }]],
    ["3+4", "", [{ type: "tool", id: "1", output: 2 }]],
    ["6+4", "的面积"],
    ["end", "", whole],
  ];

  test("have each the part that comes with it, and the last all of them", async () => {
    const { send } = replicas.add({ component });
    const headers = { "X-Appbuilder-Request-Id": "r" };
    const request = chatRequest({ message: "hello", session_id: "s", stream: true }, headers);
    expect(eventsOf(await send(request))).toEqual(expected);
    const asked = await send(chatRequest({ message: "hello", session_id: "s" }));
    expect(asked.json()).toMatchObject({
      result: { answer_message: { content: "海淀区的面积", parts: whole } },
    });
  });

  test("go on behind any of them, from any server", async () => {
    const { send } = replicas.add({ component });
    const { send: other } = replicas.add({ component });
    const headers = { "X-Appbuilder-Request-Id": "r" };
    const all = send(chatRequest({ message: "wait", session_id: "s", stream: true }, headers));
    await vi.waitFor(async () => {
      expect((await get(send, "/runs/r")).status).toBe(200);
    });
    const [rests, others] = [send, other].map((each) =>
      expected.map(async ([id], index) => {
        const response = await get(
          each,
          `/runs/r/stream?last_event_id=${encodeURIComponent(id as string)}`,
        );
        return [index, response] as const;
      }),
    );
    await vi.waitFor(() => new Promise((resolve) => setTimeout(resolve, 300)));
    goOn();
    expect(eventsOf(await all)).toEqual(expected);
    for (const [index, response] of await Promise.all(rests ?? [])) {
      if (index === expected.length - 1) expect(response.status).toBe(204);
      else expect(eventsOf(response)).toEqual(expected.slice(index + 1));
    }
    for (const [index, response] of await Promise.all(others ?? [])) {
      if (index === expected.length - 1) {
        expect(response.status).toBe(204);
        continue;
      }
      // Another server tells what it knows by then, in other pieces.
      const events = eventsOf(response);
      const rest = expected.slice(index + 1);
      expect(events.at(-1)).toEqual(rest.at(-1));
      const heard = heardIn(events) as { readonly tools: Readonly<Record<string, object>> };
      expect(heard).toMatchObject(heardIn(rest) as object);
      expect(Object.keys(heard.tools)).toEqual(rest.length > 2 ? ["1"] : []);
    }
  });
});
