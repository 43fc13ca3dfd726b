import * as fc from "fast-check";
import { isMessage, type MessageDelta, MessageStream } from "turnkeep";
import { describe, expect, test } from "vitest";
import { ControlledSource } from "../helpers/controlled-source.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";
import { unhandledRejections } from "../helpers/unhandled-rejections.ts";

async function readAll(stream: MessageStream): Promise<string[]> {
  const contents: string[] = [];
  for await (const { content } of stream) contents.push(content);
  return contents;
}

async function* said(...pieces: (string | MessageDelta)[]) {
  yield* pieces;
}

describe("reading a stream", () => {
  test("gives the deltas in order, then the whole message", async () => {
    const stream = MessageStream.from(said("海淀", "区", "431"), { id: "7", name: "answer" });
    expect(await readAll(stream)).toEqual(["海淀", "区", "431"]);
    const message = await stream.finalMessage();
    expect(message).toMatchObject({ content: "海淀区431", id: "7", name: "answer", fields: {} });
    expect(isMessage(message)).toBe(true);
    expect({ id: stream.id, name: stream.name }).toEqual({ id: "7", name: "answer" });
  });

  test("has one new UUID for the stream and its message", async () => {
    const stream = MessageStream.from(["a"]);
    expect(stream.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(MessageStream.from(["a"]).id).not.toBe(stream.id);
    expect((await stream.finalMessage()).id).toBe(stream.id);
    expect(stream.name).toBe("msg");
  });

  test("takes lists, sets, generators, async generators and web streams", async () => {
    function* generator() {
      yield "a";
      yield { content: "b" };
    }
    const web = new ReadableStream<string>({
      start(controller) {
        controller.enqueue("a");
        controller.enqueue("b");
        controller.close();
      },
    });
    for (const source of [["a", "b"], new Set(["a", "b"]), generator(), said("a", "b"), web]) {
      expect((await MessageStream.from(source).finalMessage()).content).toBe("ab");
    }
    expect(await readAll(MessageStream.from(MessageStream.from(["a", "b"])))).toEqual(["a", "b"]);
  });

  test("finalMessage needs no reader, and is the same message each time", async () => {
    const stream = MessageStream.from(said("a", "b"));
    const [first, second] = await Promise.all([stream.finalMessage(), stream.finalMessage()]);
    expect(first.content).toBe("ab");
    expect(second).toBe(first);
    expect(await stream.finalMessage()).toBe(first);
  });

  test("finalMessage waits beside a reader, who loses nothing", async () => {
    const source = new ControlledSource();
    const stream = MessageStream.from(source);
    const reading = readAll(stream);
    const final = stream.finalMessage();
    source.give("a");
    source.give("b");
    source.end();
    expect(await reading).toEqual(["a", "b"]);
    expect((await final).content).toBe("ab");
    expect(source.asked).toBe(3);
  });

  test("an empty stream is an empty message", async () => {
    const stream = MessageStream.from([]);
    expect(await readAll(stream)).toEqual([]);
    expect(await stream.finalMessage()).toMatchObject({ content: "", mtype: "str" });
  });

  test("empty pieces are pieces", async () => {
    const stream = MessageStream.from(["", "a", ""]);
    expect(await readAll(stream)).toEqual(["", "a", ""]);
    expect((await stream.finalMessage()).content).toBe("a");
  });

  test("an emoji split over two deltas is whole in the message", async () => {
    const stream = MessageStream.from(["a\ud83d", "\ude00b"]);
    expect(await readAll(stream)).toEqual(["a\ud83d", "\ude00b"]);
    expect((await stream.finalMessage()).content).toBe("a😀b");
  });

  test("half an emoji at the end becomes the replacement character", async () => {
    expect((await MessageStream.from(["a\ud83d"]).finalMessage()).content).toBe("a\ufffd");
  });

  test("however a text is cut, the message is the text", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary", maxLength: 30 }),
        fc.array(fc.nat({ max: 30 }), { maxLength: 5 }),
        async (text, cuts) => {
          const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
          const pieces = places.map((place, index) => text.slice(place, places[index + 1]));
          expect((await MessageStream.from(pieces).finalMessage()).content).toBe(
            pieces.join("").toWellFormed(),
          );
        },
      ),
    );
  });
});

describe("several readers", () => {
  test("at once see every delta, and the source is read once", async () => {
    const source = new ControlledSource();
    const stream = MessageStream.from(source);
    const readers = Array.from({ length: 5 }, () => readAll(stream));
    for (const piece of ["a", "b", "c"]) source.give(piece);
    source.end();
    for (const contents of await Promise.all(readers)) expect(contents).toEqual(["a", "b", "c"]);
    expect(source.asked).toBe(4);
  });

  test("that come late, also after the end, see every delta from the first", async () => {
    const stream = MessageStream.from(said("a", "b", "c"));
    const early = stream[Symbol.asyncIterator]();
    await early.next();
    await early.next();
    expect(await readAll(stream)).toEqual(["a", "b", "c"]);
    expect(await readAll(stream)).toEqual(["a", "b", "c"]);
    expect(await early.next()).toEqual({ done: false, value: { content: "c" } });
    expect(await early.next()).toEqual({ done: true, value: undefined });
    expect(await early.next()).toEqual({ done: true, value: undefined });
  });

  test("a reader that asks several times at once gets one delta for each", async () => {
    const reader = MessageStream.from(said("a", "b"))[Symbol.asyncIterator]();
    const steps = await Promise.all([reader.next(), reader.next(), reader.next(), reader.next()]);
    expect(steps.map(({ value }) => value?.content)).toEqual(["a", "b", undefined, undefined]);
  });

  test("the source is not read ahead of the fastest reader", async () => {
    const source = new ControlledSource();
    for (const piece of ["a", "b", "c", "d"]) source.give(piece);
    const stream = MessageStream.from(source);
    const fast = stream[Symbol.asyncIterator]();
    const slow = stream[Symbol.asyncIterator]();
    expect(source.asked).toBe(0);
    await fast.next();
    await slow.next();
    await fast.next();
    expect(source.asked).toBe(2);
    await slow.next();
    expect(source.asked).toBe(2);
    await slow.next();
    expect(source.asked).toBe(3);
  });
});

describe("fields", () => {
  test("of all deltas are merged, a later value of a name replacing an earlier one", async () => {
    const stream = MessageStream.from([
      { content: "a", fields: { token_usage: { total_tokens: 1 }, extra: { b: 1 } } },
      "b",
      { content: "", fields: { token_usage: { total_tokens: 2 } } },
    ]);
    const { content, fields } = await stream.finalMessage();
    expect(content).toBe("ab");
    expect(fields).toEqual({ token_usage: { total_tokens: 2 }, extra: { b: 1 } });
  });

  test("called __proto__ stay fields", async () => {
    const fields = JSON.parse('{"__proto__":{"admin":true}}') as Record<string, unknown>;
    const message = await MessageStream.from([{ content: "a", fields }]).finalMessage();
    expect(JSON.stringify(message.fields)).toBe('{"__proto__":{"admin":true}}');
    expect((message.fields as { admin?: boolean }).admin).toBeUndefined();
  });

  test("and contents are copied: a source may use one object for all its pieces", async () => {
    function* reusing() {
      const delta = { content: "", fields: { usage: [0] } };
      for (const content of ["a", "b"]) {
        delta.content = content;
        delta.fields.usage.push(1);
        yield delta;
      }
      delta.fields.usage.push(9);
    }
    const stream = MessageStream.from(reusing());
    const { content, fields } = await stream.finalMessage();
    expect(content).toBe("ab");
    expect(fields).toEqual({ usage: [0, 1, 1] });
  });

  test("the deltas that readers share cannot be changed by one of them", async () => {
    const stream = MessageStream.from([{ content: "a", fields: { extra: { b: 1 } } }]);
    for await (const delta of stream) {
      expect(() => Object.assign(delta, { content: "x" })).toThrow(TypeError);
      expect(() => Object.assign(delta.fields?.["extra"] as object, { b: 2 })).toThrow(TypeError);
    }
    expect(await readAll(stream)).toEqual(["a"]);
  });
});

describe("partialMessage", () => {
  test("is what has been said so far, with the stream's id and name", async () => {
    const stream = MessageStream.from(
      said({ content: "a\ud83d", fields: { extra: 1 } }, "\ude00", "c"),
      { id: "7", name: "answer" },
    );
    expect(stream.partialMessage).toMatchObject({ content: "", id: "7", name: "answer" });
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    expect(stream.partialMessage).toMatchObject({ content: "a\ufffd", fields: { extra: 1 } });
    await reader.next();
    expect(stream.partialMessage.content).toBe("a😀");
  });
});

describe("a source that fails", () => {
  test("fails every reader, early and late, after the deltas, and finalMessage, with its error", async () => {
    const failure = new Error("the model broke off");
    async function* failing() {
      yield "a";
      throw failure;
    }
    const stream = MessageStream.from(failing());
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { content } of stream) seen.push(content);
    };
    const outcomes = await Promise.allSettled([read(), read(), stream.finalMessage()]);
    outcomes.push(...(await Promise.allSettled([read(), stream.finalMessage()])));
    expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason)).toEqual(
      Array.from({ length: 5 }, () => failure),
    );
    expect(seen).toEqual(["a", "a", "a"]);
    expect(stream.partialMessage.content).toBe("a");
  });

  test.each([
    ["throws nothing (undefined)", undefined],
    ["throws a text", "broken"],
  ])("also where it %s", async (_name, thrown) => {
    async function* failing() {
      yield "a";
      throw thrown;
    }
    const stream = MessageStream.from(failing());
    const failed = await stream.finalMessage().then(
      () => "nothing",
      (error: unknown) => ({ error }),
    );
    expect(failed).toEqual({ error: thrown });
  });

  test("is no unhandled rejection where every reader handles it, or nobody reads", async () => {
    const unhandled = await unhandledRejections(async () => {
      const source = new ControlledSource();
      const stream = MessageStream.from(source);
      MessageStream.from(source);
      const readers = [readAll(stream), readAll(stream), stream.finalMessage()];
      source.fail(new Error("broken"));
      await Promise.allSettled(readers);
      await stream[Symbol.asyncIterator]()
        .next()
        .catch(() => undefined);
    });
    expect(unhandled).toEqual([]);
  });

  test("ends a reader: after the error it is done", async () => {
    const source = new ControlledSource();
    const reader = MessageStream.from(source)[Symbol.asyncIterator]();
    source.fail(new Error("broken"));
    await expect(reader.next()).rejects.toThrow("broken");
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    expect(source.closed).toBe(0);
  });
});

describe("what is refused", () => {
  test.each([
    ["a text", "hello", '"hello"'],
    ["nothing", undefined, "nothing (undefined)"],
    ["null", null, "null"],
    ["a number", 5, "5"],
    ["a generator function that was not called", said, "a function"],
    ["an object that is not iterable", { content: "a" }, "an object"],
    ["a promise", Promise.resolve(["a"]), "an object of class Promise"],
  ])("%s as a source", (_name, source, part) => {
    expect(() => MessageStream.from(source as unknown as string[])).toThrow(
      turnkeepError("invalid_argument", part, "[text]"),
    );
  });

  test.each([
    ["an id that is not a text", { id: 7 }, "id must be a text"],
    ["a name that is not a text", { name: null }, "name must be a text"],
  ])("%s", (_name, options, part) => {
    expect(() => MessageStream.from(["a"], options as unknown as { id: string })).toThrow(
      turnkeepError("message_invalid", part),
    );
  });

  test.each<readonly [string, unknown, "result_invalid" | "message_invalid", string]>([
    ["a number", 5, "result_invalid", "one is 5"],
    ["null", null, "result_invalid", "one is null"],
    ["nothing", undefined, "result_invalid", "one is nothing"],
    ["an object without content", { text: "a" }, "result_invalid", "one is an object"],
    ["a content that is not a text", { content: 1 }, "result_invalid", "one is an object"],
    ["a list", ["a"], "result_invalid", "one is a list of 1"],
    [
      "fields that are not JSON",
      { content: "", fields: { at: 1n } },
      "message_invalid",
      "fields.at",
    ],
    ["a field called id", { content: "", fields: { id: "7" } }, "message_invalid", '"id"'],
    ["fields that are no object", { content: "", fields: 1 }, "message_invalid", "they are 1"],
  ])(
    "%s as a piece: it ends the stream, and closes the source",
    async (_name, piece, code, part) => {
      let closed = 0;
      function* source() {
        try {
          yield "a";
          yield piece as string;
          yield "never";
        } finally {
          closed += 1;
        }
      }
      const stream = MessageStream.from(source());
      await expect(readAll(stream)).rejects.toThrow(turnkeepError(code, part));
      await expect(stream.finalMessage()).rejects.toThrow(turnkeepError(code, part));
      expect(closed).toBe(1);
      expect(stream.partialMessage.content).toBe("a");
    },
  );
});
