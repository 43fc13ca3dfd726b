import type { StandardSchemaV1 } from "@standard-schema/spec";
import { setImmediate } from "node:timers/promises";
import { MemoryStore, Message, MessageStream, UserSession, withSession } from "turnkeep";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { ControlledSource } from "../helpers/controlled-source.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";

const Plan = z.object({ steps: z.array(z.string()), done: z.boolean().default(false) });
const keys = { query: z.string(), plan: Plan };

/** A schema written by hand: a text of digits, checked asynchronously, of which it makes a number. */
const digits: StandardSchemaV1<string, number> = {
  "~standard": {
    version: 1,
    vendor: "by hand",
    async validate(value) {
      await setImmediate();
      return typeof value === "string" && /^\d+$/.test(value)
        ? { value: Number(value) }
        : { issues: [{ message: "not digits", path: ["here", { key: 0 }] }] };
    },
  },
};

let store: MemoryStore;
let warnings: unknown[];
beforeEach(() => {
  store = new MemoryStore();
  warnings = [];
  vi.spyOn(process, "emitWarning").mockImplementation((warning) => void warnings.push(warning));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await store[Symbol.asyncDispose]();
});

const inSession = <Result>(work: () => Promise<Result>): Promise<Result> =>
  withSession({ sessionId: "s", store }, work);

/** A turn without any schema, as an older version of a component, or Python, would store it. */
const storeUntyped = (contents: Record<string, unknown>): Promise<void> =>
  inSession(() =>
    new UserSession().append(
      Object.fromEntries(
        Object.entries(contents).map(([key, content]) => [key, new Message(content)]),
      ),
    ),
  );

async function storedKeys(): Promise<string[]> {
  const records = await Promise.all(
    ["query", "plan", "digits", "other", "when"].map((messageKey) =>
      store.getHistory({ sessionId: "s", messageKey, limit: 100 }),
    ),
  );
  return records.flat().map(({ messageKey }) => messageKey);
}

describe("a typed session", () => {
  test("keeps what fits, as it was appended, and gives it as its schema gives it", async () => {
    const session = new UserSession({ keys });
    const plan = new Message({ steps: ["a"] }, { name: "planner", fields: { extra: 1 } });
    await inSession(() => session.append({ query: new Message("q"), plan }));
    const [record] = await store.getHistory({ sessionId: "s", messageKey: "plan", limit: 1 });
    expect(record?.message).toStrictEqual(plan);
    await inSession(async () => {
      const [query] = await session.getHistory("query");
      const [again] = await session.getHistory("plan");
      expect(query?.content.toUpperCase()).toBe("Q");
      expect(again).toStrictEqual(
        new Message(
          { steps: ["a"], done: false },
          { id: plan.id, name: "planner", fields: { extra: 1 } },
        ),
      );
    });
    expect(warnings).toEqual([]);
  });

  test("takes any Standard Schema, also one that checks asynchronously", async () => {
    const session = new UserSession({ keys: { digits } });
    await inSession(() => session.append({ digits: new Message("431") }));
    await inSession(async () => {
      const [message] = await session.getHistory("digits");
      expect(message?.content).toBe(431);
      expect(message?.mtype).toBe("int");
    });
  });

  test.each<readonly [string, Record<string, Message | MessageStream>]>([
    ["a message", { query: new Message("q"), other: new Message("o") }],
    ["a stream", { query: new Message("q"), other: MessageStream.from(["o"]) }],
    ["a message, when it is a name every object has", { constructor: new Message("o") }],
  ])(
    "refuses a key that is not among its own, for %s, before anything is stored",
    async (_name, messages) => {
      const session = new UserSession({ keys });
      let stage = "";
      const run = inSession(async () => {
        await session.append(messages);
        stage = "appended";
      });
      await expect(run).rejects.toThrow(
        turnkeepError("invalid_argument", "is not among this session's keys: query, plan"),
      );
      expect(stage).toBe("");
      expect(await storedKeys()).toEqual([]);
    },
  );

  test("refuses to read a key that is not among its own", async () => {
    const read = inSession(() => new UserSession({ keys }).getHistory("other" as "query"));
    await expect(read).rejects.toThrow(turnkeepError("invalid_argument", '"other"'));
  });

  test("refuses content that does not fit, and says where, before anything is stored", async () => {
    const session = new UserSession({ keys });
    const plan = new Message({ steps: ["a", 2] }) as unknown as Message<{ steps: string[] }>;
    const run = inSession(() => session.append({ query: new Message("q"), plan }));
    await expect(run).rejects.toThrow(
      turnkeepError("message_invalid", '"plan" does not fit its schema: steps.1: '),
    );
    expect(await storedKeys()).toEqual([]);
  });

  test("says where of a schema by hand, too", async () => {
    const session = new UserSession({ keys: { digits } });
    const run = inSession(() => session.append({ digits: new Message("x") }));
    await expect(run).rejects.toThrow(turnkeepError("message_invalid", "here.0: not digits."));
  });

  test("names the first five problems of many", async () => {
    const session = new UserSession({ keys: { plan: z.array(z.string()) } });
    const content = Array.from({ length: 1_000 }, (_, index) => index) as unknown as string[];
    const run = inSession(() => session.append({ plan: new Message(content) }));
    await expect(run).rejects.toThrow(turnkeepError("message_invalid", "4: ", "; and 995 more."));
  });

  test("a refused append that was caught leaves the turn as it was", async () => {
    const session = new UserSession({ keys });
    await inSession(async () => {
      const wrong = new Message(5) as Message as Message<string>;
      await session.append({ query: wrong }).catch(() => undefined);
      await session.append({ query: new Message("q") });
    });
    expect(await storedKeys()).toEqual(["query"]);
  });

  test("a refused append that nobody waited for fails the run", async () => {
    const session = new UserSession({ keys: { digits } });
    const run = inSession(async () => {
      void session.append({ digits: new Message("x") });
    });
    await expect(run).rejects.toThrow(turnkeepError("message_invalid"));
  });

  test("throws the same error where a schema throws", async () => {
    const broken = z.string().transform((): string => {
      throw new TypeError("a mistake in the schema");
    });
    const run = inSession(() =>
      new UserSession({ keys: { query: broken } }).append({ query: new Message("q") }),
    );
    await expect(run).rejects.toThrow("a mistake in the schema");
    expect(await storedKeys()).toEqual([]);
  });
});

describe("a stream in a typed session", () => {
  const short = { query: z.string().max(3) };

  test("is kept where its whole fits", async () => {
    const session = new UserSession({ keys: short });
    await inSession(() => session.append({ query: MessageStream.from(["a", "bc"]) }));
    expect(await storedKeys()).toEqual(["query"]);
  });

  test("fails the run where its whole does not fit, and nothing is stored", async () => {
    const session = new UserSession({ keys: short });
    let appended = false;
    const run = inSession(async () => {
      const source = new ControlledSource();
      await session.append({ query: MessageStream.from(source) });
      appended = true;
      source.give("abc");
      source.give("d");
      source.end();
    });
    await expect(run).rejects.toThrow(turnkeepError("message_invalid", '"query"'));
    expect(appended).toBe(true);
    expect(await storedKeys()).toEqual([]);
  });
});

describe("a stored message that its key's schema does not give", () => {
  test("is left out, with a warning that names the record and the reason; the others are given", async () => {
    await storeUntyped({ plan: { steps: ["old"] } });
    await storeUntyped({ plan: "a text of an older version" });
    await storeUntyped({ plan: { steps: ["new"], done: true } });
    const [, misfit] = await store.getHistory({ sessionId: "s", messageKey: "plan", limit: 9 });
    await inSession(async () => {
      const plans = await new UserSession({ keys }).getHistory("plan");
      expect(plans.map(({ content }) => content)).toEqual([
        { steps: ["old"], done: false },
        { steps: ["new"], done: true },
      ]);
    });
    expect(warnings).toEqual([
      expect.stringMatching(
        new RegExp(`is left out of the history .*"recordId":"${misfit?.id}","messageKey":"plan"`),
      ),
    ]);
  });

  test("counts in the limit: the newest are read, then those that do not fit are left out", async () => {
    for (const query of ["a", "b", 3]) await storeUntyped({ query });
    await inSession(async () => {
      const queries = await new UserSession({ keys }).getHistory("query", { limit: 2 });
      expect(queries.map(({ content }) => content)).toEqual(["b"]);
    });
  });

  test.each([
    [
      "throws",
      z.string().transform((): string => {
        throw new TypeError("a mistake");
      }),
      "a mistake",
    ],
    [
      "rejects",
      {
        "~standard": {
          version: 1 as const,
          vendor: "by hand",
          validate: () => Promise.reject(new TypeError("later")),
        },
      },
      "later",
    ],
    ["makes a Date of it", z.string().transform(() => new Date(0)), "of class Date"],
    ["makes nothing of it", z.string().transform(() => undefined), "nothing (undefined)"],
    [
      "makes a Map of a part of it",
      z.string().transform((a) => ({ a: new Map([[a, a]]) })),
      "content.a",
    ],
  ])("is left out with a warning where the schema %s", async (_name, schema, part) => {
    await storeUntyped({ query: "q" });
    await inSession(async () => {
      expect(await new UserSession({ keys: { query: schema } }).getHistory("query")).toEqual([]);
    });
    expect(warnings).toEqual([expect.stringContaining(part)]);
  });
});

describe("a schema that makes what is not JSON", () => {
  const dated = { when: z.string().transform((text) => new Date(text)) };

  test("is refused on append, before anything is stored, so that no turn is kept that cannot be read", async () => {
    const session = new UserSession({ keys: dated });
    const run = inSession(() => session.append({ when: new Message("2026-11-01") }));
    await expect(run).rejects.toThrow(
      turnkeepError("message_invalid", "of class Date", "convert after reading"),
    );
    expect(await storedKeys()).toEqual([]);
  });

  test("as text it is kept", async () => {
    const session = new UserSession({ keys: { when: z.iso.date() } });
    await inSession(() => session.append({ when: new Message("2026-11-01") }));
    await inSession(async () => {
      const [message] = await session.getHistory("when");
      expect(new Date(message?.content ?? 0).getUTCFullYear()).toBe(2026);
    });
  });
});

describe("the keys of a typed session", () => {
  test.each([
    ["", "is empty"],
    ["k".repeat(129), "is longer than 128 characters"],
    ["a\u0007", "holds a control character"],
  ])("the key %j is refused", (key, part) => {
    expect(() => new UserSession({ keys: { [key]: z.string() } })).toThrow(
      turnkeepError("invalid_argument", part),
    );
  });

  test.each([
    ["undefined", undefined, "nothing (undefined)"],
    ["null", null, "null"],
    ["a text", "string", '"string"'],
    ["a constructor", String, "a function"],
    ["an object", { type: "string" }, "an object"],
  ])("%s is no schema", (_name, schema, part) => {
    const options = { keys: { query: schema as unknown as StandardSchemaV1 } };
    expect(() => new UserSession(options)).toThrow(
      turnkeepError("invalid_argument", '"query" needs a Standard Schema', part),
    );
  });

  test("a schema may be a function, as ArkType's are", async () => {
    const schema = Object.assign(() => undefined, digits);
    const session = new UserSession({ keys: { digits: schema } });
    await inSession(() => session.append({ digits: new Message("1") }));
    expect(await storedKeys()).toEqual(["digits"]);
  });
});
