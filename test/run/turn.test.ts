import { setImmediate } from "node:timers/promises";
import { type ErrorCode, Message, MessageStream } from "turnkeep";
import { describe, expect, test } from "vitest";
import { type MessageCheck, Turn } from "../../src/run/turn.ts";
import { ControlledSource } from "../helpers/controlled-source.ts";
import { collectGarbage } from "../helpers/garbage.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";
import { unhandledRejections } from "../helpers/unhandled-rejections.ts";

async function contentsOf(turn: Turn): Promise<Record<string, unknown>> {
  const messages = await turn.end();
  return Object.fromEntries(
    messages.map(({ messageKey, message }) => [messageKey, message.content]),
  );
}

const text = (content: string): Message => new Message(content);
const emoji = "😀";
const slow: MessageCheck = () => async () => {
  await setImmediate();
};

describe("a turn", () => {
  test("gives out its messages in the order they were appended, each as it is", async () => {
    const turn = new Turn();
    const [query, answer, extra] = [text("q"), text("a"), text("e")];
    await turn.append({ query, answer });
    await turn.append({ extra });
    expect(await turn.end()).toEqual([
      { messageKey: "query", message: query },
      { messageKey: "answer", message: answer },
      { messageKey: "extra", message: extra },
    ]);
  });

  test("without an append is empty", async () => {
    expect(await new Turn().end()).toEqual([]);
    const turn = new Turn();
    await turn.append({});
    expect(await turn.end()).toEqual([]);
  });

  test("keeps the order of appends whose streams end in another", async () => {
    const turn = new Turn();
    const [first, second] = [new ControlledSource(), new ControlledSource()];
    void turn.append({ first: MessageStream.from(first) });
    void turn.append({ second: MessageStream.from(second), third: text("3") });
    second.give("2");
    second.end();
    const ended = turn.end();
    await setImmediate();
    first.give("1");
    first.end();
    expect((await ended).map(({ message }) => message.content)).toEqual(["1", "2", "3"]);
  });

  test("takes a message from the history of another turn again, as it is", async () => {
    const stored = Message.fromJSON({
      content: "a",
      name: "msg",
      mtype: "dict",
      id: "7",
      extra: {},
    });
    const turn = new Turn();
    await turn.append({ answer: stored });
    expect((await turn.end())[0]?.message).toBe(stored);
  });

  test("takes one message under two keys", async () => {
    const turn = new Turn();
    const message = text("a");
    await turn.append({ query: message, answer: message });
    expect(await contentsOf(turn)).toEqual({ query: "a", answer: "a" });
  });
});

describe("an append takes all of its messages or none", () => {
  test.each<readonly [string, Record<string, unknown>, ErrorCode]>([
    ["one is not a message", { answer: text("a"), extra: "text" }, "invalid_argument"],
    ["a key cannot be one", { answer: text("a"), "": text("b") }, "invalid_argument"],
    ["a key is taken", { answer: text("a"), query: text("again") }, "message_key_taken"],
  ])("where %s", async (_name, appended, code) => {
    const turn = new Turn();
    await turn.append({ query: text("q") });
    await expect(turn.append(appended as { answer: Message })).rejects.toThrow(turnkeepError(code));
    await turn.append({ answer: text("better") });
    expect(await contentsOf(turn)).toEqual({ query: "q", answer: "better" });
  });

  test("where the check of one message fails late", async () => {
    const turn = new Turn();
    const append = turn.append(
      { query: text("q"), answer: text("a") },
      (messageKey) => async () => {
        await setImmediate();
        if (messageKey === "answer") throw new Error("does not fit");
      },
    );
    await expect(append).rejects.toThrow("does not fit");
    await turn.append({ query: text("better") });
    expect(await contentsOf(turn)).toEqual({ query: "better" });
  });

  test("where the check refuses the key of a stream", async () => {
    const turn = new Turn();
    const source = new ControlledSource();
    const append = turn.append({ query: text("q"), other: MessageStream.from(source) }, (key) => {
      if (key === "other") throw new Error("no such key");
      return () => undefined;
    });
    await expect(append).rejects.toThrow("no such key");
    expect(source.asked).toBe(0);
    expect(await contentsOf(turn)).toEqual({});
  });
});

describe("the same key twice is refused", () => {
  const taken = turnkeepError("message_key_taken", '"query"', "one message a key");

  test("in two appends", async () => {
    const turn = new Turn();
    await turn.append({ query: text("1") });
    await expect(turn.append({ query: text("2") })).rejects.toThrow(taken);
    expect(await contentsOf(turn)).toEqual({ query: "1" });
  });

  test("in two appends at once", async () => {
    const turn = new Turn();
    const outcomes = await Promise.allSettled([
      turn.append({ query: text("1") }, slow),
      turn.append({ query: text("2") }, slow),
    ]);
    expect(outcomes).toEqual([
      { status: "fulfilled", value: undefined },
      { status: "rejected", reason: taken },
    ]);
    expect(await contentsOf(turn)).toEqual({ query: "1" });
  });

  test("while a stream under it is still being said", async () => {
    const turn = new Turn();
    void turn.append({ query: MessageStream.from(new ControlledSource()) });
    await expect(turn.append({ query: text("2") })).rejects.toThrow(taken);
  });

  test("keys are compared as they are: case, spaces and normal forms differ", async () => {
    const turn = new Turn();
    const keys = ["key", "KEY", "key ", "é", "é".normalize("NFD"), "constructor", "__proto__"];
    for (const key of keys) await turn.append(Object.fromEntries([[key, text(key)]]));
    expect((await turn.end()).map(({ messageKey }) => messageKey)).toEqual(keys);
  });
});

describe("what is refused", () => {
  test.each<readonly [string, string, string]>([
    ["empty", "", "is empty"],
    ["longer than 128 characters", "k".repeat(129), "is longer than 128 characters"],
    ["longer than 128 emoji", emoji.repeat(129), "is longer than 128 characters"],
    ["a megabyte long", "k".repeat(1_000_000), "is longer than 128 characters"],
    ["with a control character", "a\u0000b", "holds a control character"],
    ["with a line break", "a\nb", "holds a control character"],
    ["with a C1 control character", "a\u0085b", "holds a control character"],
    ["with half of a surrogate pair", "a\ud83d", "holds half of a surrogate pair"],
  ])("a key that is %s", async (_name, key, part) => {
    const turn = new Turn();
    await expect(turn.append({ [key]: text("a") })).rejects.toThrow(
      turnkeepError("invalid_argument", part),
    );
    await expect(turn.append({ [key]: text("a") })).rejects.toThrow(
      expect.toSatisfy((error: Error) => error.message.length < 300),
    );
  });

  test("not a key of 128 characters, emoji and all", async () => {
    const turn = new Turn();
    await turn.append({ [emoji.repeat(128)]: text("a"), "a key, with «signs» / 中文": text("b") });
    expect(await turn.end()).toHaveLength(2);
  });

  test.each<readonly [string, unknown, string]>([
    ["a text", { answer: "text" }, '"answer" is "text". Wrap it: new Message(value)'],
    ["nothing", { answer: undefined }, '"answer" is nothing (undefined)'],
    ["null", { answer: null }, '"answer" is null'],
    ["an object like a message", { answer: { content: "a" } }, '"answer" is an object'],
    ["a promise of a message", { answer: Promise.resolve(text("a")) }, "of class Promise"],
    ["a message without a key", text("a"), "given an object of class Message"],
    ["a stream without a key", MessageStream.from([]), "given an object of class MessageStream"],
    ["a promise", Promise.resolve({ answer: text("a") }), "given an object of class Promise"],
    ["a Map", new Map([["answer", text("a")]]), "given an object of class Map"],
    ["a list", [text("a")], "given a list of 1"],
    ["no object", undefined, "given nothing (undefined)"],
    ["null for the object", null, "given null"],
    ["a text for the object", "answer", 'given "answer"'],
  ])("%s", async (_name, appended, part) => {
    const turn = new Turn();
    await expect(turn.append(appended as { answer: Message })).rejects.toThrow(
      turnkeepError("invalid_argument", part),
    );
    expect(await contentsOf(turn)).toEqual({});
  });

  test("an append after the end, whether the turn was kept or discarded", async () => {
    const [kept, discarded] = [new Turn(), new Turn()];
    await kept.append({ query: text("q") });
    expect(kept.ended).toBe(false);
    await kept.end();
    discarded.discard();
    for (const turn of [kept, discarded]) {
      expect(turn.ended).toBe(true);
      await expect(turn.append({ answer: text("a") })).rejects.toThrow(
        turnkeepError("run_ended", "Append before run returns"),
      );
    }
  });
});

describe("an append that nobody waits for", () => {
  test("is kept: the end waits for it", async () => {
    const turn = new Turn();
    void turn.append({ query: text("q") }, slow);
    expect(await contentsOf(turn)).toEqual({ query: "q" });
  });

  test("fails the turn where it fails, and is no unhandled rejection", async () => {
    const unhandled = await unhandledRejections(async () => {
      const turn = new Turn();
      void turn.append({ query: text("1") });
      void turn.append({ query: text("2") });
      await setImmediate();
      await expect(turn.end()).rejects.toThrow(turnkeepError("message_key_taken"));
    });
    expect(unhandled).toEqual([]);
  });

  test.each<readonly [string, (append: Promise<void>) => Promise<unknown>]>([
    [
      "await in try",
      async (append) => {
        try {
          await append;
        } catch {
          return "caught";
        }
        return "";
      },
    ],
    ["catch", (append) => append.catch(() => "caught")],
    ["then", (append) => append.then(undefined, () => "caught")],
    ["Promise.allSettled", (append) => Promise.allSettled([append])],
  ])("does not where it was waited for and caught, by %s", async (_name, wait) => {
    const turn = new Turn();
    await turn.append({ query: text("1") });
    await wait(turn.append({ query: text("2") }));
    expect(await contentsOf(turn)).toEqual({ query: "1" });
  });

  test("is an ordinary promise to whoever waits", async () => {
    const append = new Turn().append({ query: text("q") });
    expect(append).toBeInstanceOf(Promise);
    let settled = false;
    await append.finally(() => {
      settled = true;
    });
    expect(settled).toBe(true);
  });
});

describe("a stream in a turn", () => {
  test("is read to its end by the turn where nobody else reads it", async () => {
    const turn = new Turn();
    await turn.append({ answer: MessageStream.from(["a", "b"]) });
    expect(await contentsOf(turn)).toEqual({ answer: "ab" });
  });

  test("is not waited for by append", async () => {
    const turn = new Turn();
    const source = new ControlledSource();
    await turn.append({ answer: MessageStream.from(source) });
    source.give("a");
    source.end();
    expect(await contentsOf(turn)).toEqual({ answer: "a" });
  });

  test("goes on where its reader leaves it", async () => {
    const turn = new Turn();
    const stream = MessageStream.from(["a", "b", "c"]);
    await turn.append({ answer: stream });
    for await (const _delta of stream) break;
    expect(await contentsOf(turn)).toEqual({ answer: "abc" });
  });

  test("that its reader had left before fails the turn: it is never kept as if whole", async () => {
    const turn = new Turn();
    const stream = MessageStream.from(["a", "b", "c"]);
    for await (const _delta of stream) break;
    await turn.append({ answer: stream });
    await expect(turn.end()).rejects.toThrow(turnkeepError("stream_closed"));
  });

  test("that fails, fails the turn, with its error, and is no unhandled rejection", async () => {
    const unhandled = await unhandledRejections(async () => {
      const turn = new Turn();
      const source = new ControlledSource();
      const endless = new ControlledSource();
      await turn.append({ other: MessageStream.from(endless), answer: MessageStream.from(source) });
      source.fail(new Error("the model broke off"));
      await setImmediate();
      // At once: the stream that goes on is not waited for.
      await expect(turn.end()).rejects.toThrow("the model broke off");
      endless.fail(new Error("that one too"));
    });
    expect(unhandled).toEqual([]);
  });

  test("is checked at its end", async () => {
    const turn = new Turn();
    const check = () => (message: Message) => {
      throw new Error(`refused ${String(message.content)}`);
    };
    await turn.append({ answer: MessageStream.from(["a", "b"]) }, check);
    await expect(turn.end()).rejects.toThrow("refused ab");
  });

  test("may append itself before it ends, also where only the turn reads it", async () => {
    const turn = new Turn();
    async function* source() {
      yield "a";
      await setImmediate();
      void turn.append({ late: text("l") }, slow);
    }
    await turn.append({ answer: MessageStream.from(source()) });
    expect(await contentsOf(turn)).toEqual({ answer: "a", late: "l" });
  });

  test("whose own append fails unnoticed, fails the turn", async () => {
    const turn = new Turn();
    async function* source() {
      yield "a";
      await setImmediate();
      void turn.append({ answer: text("again") });
    }
    await turn.append({ answer: MessageStream.from(source()) });
    await expect(turn.end()).rejects.toThrow(turnkeepError("message_key_taken"));
  });
});

test("a turn that is discarded while it ends gives nothing out", async () => {
  const turn = new Turn();
  const source = new ControlledSource();
  void turn.append({ query: text("q"), answer: MessageStream.from(source) });
  const ended = turn.end();
  await setImmediate();
  turn.discard();
  source.end();
  await expect(ended).rejects.toThrow(turnkeepError("run_ended"));
});

test("a turn that has ended holds no message any more, however long it is held itself", async () => {
  const [kept, discarded] = [new Turn(), new Turn()];
  const appendTo = async (turn: Turn): Promise<WeakRef<Message>> => {
    const message = text("a");
    await turn.append({ answer: message, other: MessageStream.from(["b"]) });
    return new WeakRef(message);
  };
  const references = [await appendTo(kept), await appendTo(discarded)];
  expect(await kept.end()).toHaveLength(2);
  discarded.discard();
  await collectGarbage();
  expect(references.map((reference) => reference.deref())).toEqual([undefined, undefined]);
  expect([kept.ended, discarded.ended]).toEqual([true, true]);
});
