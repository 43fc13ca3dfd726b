import {
  type ComponentDefinition,
  defineComponent,
  isMessageStream,
  MemoryStore,
  Message,
  MessageStream,
  type RunOptions,
  UserSession,
  withSession,
} from "turnkeep";
import { describe, expect, test } from "vitest";
import { ControlledSource } from "../helpers/controlled-source.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";

const message = new Message("a b");

async function pieces(stream: AsyncIterable<{ readonly content: string }>): Promise<string[]> {
  const contents: string[] = [];
  for await (const { content } of stream) contents.push(content);
  return contents;
}

describe("a generator, written once", () => {
  const words = defineComponent({
    async *run({ content }: Message<string>) {
      for (const word of content.split(" ")) yield word;
      yield { content: "", fields: { token_usage: { total_tokens: 2 } } };
    },
  });

  test("is a stream where one is wanted", async () => {
    const stream = await words.run(message, { stream: true });
    expect(await pieces(stream)).toEqual(["a", "b", ""]);
  });

  test("is a whole message otherwise, the fields merged", async () => {
    for (const options of [undefined, {}, { stream: false }] as const) {
      expect(await words.run(message, options)).toMatchObject({
        content: "ab",
        fields: { token_usage: { total_tokens: 2 } },
      });
    }
  });

  test("is begun anew for each call", async () => {
    const [first, second] = await Promise.all([words.run(message), words.run(message)]);
    expect(first.content).toBe(second.content);
    expect(first.id).not.toBe(second.id);
  });

  test("is closed where its reader leaves", async () => {
    let closed = false;
    const endless = defineComponent({
      async *run() {
        try {
          for (;;) yield "a";
        } finally {
          closed = true;
        }
      },
    });
    for await (const _delta of await endless.run(message, { stream: true })) break;
    expect(closed).toBe(true);
  });
});

describe("what a function may answer, whole and as a stream", () => {
  const fields = { extra: { a: 1 } };
  const answered = new Message("ab", { id: "7", name: "answer", fields });
  const cases: readonly (readonly [string, () => unknown, object])[] = [
    ["a text", async () => "ab", { content: "ab", name: "msg", fields: {} }],
    ["a message", async () => answered, { content: "ab", id: "7", name: "answer", fields }],
    [
      "a stream",
      async () => MessageStream.from(["a", { content: "b", fields }], { id: "7", name: "answer" }),
      { content: "ab", id: "7", name: "answer", fields },
    ],
    [
      "an async iterable",
      async () =>
        new ReadableStream({
          start(controller) {
            controller.enqueue("a");
            controller.enqueue("b");
            controller.close();
          },
        }),
      { content: "ab" },
    ],
    ["a text at once, not a promise", () => "ab", { content: "ab" }],
  ];
  test.each(cases)("%s", async (_name, run, expected) => {
    const component = defineComponent({ run: run as () => Promise<string> });
    const whole = await component.run(message);
    const stream = await component.run(message, { stream: true });
    expect(whole).toMatchObject(expected);
    expect(isMessageStream(stream)).toBe(true);
    expect((await pieces(stream)).join("")).toBe("ab");
    expect(await stream.finalMessage()).toMatchObject(expected);
  });

  test.each([[{ plan: ["a"] }], [["a", "b"]], [431], [null], [true]])(
    "%j, which has no pieces, stays a whole message",
    async (content) => {
      const component = defineComponent({ run: async () => content });
      const whole = await component.run(message);
      const streamed = await component.run(message, { stream: true });
      expect(whole.content).toEqual(content);
      expect(streamed).toMatchObject({ content });
    },
  );
});

describe("what a function cannot answer", () => {
  test.each<
    readonly [string, () => Promise<unknown>, "result_invalid" | "message_invalid", string]
  >([
    ["nothing", async () => undefined, "result_invalid", "answered nothing (undefined)"],
    ["a Date", async () => new Date(0), "message_invalid", "content is an object of class Date"],
    [
      "a sync generator",
      async () =>
        (function* () {
          yield "a";
        })(),
      "message_invalid",
      "content is",
    ],
    ["pieces that are numbers", async () => ReadableStream.from([5]), "result_invalid", "one is 5"],
  ])("%s", async (_name, run, code, part) => {
    const component = defineComponent({ run: run as () => Promise<string> });
    await expect(component.run(message)).rejects.toThrow(turnkeepError(code, part));
  });

  test("an error reaches the caller as it is, before and between the pieces", async () => {
    const failure = new Error("broken");
    const before = defineComponent({ run: () => Promise.reject(failure) });
    const between = defineComponent({
      async *run() {
        yield "a";
        throw failure;
      },
    });
    for (const component of [before, between]) {
      await expect(component.run(message)).rejects.toBe(failure);
    }
    await expect(before.run(message, { stream: true })).rejects.toBe(failure);
    const stream = await between.run(message, { stream: true });
    await expect(pieces(stream)).rejects.toBe(failure);
  });
});

test("the function is given the arguments of the call, stream as a boolean, and a signal", async () => {
  const seen: RunOptions[] = [];
  const component = defineComponent({
    run: async (_message, options) => {
      seen.push(options);
      return "a";
    },
  });
  await component.run(message);
  await component.run(message, { stream: true, temperature: 0.5 });
  expect(seen).toEqual([
    { stream: false, signal: expect.any(AbortSignal) as unknown },
    { stream: true, signal: expect.any(AbortSignal) as unknown, temperature: 0.5 },
  ]);
});

test("a generator can stop where the caller aborts", async () => {
  const source = new ControlledSource();
  const component = defineComponent({
    async *run(_message, { signal }) {
      for await (const piece of source) {
        signal.throwIfAborted();
        yield piece;
      }
    },
  });
  const caller = new AbortController();
  const stream = await component.run(message, { stream: true, signal: caller.signal });
  source.give("a");
  source.give("b");
  const seen: string[] = [];
  const read = async (): Promise<void> => {
    for await (const { content } of stream) {
      seen.push(content);
      caller.abort(new Error("enough"));
    }
  };
  await expect(read()).rejects.toThrow("enough");
  expect(seen).toEqual(["a"]);
  expect(source.closed).toBe(1);
});

test("a defined component calls another, in one run, streaming its answer on", async () => {
  const store = new MemoryStore();
  const inner = defineComponent({
    async *run({ content }: Message<string>) {
      yield* content.toUpperCase().split(" ");
    },
  });
  const outer = defineComponent({
    run: async (query: Message<string>, { stream }) => {
      const answer = await inner.run(query, { stream });
      await new UserSession().append({ query, answer });
      return answer;
    },
  });
  const stream = await withSession({ sessionId: "s", store }, () =>
    outer.run(message, { stream: true }),
  );
  expect(await pieces(stream)).toEqual(["A", "B"]);
  const [record] = await store.getHistory({ sessionId: "s", messageKey: "answer", limit: 9 });
  expect(record?.message.content).toBe("AB");
});

test.each<readonly [string, unknown, string]>([
  ["nothing", undefined, "given nothing (undefined)."],
  ["null", null, "given null."],
  ["a function without its object", async () => "a", "given a function whose run is nothing"],
  ["an object without run", {}, "given an object whose run is nothing (undefined)"],
  ["a run that is no function", { run: "a" }, 'whose run is "a"'],
])("%s is no definition", (_name, definition, part) => {
  expect(() => defineComponent(definition as ComponentDefinition<unknown, string>)).toThrow(
    turnkeepError("component_invalid", part),
  );
});
