import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { MemoryStore, MessageStream, UserSession, withSession } from "turnkeep";
import { describe, expect, test } from "vitest";
import { currentRun } from "../../src/run/scope.ts";
import { ControlledSource } from "../helpers/controlled-source.ts";
import { collectGarbage } from "../helpers/garbage.ts";

/** A stream of the session ids that the generator inside of it finds, made within the session. */
async function sessionIdsOf(
  sessionId: string,
  use: (stream: MessageStream) => void,
): Promise<void> {
  await withSession({ sessionId, store: new MemoryStore() }, async () => {
    async function* source() {
      yield new UserSession().sessionId;
      await sleep(1);
      yield currentRun()?.sessionId ?? "none";
      await setImmediate();
      yield new UserSession().sessionId;
    }
    use(MessageStream.from(source()));
  });
}

describe("a stream read outside of the run that made it", () => {
  test("finds that run at every step", async () => {
    const seen: string[] = [];
    const streams: MessageStream[] = [];
    await sessionIdsOf("made", (stream) => streams.push(stream));
    for await (const { content } of streams[0] ?? []) seen.push(content);
    expect(seen).toEqual(["made", "made", "made"]);
    expect(currentRun()).toBeUndefined();
  });

  test("also where the reader is in another run, which the loop's body stays in", async () => {
    const seen: string[] = [];
    const streams: MessageStream[] = [];
    await sessionIdsOf("made", (stream) => streams.push(stream));
    await withSession({ sessionId: "reading", store: new MemoryStore() }, async () => {
      for await (const { content } of streams[0] ?? []) {
        seen.push(`${content} in ${new UserSession().sessionId}`);
      }
    });
    expect(seen).toEqual(["made in reading", "made in reading", "made in reading"]);
  });

  test("also where it is closed", async () => {
    let closedIn: string | undefined;
    const stream = await withSession({ sessionId: "made", store: new MemoryStore() }, async () => {
      async function* source() {
        try {
          yield "a";
          yield "b";
        } finally {
          closedIn = currentRun()?.sessionId;
        }
      }
      return { answer: MessageStream.from(source()) };
    });
    for await (const _delta of stream.answer) break;
    expect(closedIn).toBe("made");
  });

  test("keeps the values of any other AsyncLocalStorage too", async () => {
    const requests = new AsyncLocalStorage<string>();
    async function* source() {
      yield requests.getStore() ?? "none";
      await sleep(1);
      yield requests.getStore() ?? "none";
    }
    const stream = requests.run("first", () => MessageStream.from(source()));
    const message = await requests.run("second", () => stream.finalMessage());
    expect(message.content).toBe("firstfirst");
  });
});

describe("many streams", () => {
  test("1,000 at once: each is whole, in order and in its own run", async () => {
    const store = new MemoryStore();
    const one = async (index: number): Promise<void> => {
      const sessionId = `session ${index}`;
      const answer = await withSession({ sessionId, store }, async () => {
        async function* source() {
          for (let piece = 0; piece < 20; piece += 1) {
            if (piece % 5 === index % 5) await setImmediate();
            yield `${new UserSession().sessionId}: ${piece};`;
          }
        }
        const stream = MessageStream.from(source());
        await new UserSession().append({ answer: stream });
        return stream;
      });
      const pieces: string[] = [];
      const other = answer.finalMessage();
      for await (const { content } of answer) pieces.push(content);
      const expected = Array.from({ length: 20 }, (_, piece) => `${sessionId}: ${piece};`);
      expect(pieces).toEqual(expected);
      expect((await other).content).toBe(expected.join(""));
      const [stored] = await store.getHistory({ sessionId, messageKey: "answer", limit: 2 });
      expect(stored?.message.content).toBe(expected.join(""));
    };
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => one(index)));
  });

  test("10,000 short ones leave nothing in memory behind", async () => {
    const references: WeakRef<object>[] = [];
    for (let index = 0; index < 10_000; index += 1) {
      const stream = MessageStream.from([`${index}`]);
      if (index % 3 === 0) await stream.finalMessage();
      if (index % 3 === 1) for await (const _delta of stream) break;
      references.push(new WeakRef(stream));
    }
    await collectGarbage();
    const left = references.filter((reference) => reference.deref() !== undefined);
    expect(left.length).toBeLessThan(10);
  });

  test("one that was left while its piece was to come is released with its reader", async () => {
    const leave = async (): Promise<WeakRef<object>> => {
      const stream = MessageStream.from(new ControlledSource());
      const reader = stream[Symbol.asyncIterator]();
      void reader.next();
      await reader.return?.();
      return new WeakRef(stream);
    };
    const reference = await leave();
    await collectGarbage();
    expect(reference.deref()).toBeUndefined();
  });
});

test("a stream of 100,000 pieces is read in a time that grows with their number alone", async () => {
  const read = async (count: number): Promise<number> => {
    const stream = MessageStream.from(Array.from({ length: count }, () => "word "));
    const begin = performance.now();
    let length = 0;
    for await (const { content } of stream) length += content.length;
    expect(length).toBe(5 * count);
    expect((await stream.finalMessage()).content.length).toBe(5 * count);
    return (performance.now() - begin) / count;
  };
  await read(10_000);
  const [small, large] = [await read(10_000), await read(100_000)];
  expect(large).toBeLessThan(small * 10);
});
