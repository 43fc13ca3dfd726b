import { expectTypeOf, test } from "vitest";
import type { RunOptions } from "../../src/component/component.ts";
import { Playground } from "../../src/components/playground/playground.ts";
import { QueryRewrite } from "../../src/components/query-rewrite/query-rewrite.ts";
import { Message } from "../../src/message/message.ts";
import type { MessageStream } from "../../src/message/message-stream.ts";
import { ScriptedModel } from "../../src/testing/scripted-model.ts";

const model = new ScriptedModel(() => "a");

test("a message fits the template's variables", async () => {
  const byDefault = new Playground({ model });
  await byDefault.run(new Message("a"));
  await byDefault.run(new Message({ query: "a" }));
  // @ts-expect-error -- the variable is called query
  const wrongName = byDefault.run(new Message({ question: "a" }));
  await wrongName.catch(() => undefined);

  const one = new Playground({ promptTemplate: "Of {city}:", model });
  await one.run(new Message("a"));
  await one.run(new Message({ city: "a" }));
  // @ts-expect-error -- a number is neither a text nor an object
  await one.run(new Message(5)).catch(() => undefined);

  const two = new Playground({ promptTemplate: "{city} {query} {city}", model });
  await two.run(new Message({ city: "a", query: "b" }));
  await two.run(new Message({ city: "a", query: 1, more: true }));
  // @ts-expect-error -- a text fills one variable only
  await two.run(new Message("a")).catch(() => undefined);
  // @ts-expect-error -- query is missing
  await two.run(new Message({ city: "a" })).catch(() => undefined);
  // @ts-expect-error -- a list is no value
  await two.run(new Message({ city: "a", query: ["b"] })).catch(() => undefined);

  const literal = new Playground({ promptTemplate: '{{"a": "{{b}} {c}"}}', model });
  await literal.run(new Message("a"));
  await literal.run(new Message({ c: "a" }));
  // @ts-expect-error -- b stands between literal braces
  await literal.run(new Message({ b: "a" })).catch(() => undefined);

  const none = new Playground({ promptTemplate: "Tell a joke.", model });
  await none.run(new Message(null));

  const template: string = "{anything}";
  const unknown = new Playground({ promptTemplate: template, model });
  await unknown.run(new Message<unknown>("a"));
});

test("the answer's type follows the option stream", () => {
  const playground = new Playground({ model });
  const rewrite = new QueryRewrite({ model });
  const text = new Message("a");
  const texts = new Message(["a"] as readonly unknown[]);
  const either = (options: RunOptions) => options.stream ?? false;
  const calls = {
    absent: () => playground.run(text),
    no: () => playground.run(text, { stream: false, temperature: 0.5 }),
    yes: () => playground.run(text, { stream: true }),
    maybe: (options: RunOptions) => playground.run(text, { stream: either(options) }),
    rewriteAbsent: () => rewrite.run(texts, { rewriteType: "仅用户查询" }),
    rewriteYes: () => rewrite.run(texts, { stream: true }),
    rewriteMaybe: (options: RunOptions) => rewrite.run(texts, { stream: either(options) }),
    // @ts-expect-error -- there is no such type
    rewriteWrong: () => rewrite.run(texts, { rewriteType: "全部" }),
    // @ts-expect-error -- a temperature is a number
    wrong: () => playground.run(text, { temperature: "0.5" }),
  };
  type Answer<Name extends keyof typeof calls> = Awaited<ReturnType<(typeof calls)[Name]>>;
  expectTypeOf<Answer<"absent">>().toEqualTypeOf<Message<string>>();
  expectTypeOf<Answer<"no">>().toEqualTypeOf<Message<string>>();
  expectTypeOf<Answer<"yes">>().toEqualTypeOf<MessageStream>();
  expectTypeOf<Answer<"maybe">>().toEqualTypeOf<Message<string> | MessageStream>();
  expectTypeOf<Answer<"rewriteAbsent">>().toEqualTypeOf<Message<string>>();
  expectTypeOf<Answer<"rewriteYes">>().toEqualTypeOf<MessageStream>();
  expectTypeOf<Answer<"rewriteMaybe">>().toEqualTypeOf<Message<string> | MessageStream>();
});
