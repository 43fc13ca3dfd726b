/* oxlint-disable typescript/unbound-method -- only the types are looked at */
import {
  Component,
  type DefinedComponent,
  defineComponent,
  Message,
  type MessageDelta,
  MessageStream,
  Playground,
  QueryRewrite,
  type Runnable,
  type RunOptions,
  type RunResult,
  UserSession,
} from "turnkeep";
import { describe, expectTypeOf, test } from "vitest";

type RunOf<Defined> =
  Defined extends DefinedComponent<infer Input, infer Output> ? [Input, Output] : never;

describe("the types of a component", () => {
  test("the class of the design compiles as it stands there", () => {
    class PlaygroundWithHistory extends Component<string, string> {
      readonly #queryRewrite = new QueryRewrite({ model: "appbuilder/Qianfan-Agent-Speed-8K" });
      readonly #playground = new Playground({
        promptTemplate: "{query}",
        model: "appbuilder/ERNIE-Bot",
      });

      override async run(message: Message<string>, { stream = false }: RunOptions = {}) {
        const session = new UserSession();
        const [query] = await session.getHistory("query", { limit: 1 });
        const [answer] = await session.getHistory("answer", { limit: 1 });
        if (query && answer) {
          message = await this.#queryRewrite.run(
            new Message([query.content, answer.content, message.content]),
            { rewriteType: "带机器人回复" },
          );
        }
        const reply = await this.#playground.run(message, { stream });
        await session.append({ query: message, answer: reply });
        return reply;
      }
    }
    const component = new PlaygroundWithHistory();
    expectTypeOf(component.run).parameter(0).toEqualTypeOf<Message<string>>();
    expectTypeOf(component.run).returns.resolves.toEqualTypeOf<Message<string> | MessageStream>();
    expectTypeOf(component).toExtend<Runnable<string, string>>();
    expectTypeOf(component).toExtend<Runnable>();
  });

  test("a class must write run, take a message, and answer one", () => {
    // @ts-expect-error -- run is missing
    class Silent extends Component<string, string> {}
    class Wrong extends Component<string, string> {
      // @ts-expect-error -- a text is no message
      override async run(_message: Message<string>) {
        return "text";
      }
    }
    class Other extends Component<string, string> {
      // @ts-expect-error -- the answer's content is a number
      override async run(_message: Message<string>) {
        return new Message(5);
      }
    }
    expectTypeOf<typeof Silent | typeof Wrong | typeof Other>().toBeObject();
  });

  test("options are read as what they are: unknown beyond stream and signal", () => {
    class Options extends Component<string, string> {
      override async run(message: Message<string>, options: RunOptions = {}) {
        expectTypeOf(options.stream).toEqualTypeOf<boolean | undefined>();
        expectTypeOf(options.signal).toEqualTypeOf<AbortSignal | undefined>();
        expectTypeOf(options["temperature"]).toBeUnknown();
        return message;
      }
    }
    const { run } = new Options();
    expectTypeOf(run).toBeCallableWith(new Message("a"), { stream: true, temperature: 0.5 });
    // @ts-expect-error -- stream is a boolean
    expectTypeOf(run).toBeCallableWith(new Message("a"), { stream: "yes" });
    // @ts-expect-error -- the input's content is text
    expectTypeOf(run).toBeCallableWith(new Message(5));
    // @ts-expect-error -- a message is needed, not its content
    expectTypeOf(run).toBeCallableWith("a");
  });

  test("a result is a message or a stream", () => {
    expectTypeOf<RunResult<number>>().toEqualTypeOf<Message<number> | MessageStream>();
  });
});

describe("the types of a defined component", () => {
  test("a generator makes text, of any input where it does not say which", () => {
    const anyInput = defineComponent({
      async *run(message) {
        expectTypeOf(message).toEqualTypeOf<Message>();
        yield String(message.content);
      },
    });
    const textInput = defineComponent({
      async *run({ content }: Message<string>): AsyncGenerator<string | MessageDelta> {
        yield content;
        yield { content, fields: {} };
      },
    });
    expectTypeOf<RunOf<typeof anyInput>>().toEqualTypeOf<[unknown, string]>();
    expectTypeOf<RunOf<typeof textInput>>().toEqualTypeOf<[string, string]>();
  });

  test("a function's answer gives the output: a text, a content, a message", () => {
    const text = defineComponent({ run: async () => "text" });
    const plan = defineComponent({ run: async () => ({ steps: ["a"] }) });
    const message = defineComponent({ run: async () => new Message(5) });
    const list = defineComponent({ run: async (message_: Message<number>) => [message_.content] });
    const iterable = defineComponent({ run: async () => ReadableStream.from(["a"]) });
    const stream = defineComponent({ run: async () => MessageStream.from(["a"]) });
    expectTypeOf<RunOf<typeof text>>().toEqualTypeOf<[unknown, string]>();
    expectTypeOf<RunOf<typeof plan>>().toEqualTypeOf<[unknown, { steps: string[] }]>();
    expectTypeOf<RunOf<typeof message>>().toEqualTypeOf<[unknown, number]>();
    expectTypeOf<RunOf<typeof list>>().toEqualTypeOf<[number, number[]]>();
    expectTypeOf<RunOf<typeof iterable>>().toEqualTypeOf<[unknown, string]>();
    expectTypeOf<RunOf<typeof stream>>().toEqualTypeOf<[unknown, string]>();
  });

  test("the option stream decides the answer's form: nobody narrows by hand", () => {
    const text = defineComponent({ run: async (message: Message<string>) => message.content });
    const input = new Message("a");
    const either: boolean = input.content === "a";
    expectTypeOf(text.run(input)).resolves.toEqualTypeOf<Message<string>>();
    expectTypeOf(text.run(input, {})).resolves.toEqualTypeOf<Message<string>>();
    expectTypeOf(text.run(input, { stream: false })).resolves.toEqualTypeOf<Message<string>>();
    expectTypeOf(text.run(input, { stream: true })).resolves.toEqualTypeOf<MessageStream>();
    expectTypeOf(
      text.run(input, { stream: true, more: 1 }),
    ).resolves.toEqualTypeOf<MessageStream>();
    expectTypeOf(text.run(input, { stream: either })).resolves.toEqualTypeOf<
      Message<string> | MessageStream
    >();
  });

  test("a content that has no pieces may come whole where a stream is wanted", () => {
    const plan = defineComponent({ run: async () => ({ steps: ["a"] }) });
    const input = new Message("a");
    expectTypeOf(plan.run(input)).resolves.toEqualTypeOf<Message<{ steps: string[] }>>();
    expectTypeOf(plan.run(input, { stream: true })).resolves.toEqualTypeOf<
      Message<{ steps: string[] }> | MessageStream
    >();
  });

  test("its function's options always have a signal and a boolean stream", () => {
    defineComponent({
      run: async (_message, options) => {
        expectTypeOf(options.signal).toEqualTypeOf<AbortSignal>();
        expectTypeOf(options.stream).toEqualTypeOf<boolean>();
        expectTypeOf(options["more"]).toBeUnknown();
        return "a";
      },
    });
  });

  test("it is a component, and can be served", () => {
    const component = defineComponent({ run: async (message: Message<string>) => message.content });
    expectTypeOf(component).toExtend<Component<string, string>>();
    expectTypeOf(component).toExtend<Runnable>();
    // @ts-expect-error -- the input's content is text
    expectTypeOf(component.run).toBeCallableWith(new Message(5));
    // @ts-expect-error -- its function is needed
    expectTypeOf(defineComponent).toBeCallableWith({});
  });
});
