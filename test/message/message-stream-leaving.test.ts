import { setImmediate } from "node:timers/promises";
import { MessageStream } from "turnkeep";
import { describe, expect, test } from "vitest";
import { ControlledSource } from "../helpers/controlled-source.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";
import { unhandledRejections } from "../helpers/unhandled-rejections.ts";

async function readFirst(stream: MessageStream): Promise<string> {
  for await (const { content } of stream) return content;
  return "";
}

function sourceOf(...pieces: readonly string[]): ControlledSource {
  const source = new ControlledSource();
  for (const piece of pieces) source.give(piece);
  return source;
}

describe("leaving a stream early", () => {
  test("closes the source once, and there is no whole message then", async () => {
    const source = sourceOf("a", "b", "c");
    const stream = MessageStream.from(source);
    expect(await readFirst(stream)).toBe("a");
    expect(source.closed).toBe(1);
    await expect(stream.finalMessage()).rejects.toThrow(
      turnkeepError("stream_closed", "after 1 deltas", "no whole message"),
    );
    await expect(readFirst(stream)).resolves.toBe("a");
    expect(source.closed).toBe(1);
    expect(source.asked).toBe(1);
    expect(stream.partialMessage.content).toBe("a");
  });

  test("runs the finally of a generator before the loop is left", async () => {
    const steps: string[] = [];
    async function* source() {
      try {
        yield "a";
        yield "b";
      } finally {
        await Promise.resolve();
        steps.push("closed");
      }
    }
    await readFirst(MessageStream.from(source()));
    steps.push("left");
    expect(steps).toEqual(["closed", "left"]);
  });

  test("closes a source that is not asynchronous, too", async () => {
    let closed = 0;
    function* source() {
      try {
        yield "a";
        yield "b";
      } finally {
        closed += 1;
      }
    }
    const stream = MessageStream.from(source());
    await readFirst(stream);
    expect(closed).toBe(1);
    await expect(stream.finalMessage()).rejects.toThrow(turnkeepError("stream_closed"));
  });

  test("by an error in the loop closes the source and throws that error", async () => {
    const source = sourceOf("a", "b");
    const read = async (): Promise<void> => {
      for await (const _delta of MessageStream.from(source)) throw new Error("in the loop");
    };
    await expect(read()).rejects.toThrow("in the loop");
    expect(source.closed).toBe(1);
  });

  test("a late reader gets what was said, then learns that it is not all", async () => {
    const stream = MessageStream.from(sourceOf("a", "b"));
    await readFirst(stream);
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { content } of stream) seen.push(content);
    };
    await expect(read()).rejects.toThrow(turnkeepError("stream_closed"));
    expect(seen).toEqual(["a"]);
  });

  test("on the last delta, before the end is known, is early", async () => {
    const stream = MessageStream.from(["a"]);
    await readFirst(stream);
    await expect(stream.finalMessage()).rejects.toThrow(turnkeepError("stream_closed"));
  });

  test("changes nothing after the end", async () => {
    const source = sourceOf("a", "b");
    source.end();
    const stream = MessageStream.from(source);
    expect((await stream.finalMessage()).content).toBe("ab");
    expect(await readFirst(stream)).toBe("a");
    expect(source.closed).toBe(0);
    expect((await stream.finalMessage()).content).toBe("ab");
  });

  test("before the first delta was asked for leaves the source alone", async () => {
    const source = sourceOf("a");
    source.end();
    const stream = MessageStream.from(source);
    await stream[Symbol.asyncIterator]().return?.();
    expect(source.closed).toBe(0);
    expect((await stream.finalMessage()).content).toBe("a");
  });

  test("fails where the source cannot be closed", async () => {
    const source = sourceOf("a");
    source.return = () => Promise.reject(new Error("cannot close"));
    await expect(readFirst(MessageStream.from(source))).rejects.toThrow("cannot close");
  });

  test("needs no return of the source", async () => {
    const source: AsyncIterator<string> = { next: async () => ({ done: false, value: "a" }) };
    const stream = MessageStream.from({ [Symbol.asyncIterator]: () => source });
    expect(await readFirst(stream)).toBe("a");
    await expect(stream.finalMessage()).rejects.toThrow(turnkeepError("stream_closed"));
  });
});

describe("leaving a stream that others read", () => {
  test("closes nothing: the others read to the end", async () => {
    const source = sourceOf("a", "b");
    source.end();
    const stream = MessageStream.from(source);
    const staying = stream[Symbol.asyncIterator]();
    await staying.next();
    expect(await readFirst(stream)).toBe("a");
    expect(source.closed).toBe(0);
    expect(await staying.next()).toEqual({ done: false, value: { content: "b" } });
    expect(await staying.next()).toEqual({ done: true, value: undefined });
  });

  test("whoever waits for the final message is one of the others", async () => {
    const source = new ControlledSource();
    const stream = MessageStream.from(source);
    const final = stream.finalMessage();
    source.give("a");
    expect(await readFirst(stream)).toBe("a");
    source.give("b");
    source.end();
    expect((await final).content).toBe("ab");
    expect(source.closed).toBe(0);
  });

  test("the last to leave closes the source, and leaving again closes nothing", async () => {
    const source = sourceOf("a", "b");
    const stream = MessageStream.from(source);
    const [first, second] = [stream[Symbol.asyncIterator](), stream[Symbol.asyncIterator]()];
    await first.next();
    await second.next();
    await first.return?.();
    await first.return?.();
    expect(source.closed).toBe(0);
    await second.return?.();
    await second.return?.();
    expect(source.closed).toBe(1);
    expect(await second.next()).toEqual({ done: true, value: undefined });
  });
});

describe("leaving while a piece is still to come", () => {
  test("ends the reader's wait, closes the source at once, and waits for neither", async () => {
    const source = new ControlledSource();
    const stream = MessageStream.from(source);
    const reader = stream[Symbol.asyncIterator]();
    const step = reader.next();
    await reader.return?.();
    expect(await step).toEqual({ done: true, value: undefined });
    expect(source.closed).toBe(1);
    await expect(stream.finalMessage()).rejects.toThrow(
      turnkeepError("stream_closed", "after 0 deltas"),
    );
  });

  test("a generator that has gone quiet is closed as soon as its piece comes, which is dropped", async () => {
    const quiet = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    async function* source() {
      try {
        yield "a";
        await quiet.promise;
        yield "b";
        yield "c";
      } finally {
        closed.resolve();
      }
    }
    const stream = MessageStream.from(source());
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    const step = reader.next();
    await reader.return?.();
    expect(await step).toEqual({ done: true, value: undefined });
    quiet.resolve();
    await closed.promise;
    expect(stream.partialMessage.content).toBe("a");
    await expect(stream.finalMessage()).rejects.toThrow(turnkeepError("stream_closed"));
  });

  test("what the source throws then, also on closing, is nobody's unhandled rejection", async () => {
    const unhandled = await unhandledRejections(async () => {
      const source = new ControlledSource();
      source.return = () => Promise.reject(new Error("cannot close"));
      const reader = MessageStream.from(source)[Symbol.asyncIterator]();
      const step = reader.next();
      await reader.return?.();
      source.fail(new Error("broken"));
      await step;
    });
    expect(unhandled).toEqual([]);
  });

  test("another reader that waits for the same piece gets it", async () => {
    const source = new ControlledSource();
    const stream = MessageStream.from(source);
    const [leaving, staying] = [stream[Symbol.asyncIterator](), stream[Symbol.asyncIterator]()];
    const steps = [leaving.next(), staying.next()];
    await leaving.return?.();
    source.give("a");
    expect(await Promise.all(steps)).toEqual([
      { done: true, value: undefined },
      { done: false, value: { content: "a" } },
    ]);
    expect(source.closed).toBe(0);
  });

  test("a web stream made of it can be cancelled", async () => {
    const source = new ControlledSource();
    const reader = ReadableStream.from(MessageStream.from(source)).getReader();
    const step = reader.read();
    await setImmediate();
    expect(source.asked).toBe(1);
    await reader.cancel();
    expect(await step).toEqual({ done: true, value: undefined });
    expect(source.closed).toBe(1);
  });
});
