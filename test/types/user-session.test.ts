import type { StandardSchemaV1 } from "@standard-schema/spec";
import { Message, MessageStream, UserSession, withSession } from "turnkeep";
import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";

describe("the types of a session without keys", () => {
  const session = new UserSession();
  const getHistory = (key: string) => session.getHistory(key);
  type Appended = Parameters<typeof session.append>[0];

  test("any key takes any message or stream, and gives messages of unknown content", () => {
    expectTypeOf(getHistory).returns.resolves.toEqualTypeOf<Message[]>();
    expectTypeOf({ query: new Message(5), answer: MessageStream.from([]) }).toExtend<Appended>();
    expectTypeOf<{ answer: Message<string> | MessageStream }>().toExtend<Appended>();
  });

  test("what is not a message is refused", () => {
    expectTypeOf<{ query: string }>().not.toExtend<Appended>();
    expectTypeOf<{ query: undefined }>().not.toExtend<Appended>();
    expectTypeOf<{ query: Promise<Message> }>().not.toExtend<Appended>();
    expectTypeOf<string>().not.toExtend<Appended>();
  });

  test("a limit is a number", () => {
    const read = () =>
      // @ts-expect-error -- a number
      session.getHistory("query", { limit: "3" });
    expectTypeOf(read).returns.resolves.toEqualTypeOf<Message[]>();
  });
});

describe("the types of a typed session", () => {
  const Plan = z.object({ steps: z.array(z.string()), done: z.boolean().default(false) });
  const counted = z.string().transform((text) => text.length);
  const session = new UserSession({
    keys: { query: z.string(), plan: Plan, counted, mood: z.enum(["good", "bad"]) },
  });
  const read = {
    query: () => session.getHistory("query"),
    plan: () => session.getHistory("plan", { limit: 1 }),
    counted: () => session.getHistory("counted"),
    mood: () => session.getHistory("mood"),
  };
  type Appended = Parameters<typeof session.append>[0];

  test("each key gives messages of its schema's output", () => {
    expectTypeOf(read.query).returns.resolves.toEqualTypeOf<Message<string>[]>();
    expectTypeOf(read.plan).returns.resolves.toEqualTypeOf<
      Message<{ steps: string[]; done: boolean }>[]
    >();
    expectTypeOf(read.counted).returns.resolves.toEqualTypeOf<Message<number>[]>();
    expectTypeOf(read.mood).returns.resolves.toEqualTypeOf<Message<"good" | "bad">[]>();
  });

  test("each key takes messages of its schema's input, some or all of them", () => {
    expectTypeOf<{ plan: Message<{ steps: string[] }> }>().toExtend<Appended>();
    expectTypeOf<{ query: Message<string>; counted: Message<string> }>().toExtend<Appended>();
    expectTypeOf<{ mood: Message<"good"> }>().toExtend<Appended>();
    expectTypeOf<{ query: Message<number> }>().not.toExtend<Appended>();
    expectTypeOf<{ query: Message }>().not.toExtend<Appended>();
    expectTypeOf<{ counted: Message<number> }>().not.toExtend<Appended>();
    expectTypeOf<{ mood: Message<string> }>().not.toExtend<Appended>();
    expectTypeOf<{ plan: Message<{ steps: number[] }> }>().not.toExtend<Appended>();
  });

  test("a stream goes where any text fits", () => {
    expectTypeOf<{ query: MessageStream }>().toExtend<Appended>();
    expectTypeOf<{ query: MessageStream | Message<string> }>().toExtend<Appended>();
    expectTypeOf<{ counted: MessageStream }>().toExtend<Appended>();
    expectTypeOf<{ plan: MessageStream }>().not.toExtend<Appended>();
    expectTypeOf<{ mood: MessageStream }>().not.toExtend<Appended>();
  });

  test("a key that is not among its own is refused", () => {
    const use = async (): Promise<void> => {
      await session.append({
        query: new Message("a"),
        // @ts-expect-error -- not a key of the session
        other: new Message("a"),
      });
      // @ts-expect-error -- not a key of the session
      await session.getHistory("other");
    };
    expectTypeOf(use).returns.resolves.toBeVoid();
  });

  test("a Standard Schema by hand is as good as any", () => {
    const schema: StandardSchemaV1<string, number> = {
      "~standard": { version: 1, vendor: "by hand", validate: () => ({ value: 1 }) },
    };
    const digits = new UserSession({ keys: { digits: schema } });
    const readDigits = () => digits.getHistory("digits");
    expectTypeOf(readDigits).returns.resolves.toEqualTypeOf<Message<number>[]>();
    expectTypeOf<{ digits: MessageStream }>().toExtend<Parameters<typeof digits.append>[0]>();
  });

  test("what is no schema is refused", () => {
    const make = () =>
      // @ts-expect-error -- not a schema
      new UserSession({ keys: { query: "string" } });
    expectTypeOf(make).toBeFunction();
  });
});

test("withSession answers what its work answers", () => {
  const run = () => withSession({ sessionId: "s" }, async () => new Message(5));
  expectTypeOf(run).returns.resolves.toEqualTypeOf<Message<number>>();
  const wrong = () =>
    // @ts-expect-error -- an id is a text
    withSession({ sessionId: 7 }, async () => 1);
  expectTypeOf(wrong).returns.resolves.toEqualTypeOf<number>();
});
