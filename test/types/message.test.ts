/* oxlint-disable typescript/unbound-method -- only the types are looked at */
import { isMessage, isMessageStream, Message, type MessageDelta, MessageStream } from "turnkeep";
import { describe, expectTypeOf, test } from "vitest";

describe("the types of a message", () => {
  test("its content has the type of what it was made from", () => {
    expectTypeOf(new Message("a")).toEqualTypeOf<Message<string>>();
    expectTypeOf(new Message(["a", 1]).content).toEqualTypeOf<(string | number)[]>();
    expectTypeOf(new Message<"a" | "b">("a").content).toEqualTypeOf<"a" | "b">();
    expectTypeOf(Message.fromJSON({ content: "a" })).toEqualTypeOf<Message>();
  });

  test("a message of a narrower content is one of a wider, not the other way round", () => {
    expectTypeOf<Message<"a">>().toExtend<Message<string>>();
    expectTypeOf<Message<string>>().toExtend<Message>();
    expectTypeOf<Message>().not.toExtend<Message<string>>();
    expectTypeOf<MessageStream>().not.toExtend<Message>();
  });

  test("nothing of it can be set", () => {
    const message = new Message("a", { fields: { extra: 1 } });
    const change = (): void => {
      // @ts-expect-error -- readonly
      message.content = "b";
      // @ts-expect-error -- readonly
      message.id = "b";
      // @ts-expect-error -- readonly
      message.fields["extra"] = 2;
    };
    expectTypeOf(change).returns.toBeVoid();
  });

  test("the guards narrow", () => {
    const value: unknown = new Message("a");
    if (isMessage(value)) expectTypeOf(value).toEqualTypeOf<Message>();
    if (isMessageStream(value)) expectTypeOf(value).toEqualTypeOf<MessageStream>();
    const answer = value as Message<string> | MessageStream;
    if (isMessageStream(answer)) expectTypeOf(answer).toEqualTypeOf<MessageStream>();
    else expectTypeOf(answer).toEqualTypeOf<Message<string>>();
  });
});

describe("the types of a message stream", () => {
  test("its deltas and its final message are text", () => {
    const stream = MessageStream.from(["a"]);
    expectTypeOf(stream).toExtend<AsyncIterable<MessageDelta>>();
    expectTypeOf(stream.finalMessage()).resolves.toEqualTypeOf<Message<string>>();
    expectTypeOf(stream.partialMessage).toEqualTypeOf<Message<string>>();
  });

  test("is made from iterables of texts or deltas, not from a text's own characters alone", () => {
    expectTypeOf(MessageStream.from).toBeCallableWith([{ content: "a" }, "b"]);
    expectTypeOf(MessageStream.from).toBeCallableWith(new Set(["a"]), { id: "7", name: "answer" });
    expectTypeOf(MessageStream.from).toBeCallableWith(ReadableStream.from(["a"]));
    expectTypeOf(MessageStream.from).toBeCallableWith(MessageStream.from(["a"]));
    // @ts-expect-error -- a number is no piece
    expectTypeOf(MessageStream.from).toBeCallableWith([5]);
    // @ts-expect-error -- a generator function must be called
    expectTypeOf(MessageStream.from).toBeCallableWith(async function* () {
      yield "a";
    });
  });

  test("cannot be made with new", () => {
    const make = (): MessageStream =>
      // @ts-expect-error -- MessageStream.from makes one
      new MessageStream(["a"], {});
    expectTypeOf(make).returns.toEqualTypeOf<MessageStream>();
  });
});
