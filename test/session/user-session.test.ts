import { AsyncResource } from "node:async_hooks";
import { EventEmitter, once } from "node:events";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import {
  Component,
  defineComponent,
  MemoryStore,
  Message,
  MessageStream,
  UserSession,
  withSession,
} from "turnkeep";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { beginServing } from "../../src/run/scope.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await store[Symbol.asyncDispose]();
});

/** A turn of the session with the given messages. */
async function turn(sessionId: string, contents: Record<string, unknown>): Promise<void> {
  await withSession({ sessionId, store }, () =>
    new UserSession().append(
      Object.fromEntries(
        Object.entries(contents).map(([key, content]) => [key, new Message(content)]),
      ),
    ),
  );
}

async function history(sessionId: string, key: string, limit?: number): Promise<unknown[]> {
  return withSession({ sessionId, store }, async () => {
    const options = limit === undefined ? {} : { limit };
    const messages = await new UserSession().getHistory(key, options);
    return messages.map(({ content }) => content);
  });
}

describe("getHistory", () => {
  test("gives the newest messages under a key of the session, oldest first", async () => {
    for (const number of [1, 2, 3, 4]) await turn("s", { query: number, answer: -number });
    await turn("other", { query: 99 });
    expect(await history("s", "query", 3)).toEqual([2, 3, 4]);
    expect(await history("s", "answer", 1)).toEqual([-4]);
    expect(await history("s", "query", 100)).toEqual([1, 2, 3, 4]);
    expect(await history("s", "unknown")).toEqual([]);
    expect(await history("unknown", "query")).toEqual([]);
  });

  test("gives ten by default, and none for a limit of 0", async () => {
    for (let number = 0; number < 12; number += 1) await turn("s", { query: number });
    expect(await history("s", "query")).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(await history("s", "query", 0)).toEqual([]);
  });

  test("asks the store nothing for a limit of 0", async () => {
    await store[Symbol.asyncDispose]();
    expect(await history("s", "query", 0)).toEqual([]);
    await expect(history("s", "query", 1)).rejects.toThrow(turnkeepError("database_unavailable"));
  });

  test("gives each message as it was appended: content, id, name and fields", async () => {
    const message = new Message({ plan: ["a"] }, { name: "planner", fields: { extra: { b: 1 } } });
    await withSession({ sessionId: "s", store }, () => new UserSession().append({ plan: message }));
    await withSession({ sessionId: "s", store }, async () => {
      const [again] = await new UserSession().getHistory("plan");
      expect(again).toStrictEqual(message);
    });
  });

  test("does not show what this turn has appended", async () => {
    await turn("s", { query: "before" });
    await withSession({ sessionId: "s", store }, async () => {
      const session = new UserSession();
      await session.append({ query: new Message("now") });
      const messages = await session.getHistory("query");
      expect(messages.map(({ content }) => content)).toEqual(["before"]);
    });
    expect(await history("s", "query")).toEqual(["before", "now"]);
  });

  test.each([
    [-1, "-1"],
    [1.5, "1.5"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [2 ** 53, "9007199254740992"],
    ["3", '"3"'],
    [null, "null"],
    [1n, "a bigint"],
  ])("refuses the limit %s", async (limit, part) => {
    await expect(history("s", "query", limit as number)).rejects.toThrow(
      turnkeepError("invalid_argument", "whole number from 0", part),
    );
  });

  test.each<readonly [unknown, string]>([
    ["", "is empty"],
    ["k".repeat(129), "is longer than 128 characters"],
    ["a\u0000", "holds a control character"],
    [7, "7 is not a string"],
    [undefined, "is not a string"],
  ])("refuses the key %j", async (key, part) => {
    await expect(history("s", key as string)).rejects.toThrow(
      turnkeepError("invalid_argument", part),
    );
  });

  test("gives a list of its own: changing it changes nothing", async () => {
    await turn("s", { query: "a" });
    await withSession({ sessionId: "s", store }, async () => {
      const session = new UserSession();
      (await session.getHistory("query")).length = 0;
      expect(await session.getHistory("query")).toHaveLength(1);
    });
  });
});

describe("a component on its own", () => {
  class Echo extends Component<string, string> {
    // Made before any run: it finds the run of each call.
    readonly #session = new UserSession();

    override async run(message: Message<string>) {
      const earlier = await this.#session.getHistory("echo", { limit: 100 });
      const answer = new Message(`${message.content} after ${earlier.length}`);
      await this.#session.append({ echo: answer });
      return answer;
    }
  }

  test("keeps its turns in one session in memory, also from object to object", async () => {
    const answers: string[] = [];
    for (const text of ["a", "b"]) answers.push((await new Echo().run(new Message(text))).content);
    const third = await new Echo().run(new Message("c"));
    expect([...answers, third.content]).toEqual(["a after 0", "b after 1", "c after 2"]);
  });

  test("can be called many times at once: every call is a turn of its own", async () => {
    const echo = new Echo();
    await withSession({ sessionId: "before", store }, async () => undefined);
    const calls = Array.from({ length: 50 }, (_, index) =>
      withSession({ sessionId: `s${index % 5}`, store }, () => echo.run(new Message(`${index}`))),
    );
    await Promise.all(calls);
    for (let session = 0; session < 5; session += 1) {
      expect(await history(`s${session}`, "echo", 100)).toHaveLength(10);
    }
  });

  test("a component called by another belongs to that one's run", async () => {
    const inner = defineComponent({
      run: async (message: Message<string>) => {
        await new UserSession().append({ inner: new Message(new UserSession().requestId) });
        return message;
      },
    });
    const outer = defineComponent({
      run: async (message: Message<string>) => {
        await inner.run(message);
        await new UserSession().append({ outer: new Message(new UserSession().requestId) });
        expect(await new UserSession().getHistory("inner")).toEqual([]);
        throw new Error("the outer component fails");
      },
    });
    const call = withSession({ sessionId: "s", store }, () => outer.run(new Message("a")));
    await expect(call).rejects.toThrow("the outer component fails");
    expect(await history("s", "inner")).toEqual([]);
  });

  test("the failure of an inner one, caught, leaves what it had appended in the turn", async () => {
    const inner = defineComponent({
      run: async () => {
        await new UserSession().append({ inner: new Message("said before the failure") });
        throw new Error("inner");
      },
    });
    const outer = defineComponent({
      run: async (message: Message<string>) => {
        await inner.run(message).catch(() => undefined);
        return message.content;
      },
    });
    await withSession({ sessionId: "s", store }, () => outer.run(new Message("a")));
    expect(await history("s", "inner")).toEqual(["said before the failure"]);
  });

  test("a stream it answers is kept when it has ended, with what its generator appended", async () => {
    const component = defineComponent({
      async *run(message: Message<string>) {
        yield "the ";
        await setImmediate();
        yield "answer";
        await new UserSession().append({ query: message, answer: new Message("the answer") });
      },
    });
    const stream = await withSession({ sessionId: "s", store }, () =>
      component.run(new Message("q"), { stream: true }),
    );
    expect(await history("s", "answer")).toEqual([]);
    expect((await stream.finalMessage()).content).toBe("the answer");
    expect(await history("s", "answer")).toEqual(["the answer"]);
    expect(await history("s", "query")).toEqual(["q"]);
  });
});

describe("the run is found", () => {
  const inRun = (work: () => Promise<unknown>): Promise<unknown> =>
    withSession({ sessionId: "s", store }, work);
  const sessionId = (): string => new UserSession().sessionId;

  test("behind await, timers, Promise.all and microtasks", async () => {
    await inRun(async () => {
      await sleep(1);
      expect(sessionId()).toBe("s");
      const timers = [
        new Promise((resolve) => setTimeout(() => resolve(sessionId()), 1)),
        new Promise((resolve) => process.nextTick(() => resolve(sessionId()))),
        new Promise((resolve) => queueMicrotask(() => resolve(sessionId()))),
        Promise.resolve().then(sessionId),
      ];
      expect(await Promise.all(timers)).toEqual(["s", "s", "s", "s"]);
    });
  });

  test("by a listener to an event that is emitted within it", async () => {
    const emitter = new EventEmitter();
    const seen: string[] = [];
    emitter.on("event", () => seen.push(sessionId()));
    await inRun(async () => {
      emitter.emit("event");
      setTimeout(() => emitter.emit("later"), 1);
      await once(emitter, "later");
      seen.push(sessionId());
    });
    expect(seen).toEqual(["s", "s"]);
  });

  test("by a callback from elsewhere that was bound within it", async () => {
    const callbacks: (() => string)[] = [];
    await inRun(async () => {
      callbacks.push(AsyncResource.bind(sessionId));
    });
    expect(callbacks.map((callback) => callback())).toEqual(["s"]);
  });

  test("by two runs that take turns, each its own", async () => {
    const seen: string[] = [];
    const work = (id: string) => async (): Promise<void> => {
      for (let step = 0; step < 3; step += 1) {
        await setImmediate();
        seen.push(`${id} ${sessionId()}`);
      }
    };
    await Promise.all([
      withSession({ sessionId: "a", store }, work("a")),
      withSession({ sessionId: "b", store }, work("b")),
    ]);
    expect(new Set(seen)).toEqual(new Set(["a a", "b b"]));
    expect(seen).toHaveLength(6);
  });
});

describe("outside of a run, in a script", () => {
  test("the history of the process's own session can be read", async () => {
    const key = "read outside of a run";
    const component = defineComponent({
      run: async (message: Message<string>) => {
        await new UserSession().append({ [key]: message });
        return message;
      },
    });
    await component.run(new Message("a"));
    const session = new UserSession();
    const messages = await session.getHistory(key);
    expect(messages.map(({ content }) => content)).toEqual(["a"]);
    expect(session.sessionId).toMatch(/^[0-9a-f-]{36}$/);
    expect(new UserSession().sessionId).toBe(session.sessionId);
    expect(session.userId).toBeUndefined();
  });

  test("appending rejects, and says what to do", async () => {
    await expect(new UserSession().append({ query: new Message("a") })).rejects.toThrow(
      turnkeepError("run_missing", "extend Component", "defineComponent", "withSession"),
    );
  });

  test("there is no request id", () => {
    expect(() => new UserSession().requestId).toThrow(turnkeepError("run_missing", "request id"));
  });
});

describe("while a runtime is open", () => {
  test("a session outside of a run is an error on every method, until it has closed", async () => {
    const missing = turnkeepError("run_missing", "while a runtime serves", "AsyncResource.bind");
    const session = new UserSession();
    const close = beginServing();
    try {
      await expect(session.getHistory("query")).rejects.toThrow(missing);
      await expect(session.append({ query: new Message("a") })).rejects.toThrow(missing);
      expect(() => session.sessionId).toThrow(missing);
      expect(() => session.requestId).toThrow(missing);
      expect(() => session.userId).toThrow(missing);
    } finally {
      close();
    }
    expect(await session.getHistory("query")).toEqual([]);
  });

  test("a component called directly gets no session in memory", async () => {
    const key = "never stored";
    const component = defineComponent({
      run: async (message: Message<string>) => {
        await new UserSession().append({ [key]: message });
        return message;
      },
    });
    const plain = defineComponent({ run: async (message: Message<string>) => message.content });
    const close = beginServing();
    try {
      await expect(component.run(new Message("a"))).rejects.toThrow(turnkeepError("run_missing"));
      expect((await plain.run(new Message("no session needed"))).content).toBe("no session needed");
    } finally {
      close();
    }
    expect(await new UserSession().getHistory(key)).toEqual([]);
  });

  test("withSession still sets one by hand", async () => {
    const close = beginServing();
    try {
      await turn("s", { query: "a" });
      expect(await history("s", "query")).toEqual(["a"]);
    } finally {
      close();
    }
  });

  test("closing one of two, twice, leaves the other open", async () => {
    const [first, second] = [beginServing(), beginServing()];
    first();
    first();
    await expect(new UserSession().getHistory("query")).rejects.toThrow(
      turnkeepError("run_missing"),
    );
    second();
    expect(await new UserSession().getHistory("query")).toEqual([]);
  });
});

describe("after the run", () => {
  test("an append rejects, and the log has a warning, also where nobody waits", async () => {
    const emitted = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const late = await withSession({ sessionId: "s", requestId: "r", store }, async () =>
      AsyncResource.bind(() => new UserSession().append({ query: new Message("late") })),
    );
    await expect(late()).rejects.toThrow(turnkeepError("run_ended", "Append before run returns"));
    void late();
    await setImmediate();
    expect(emitted.mock.calls).toEqual(
      Array.from({ length: 2 }, () => [
        'messages were appended after the end of their run and are not stored {"requestId":"r","messageKeys":["query"]}',
        "TurnkeepWarning",
      ]),
    );
    expect(await history("s", "query")).toEqual([]);
  });

  test("the history can still be read", async () => {
    await turn("s", { query: "a" });
    const read = await withSession({ sessionId: "s", store }, async () =>
      AsyncResource.bind(() => new UserSession().getHistory("query")),
    );
    expect((await read()).map(({ content }) => content)).toEqual(["a"]);
  });
});

describe("append", () => {
  test("takes a message of history again, and a stream that is also answered", async () => {
    await turn("s", { answer: "first" });
    const component = defineComponent({
      run: async () => {
        const session = new UserSession();
        const [earlier] = await session.getHistory("answer");
        const stream = MessageStream.from(["sec", "ond"]);
        await session.append({ answer: stream, ...(earlier ? { earlier } : {}) });
        return stream;
      },
    });
    for (const stream of [false, true]) {
      const sessionId = stream ? "streamed" : "s";
      const answer = await withSession({ sessionId, store }, () =>
        component.run(new Message("q"), { stream }),
      );
      const whole = answer instanceof MessageStream ? await answer.finalMessage() : answer;
      expect(whole.content).toBe("second");
      expect((await history(sessionId, "answer")).at(-1)).toBe("second");
    }
    expect(await history("s", "earlier")).toEqual(["first"]);
  });

  test("in two places at once takes a key once, and the run fails", async () => {
    const component = defineComponent({
      run: async () => {
        const session = new UserSession();
        const parts = ["a", "b"].map(async (text) => {
          await setImmediate();
          void session.append({ answer: new Message(text) });
        });
        await Promise.all(parts);
        return "done";
      },
    });
    const call = withSession({ sessionId: "s", store }, () => component.run(new Message("q")));
    await expect(call).rejects.toThrow(turnkeepError("message_key_taken", '"answer"'));
    expect(await history("s", "answer")).toEqual([]);
  });
});
