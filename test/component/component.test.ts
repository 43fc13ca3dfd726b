import { setImmediate } from "node:timers/promises";
import {
  Component,
  MemoryStore,
  Message,
  MessageStream,
  type RunOptions,
  UserSession,
  withSession,
} from "turnkeep";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { turnkeepError } from "../helpers/turnkeep-error.ts";

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});
afterEach(() => store[Symbol.asyncDispose]());

/** A class as JavaScript may have it: TypeScript would refuse it. */
type AnyComponent = new () => { run(message: unknown, options?: unknown): Promise<unknown> };

class Upper extends Component<string, string> {
  override async run(message: Message<string>, { stream = false }: RunOptions = {}) {
    const content = message.content.toUpperCase();
    return stream ? MessageStream.from(content) : new Message(content);
  }
}

describe("a component", () => {
  test("answers a message, or a stream where one is asked for", async () => {
    class Pieces extends Component<string, string> {
      override async run(message: Message<string>, { stream = false }: RunOptions = {}) {
        const pieces = message.content.split(" ");
        return stream ? MessageStream.from(pieces) : new Message(pieces.join(""));
      }
    }
    const whole = await new Pieces().run(new Message("a b"));
    expect(whole).toMatchObject({ content: "ab" });
    const stream = await new Pieces().run(new Message("a b"), { stream: true });
    const pieces: string[] = [];
    for await (const { content } of stream as MessageStream) pieces.push(content);
    expect(pieces).toEqual(["a", "b"]);
  });

  test("hands its options on: what the caller gave, and a signal", async () => {
    const seen: RunOptions[] = [];
    class Options extends Component {
      override async run(message: Message, options: RunOptions = {}) {
        seen.push(options);
        return message;
      }
    }
    await new Options().run(new Message("a"));
    await new Options().run(new Message("a"), { stream: false, temperature: 0.5, list: [1] });
    expect(seen[0]).toEqual({ signal: expect.any(AbortSignal) as unknown });
    expect(seen[1]).toEqual({
      stream: false,
      temperature: 0.5,
      list: [1],
      signal: expect.any(AbortSignal) as unknown,
    });
  });

  test("its run can be passed along as a function", async () => {
    // oxlint-disable-next-line typescript/unbound-method -- that it is bound is what this shows
    const { run } = new Upper();
    const answers = await Promise.all(
      [new Message("a"), new Message("b")].map((each) => run(each)),
    );
    expect(answers).toMatchObject([{ content: "A" }, { content: "B" }]);
  });

  test("a subclass may call super.run, within the same run", async () => {
    const ids: string[] = [];
    class Base extends Component<string, string> {
      override async run(message: Message<string>) {
        ids.push(new UserSession().requestId);
        await new UserSession().append({ base: message });
        return new Message(`base ${message.content}`);
      }
    }
    class Derived extends Base {
      override async run(message: Message<string>) {
        ids.push(new UserSession().requestId);
        const answer = await super.run(message);
        await new UserSession().append({ derived: answer });
        return new Message(`derived ${answer.content}`);
      }
    }
    const answer = await withSession({ sessionId: "s", store }, () =>
      new Derived().run(new Message("a")),
    );
    expect(answer.content).toBe("derived base a");
    expect(new Set(ids).size).toBe(1);
    for (const messageKey of ["base", "derived"]) {
      expect(await store.getHistory({ sessionId: "s", messageKey, limit: 9 })).toHaveLength(1);
    }
  });

  test("has its class fields, also private ones, when it runs", async () => {
    class Counting extends Component<string, number> {
      #calls = 0;
      step = 2;

      override async run(_message: Message<string>) {
        this.#calls += this.step;
        return new Message(this.#calls);
      }
    }
    const counting = new Counting();
    await counting.run(new Message("a"));
    counting.step = 10;
    expect((await counting.run(new Message("a"))).content).toBe(12);
  });

  test("may have a constructor of its own that calls its run", async () => {
    class Warm extends Upper {
      readonly warm: Promise<unknown>;

      constructor() {
        super();
        this.warm = this.run(new Message("warm"));
      }
    }
    expect(await new Warm().warm).toMatchObject({ content: "WARM" });
  });

  test("can be replaced and spied on, as any method", async () => {
    const upper = new Upper();
    upper.run = async () => new Message("replaced");
    expect(await upper.run(new Message("a"))).toMatchObject({ content: "replaced" });
    expect(Object.keys(new Upper())).toEqual([]);
  });

  test("one object serves many calls at once", async () => {
    class Slow extends Component<number, string> {
      override async run(message: Message<number>) {
        const session = new UserSession();
        await session.append({ query: message });
        for (let turn = 0; turn < message.content % 5; turn += 1) await setImmediate();
        return new Message(`${session.sessionId} ${message.content}`);
      }
    }
    const slow = new Slow();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        withSession({ sessionId: `s${index}`, store }, () => slow.run(new Message(index))),
      ),
    );
    expect(answers.map(({ content }) => content)).toEqual(
      Array.from({ length: 200 }, (_, index) => `s${index} ${index}`),
    );
  });
});

describe("a class without a method run", () => {
  test.each<readonly [string, AnyComponent]>([
    ["at all", class Silent extends (Component as unknown as AnyComponent) {}],
    [
      "but a field, which is set too late",
      class Silent extends (Component as unknown as AnyComponent) {
        override run = async (message: unknown): Promise<unknown> => message;
      },
    ],
  ])("%s is refused when it is made", (_name, Class) => {
    expect(() => new Class()).toThrow(
      turnkeepError(
        "component_invalid",
        "The component Silent has no method run",
        "not as a field",
      ),
    );
  });

  test("Component itself is refused, too", () => {
    expect(() => new (Component as unknown as AnyComponent)()).toThrow(
      turnkeepError("component_invalid", "The component Component"),
    );
  });
});

describe("calling run", () => {
  test.each<readonly [string, unknown, string]>([
    ["a text", "hello", '"hello". Wrap it: new Message(value)'],
    ["nothing", undefined, "nothing (undefined)"],
    ["an object like a message", { content: "a" }, "an object"],
    ["a stream", MessageStream.from(["a"]), "an object of class MessageStream"],
  ])("with %s is refused", async (_name, message, part) => {
    await expect(new Upper().run(message as Message<string>)).rejects.toThrow(
      turnkeepError("invalid_argument", "run takes a Message", part),
    );
  });

  test.each<readonly [string, unknown, string]>([
    ["true, as Python's second argument", true, "true"],
    ["null", null, "null"],
    ["a text", "stream", '"stream"'],
  ])("with %s for the options is refused", async (_name, options, part) => {
    await expect(new Upper().run(new Message("a"), options as RunOptions)).rejects.toThrow(
      turnkeepError("invalid_argument", "{ stream: true }", part),
    );
  });

  test("throws what the component throws, also where it throws at once", async () => {
    const failure = new Error("broken");
    class Failing extends (Component as unknown as AnyComponent) {
      override run(_message: unknown): Promise<unknown> {
        throw failure;
      }
    }
    await expect(new Failing().run(new Message("a"))).rejects.toBe(failure);
  });

  test.each<readonly [string, unknown, string]>([
    ["nothing", undefined, "nothing (undefined)"],
    ["a text", "hello", '"hello"'],
    ["a list of messages", [new Message("a")], "a list of 1"],
    ["a generator", (async function* () {})(), "answered an object"],
  ])(
    "of a component that answers %s is refused, and nothing of its turn is stored",
    async (_name, answer, part) => {
      class Wrong extends (Component as unknown as AnyComponent) {
        override async run(_message: unknown): Promise<unknown> {
          await new UserSession().append({ query: new Message("q") });
          return answer;
        }
      }
      const call = withSession({ sessionId: "s", store }, () => new Wrong().run(new Message("a")));
      await expect(call).rejects.toThrow(turnkeepError("result_invalid", part));
      expect(await store.getHistory({ sessionId: "s", messageKey: "query", limit: 9 })).toEqual([]);
    },
  );
});

describe("the signal a component is given", () => {
  class Signals extends Component {
    readonly given: AbortSignal[] = [];

    override async run(message: Message, { signal }: RunOptions = {}) {
      if (signal !== undefined) this.given.push(signal);
      return message;
    }
  }

  class Outer extends Component {
    readonly inner = new Signals();
    given: AbortSignal | undefined;

    override async run(message: Message, { signal }: RunOptions = {}) {
      this.given = signal;
      await this.inner.run(message);
      await this.inner.run(message, { signal });
      return message;
    }
  }

  test("is the run's own, also inside a component that it calls", async () => {
    const outer = new Outer();
    await outer.run(new Message("a"));
    expect(outer.given).toBeInstanceOf(AbortSignal);
    expect(outer.inner.given).toEqual([outer.given, outer.given]);
    expect(outer.inner.given[0]).toBe(outer.given);
  });

  test("follows the caller's", async () => {
    const signals = new Signals();
    const caller = new AbortController();
    await signals.run(new Message("a"), { signal: caller.signal });
    caller.abort(new Error("enough"));
    expect(signals.given[0]?.reason).toEqual(new Error("enough"));
  });

  test("within a run follows the caller's and the run's", async () => {
    const signals = new Signals();
    const [run, caller] = [new AbortController(), new AbortController()];
    await withSession({ store, signal: run.signal }, async () => {
      await signals.run(new Message("a"), { signal: caller.signal });
      await signals.run(new Message("a"), { signal: caller.signal });
    });
    caller.abort(new Error("the caller's"));
    expect(signals.given[0]?.reason).toEqual(new Error("the caller's"));
    await withSession({ store, signal: run.signal }, () =>
      signals.run(new Message("a"), { signal: new AbortController().signal }),
    );
    run.abort(new Error("the run's"));
    expect(signals.given[2]?.reason).toEqual(new Error("the run's"));
  });
});
