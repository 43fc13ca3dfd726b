import { AsyncResource } from "node:async_hooks";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import {
  defineComponent,
  MemoryStore,
  Message,
  type MessageSource,
  MessageStream,
  UserSession,
  withSession,
} from "turnkeep";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { currentRun } from "../../src/run/scope.ts";
import { ControlledSource } from "../helpers/controlled-source.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";
import { unhandledRejections } from "../helpers/unhandled-rejections.ts";

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});
afterEach(() => store[Symbol.asyncDispose]());

async function stored(sessionId: string, messageKey = "answer"): Promise<unknown[]> {
  const records = await store.getHistory({ sessionId, messageKey, limit: 100 });
  return records.map(({ message }) => message.content);
}

const append = (content: string): Promise<void> =>
  new UserSession().append({ answer: new Message(content) });

describe("withSession", () => {
  test("does its work in the session it is given, and answers what the work answers", async () => {
    const options = { sessionId: "s", requestId: "r", userId: "u", store };
    const answer = await withSession(options, async () => {
      const { sessionId, requestId, userId } = new UserSession();
      await append("a");
      return { sessionId, requestId, userId };
    });
    expect(answer).toEqual({ sessionId: "s", requestId: "r", userId: "u" });
    const [record] = await store.getHistory({ sessionId: "s", messageKey: "answer", limit: 10 });
    expect(record).toMatchObject({ sessionId: "s", requestId: "r", message: { content: "a" } });
    expect(currentRun()).toBeUndefined();
  });

  test("is one turn: its work sees the turns before, and not its own", async () => {
    const seen: unknown[][] = [];
    for (const content of ["1", "2", "3"]) {
      await withSession({ sessionId: "s", store }, async () => {
        await append(content);
        seen.push((await new UserSession().getHistory("answer")).map((message) => message.content));
      });
    }
    expect(seen).toEqual([[], ["1"], ["1", "2"]]);
  });

  test("gives each run an id of its own", async () => {
    const ids = await Promise.all(
      [1, 2].map(() => withSession({ store }, async () => new UserSession().requestId)),
    );
    expect(new Set(ids).size).toBe(2);
  });

  test("without a session's id is the process's own session, in the store it is given", async () => {
    const own = await withSession({ store }, async () => {
      await append("a");
      return new UserSession().sessionId;
    });
    expect(own).toBe(new UserSession().sessionId);
    expect(await stored(own)).toEqual(["a"]);
  });

  test("stores nothing where the work fails, and throws its error", async () => {
    const failing = withSession({ sessionId: "s", store }, async () => {
      await append("a");
      throw new Error("the work failed");
    });
    await expect(failing).rejects.toThrow("the work failed");
    expect(await stored("s")).toEqual([]);
  });

  test("takes nothing more once the work has failed", async () => {
    const appends: (() => Promise<void>)[] = [];
    const failing = withSession({ sessionId: "s", store }, async () => {
      appends.push(AsyncResource.bind(() => append("late")));
      throw new Error("the work failed");
    });
    await expect(failing).rejects.toThrow("the work failed");
    await expect(appends[0]?.()).rejects.toThrow(turnkeepError("run_ended"));
  });

  test("stores nothing where an append failed that nobody waited for, and throws its error", async () => {
    const failing = withSession({ sessionId: "s", store }, async () => {
      await append("a");
      void append("b");
      return "fine";
    });
    await expect(failing).rejects.toThrow(turnkeepError("message_key_taken"));
    expect(await stored("s")).toEqual([]);
  });

  test("stores nothing where an appended stream fails, and throws its error", async () => {
    const failing = withSession({ sessionId: "s", store }, async () => {
      await new UserSession().append({
        query: new Message("q"),
        answer: MessageStream.from(["a", 5 as unknown as string]),
      });
    });
    await expect(failing).rejects.toThrow(turnkeepError("result_invalid"));
    expect(await stored("s", "query")).toEqual([]);
  });

  test("fails where the store cannot keep the turn", async () => {
    const closed = new MemoryStore();
    await closed[Symbol.asyncDispose]();
    await expect(withSession({ store: closed }, () => append("a"))).rejects.toThrow(
      turnkeepError("database_unavailable"),
    );
    expect(await withSession({ store: closed }, async () => "nothing appended")).toBe(
      "nothing appended",
    );
  });

  test("waits for an append and a stream that nobody waited for", async () => {
    await withSession({ sessionId: "s", store }, async () => {
      async function* source() {
        await sleep(5);
        yield "late";
      }
      void new UserSession().append({ answer: MessageStream.from(source()) });
    });
    expect(await stored("s")).toEqual(["late"]);
  });

  test("within withSession is a run of its own; the outer one goes on after it", async () => {
    await withSession({ sessionId: "outer", store }, async () => {
      await append("before");
      await withSession({ sessionId: "inner", store }, () => append("inside"));
      expect(await stored("inner")).toEqual(["inside"]);
      expect(await stored("outer")).toEqual([]);
      await new UserSession().append({ more: new Message("after") });
    });
    expect(await stored("outer")).toEqual(["before"]);
    expect(await stored("outer", "more")).toEqual(["after"]);
  });

  test("keeps the outer turn where the inner one fails and is caught", async () => {
    await withSession({ sessionId: "outer", store }, async () => {
      await append("kept");
      await withSession({ sessionId: "inner", store }, async () => {
        await append("lost");
        throw new Error("inner");
      }).catch(() => undefined);
    });
    expect(await stored("outer")).toEqual(["kept"]);
    expect(await stored("inner")).toEqual([]);
  });

  test("100 at once do not mix", async () => {
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        withSession({ sessionId: `s${index}`, store }, async () => {
          await sleep(index % 7);
          await append(`${index}`);
          await setImmediate();
          expect(new UserSession().sessionId).toBe(`s${index}`);
          await new UserSession().append({ more: new Message(index) });
        }),
      ),
    );
    for (let index = 0; index < 100; index += 1) {
      expect(await stored(`s${index}`)).toEqual([`${index}`]);
      expect(await stored(`s${index}`, "more")).toEqual([index]);
    }
  });

  test.each([
    ["sessionId", "", "sessionId is empty"],
    ["sessionId", "s".repeat(37), "sessionId is longer than 36 characters"],
    ["sessionId", "a\u0000b", "sessionId holds a control character"],
    ["sessionId", 7, "sessionId is not a string: 7"],
    ["requestId", "r".repeat(37), "requestId is longer than 36 characters"],
  ])("refuses the %s %j before the work begins", async (name, value, part) => {
    let began = false;
    const refused = withSession({ store, [name]: value }, async () => {
      began = true;
    });
    await expect(refused).rejects.toThrow(turnkeepError("invalid_request", part));
    expect(began).toBe(false);
  });
});

describe("withSession whose work answers a stream", () => {
  const streaming = (source: AsyncIterable<MessageSource>): Promise<MessageStream> =>
    withSession({ sessionId: "s", store }, async () => {
      const answer = MessageStream.from(source, { id: "7", name: "answer" });
      await new UserSession().append({ answer });
      return answer;
    });

  test("stores the turn when the stream has ended, before the reader sees its end", async () => {
    const source = new ControlledSource();
    const stream = await streaming(source);
    expect(stream).toMatchObject({ id: "7", name: "answer" });
    const seen: string[] = [];
    source.give("a");
    source.give("b");
    source.end();
    for await (const { content } of stream) {
      seen.push(content);
      expect(await stored("s")).toEqual([]);
    }
    expect(await stored("s")).toEqual(["ab"]);
    expect(seen).toEqual(["a", "b"]);
    expect(await stream.finalMessage()).toMatchObject({ content: "ab", id: "7", name: "answer" });
  });

  test("stores it once, however many read it", async () => {
    const stream = await streaming(MessageStream.from(["a"]));
    await Promise.all([stream.finalMessage(), stream.finalMessage()]);
    for await (const _delta of stream);
    expect(await stored("s")).toEqual(["a"]);
  });

  test("stores nothing where the stream fails, and throws its error", async () => {
    const source = new ControlledSource();
    const stream = await streaming(source);
    source.give("a");
    source.fail(new Error("the model broke off"));
    await expect(stream.finalMessage()).rejects.toThrow("the model broke off");
    expect(await stored("s")).toEqual([]);
  });

  test("fails the stream where the store cannot keep the turn", async () => {
    const stream = await streaming(MessageStream.from(["a"]));
    await store[Symbol.asyncDispose]();
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { content } of stream) seen.push(content);
    };
    await expect(read()).rejects.toThrow(turnkeepError("database_unavailable"));
    await expect(stream.finalMessage()).rejects.toThrow(turnkeepError("database_unavailable"));
    expect(seen).toEqual(["a"]);
  });

  test("stores nothing where the reader leaves, and says so to whoever wants the whole", async () => {
    const source = new ControlledSource();
    source.give("a");
    const stream = await streaming(source);
    for await (const _delta of stream) break;
    source.give("b");
    source.end();
    await setImmediate();
    expect(await stored("s")).toEqual([]);
    await expect(stream.finalMessage()).rejects.toThrow(turnkeepError("stream_closed"));
  });

  test("stores nothing where nobody reads it", async () => {
    const stream = await streaming(MessageStream.from(["a"]));
    await setImmediate();
    expect(await stored("s")).toEqual([]);
    await stream.finalMessage();
    expect(await stored("s")).toEqual(["a"]);
  });
});

describe("the signal of a run on its own", () => {
  test("is not aborted by a run that ends well", async () => {
    const signal = await withSession({ store }, async () => currentRun()?.signal);
    await setImmediate();
    expect(signal?.aborted).toBe(false);
  });

  test("is aborted where the work fails, with the failure as the cause", async () => {
    let signal: AbortSignal | undefined;
    const failure = new Error("the work failed");
    const failing = withSession({ store }, async () => {
      signal = currentRun()?.signal;
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    expect(signal?.reason).toEqual(turnkeepError("run_aborted", "nothing of its turn is stored"));
    expect(signal?.reason).toHaveProperty("cause", failure);
  });

  test.each([
    ["between two pieces", true],
    ["while a piece is to come", false],
  ])("is aborted where the reader leaves the stream, %s", async (_name, given) => {
    let signal: AbortSignal | undefined;
    const source = new ControlledSource();
    if (given) source.give("a");
    const stream = await withSession({ store }, async () => {
      signal = currentRun()?.signal;
      const answer = MessageStream.from(source);
      await new UserSession().append({ answer });
      return answer;
    });
    const reader = stream[Symbol.asyncIterator]();
    const step = reader.next();
    if (given) await step;
    expect(signal?.aborted).toBe(false);
    await reader.return?.();
    expect(signal?.reason).toEqual(turnkeepError("run_aborted"));
  });

  test("is aborted where the caller's is, with the caller's reason", async () => {
    const caller = new AbortController();
    const run = withSession({ store, signal: caller.signal }, async () => {
      const signal = currentRun()?.signal;
      caller.abort(new Error("enough"));
      signal?.throwIfAborted();
    });
    await expect(run).rejects.toThrow("enough");
  });
});

test("a failing run on its own leaves no unhandled rejection behind", async () => {
  const component = defineComponent({
    async *run() {
      void append("1");
      void append("2");
      yield "a";
      throw new Error("broken");
    },
  });
  const unhandled = await unhandledRejections(async () => {
    await expect(component.run(new Message("q"))).rejects.toThrow("broken");
    const stream = await component.run(new Message("q"), { stream: true });
    await expect(stream.finalMessage()).rejects.toThrow("broken");
  });
  expect(unhandled).toEqual([]);
});
