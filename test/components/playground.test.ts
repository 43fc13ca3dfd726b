import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Playground } from "../../src/components/playground/playground.ts";
import { PromptTemplate } from "../../src/components/playground/prompt-template.ts";
import { Message } from "../../src/message/message.ts";
import { isMessageStream } from "../../src/message/message-stream.ts";
import type { GenerationOptions } from "../../src/components/generation-options.ts";
import { ScriptedModel } from "../../src/testing/scripted-model.ts";

function echoing(): ScriptedModel {
  return new ScriptedModel(() => "answer");
}

async function prompted(promptTemplate: string, content: unknown): Promise<string | undefined> {
  const model = echoing();
  await new Playground({ promptTemplate, model }).run(new Message(content));
  return model.questions[0];
}

describe("the template", () => {
  test.each([
    ["{query}", "海淀区", "海淀区"],
    ["{query}", { query: "海淀区", other: [] }, "海淀区"],
    ["Q: {query}\nAgain: {query}", "a", "Q: a\nAgain: a"],
    ["{city}：{query}", { city: "北京", query: "多大" }, "北京：多大"],
    ["{城市}有多大", "北京", "北京有多大"],
    ["{_a1}{b}", { _a1: 1.5, b: false }, "1.5false"],
    ['{{"q": "{query}"}}', "a", '{"q": "a"}'],
    ["{{{query}}}", "a", "{a}"],
    ["{{query}}", "unused", "{query}"],
    ["no variable", 5, "no variable"],
    ["", null, ""],
    ["{query}", "{other} $& {{", "{other} $& {{"],
    ["{constructor}", { constructor: "a" }, "a"],
  ])("%j filled with %j says %j", async (template, content, prompt) => {
    expect(await prompted(template, content)).toBe(prompt);
  });

  test.each([
    ["{city} {query}", { query: "a" }, "city"],
    ["{city} {query}", "a", "city, query"],
    ["{city} {query}", null, "city, query"],
    ["{query}", 5, "but it is 5"],
    ["{query}", ["a"], "a list of 1"],
    ["{query}", { query: null }, "but it is null"],
    ["{query}", { query: { text: "a" } }, "an object"],
    ["{constructor}", {}, "constructor"],
    ["{toString}", {}, "toString"],
  ])("%j cannot be filled with %j: %j", async (template, content, named) => {
    await expect(prompted(template, content)).rejects.toMatchObject({
      code: "input_invalid",
      status: 400,
      message: expect.stringContaining(named) as string,
    });
  });

  test.each(["{", "}", "a { b }", "{}", "{1a}", "{a.b}", "{a", "a}", "{{a}", "{a}}", "{a b}"])(
    "%j has a lone brace and is refused when the component is made",
    (promptTemplate) => {
      expect(() => new Playground({ promptTemplate, model: echoing() })).toThrow(
        expect.objectContaining({
          code: "invalid_argument",
          message: expect.stringMatching(/lone [{}] at character \d+/) as string,
        }),
      );
    },
  );

  test("says any text as it is, with its braces doubled, and never reads a value as a template", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (text, value) => {
        const doubled = text.replaceAll("{", "{{").replaceAll("}", "}}");
        const template = new PromptTemplate(`${doubled}{v}${doubled}`);
        expect(template.variables).toEqual(["v"]);
        expect(template.toPrompt(value)).toBe(text + value + text);
        expect(template.toPrompt({ v: value })).toBe(text + value + text);
      }),
    );
  });

  test("and the system text must be texts", () => {
    for (const wrong of [{ promptTemplate: 5 }, { system: 5 }, { promptTemplate: null }]) {
      expect(() => new Playground({ model: echoing(), ...(wrong as object) })).toThrow(
        expect.objectContaining({ code: "invalid_argument" }),
      );
    }
  });
});

test("answers a message, or a stream where that is wanted", async () => {
  const playground = new Playground({ model: new ScriptedModel(() => ({ pieces: ["a", "b"] })) });
  const message = new Message("q");
  expect((await playground.run(message)).content).toBe("ab");
  expect((await playground.run(message, { stream: false })).content).toBe("ab");
  const stream = await playground.run(message, { stream: true });
  expect(isMessageStream(stream)).toBe(true);
  expect((await stream.finalMessage()).id).toBe(stream.id);
});

test("tells the model its system text and what the run says, and nothing else", async () => {
  const model = echoing();
  await new Playground({ model, system: "Be brief." }).run(new Message("q"), {
    temperature: 0,
    topP: 0.5,
    maxOutputTokens: 3,
    responseFormat: "text",
    stop: [],
    user: "something else in the request",
  });
  const { abortSignal: _signal, providerOptions: _options, ...call } = model.calls[0] ?? {};
  expect(call).toEqual({
    prompt: [
      { role: "system", content: "Be brief." },
      { role: "user", content: [{ type: "text", text: "q" }] },
    ],
    temperature: 0,
    topP: 0.5,
    maxOutputTokens: 3,
    responseFormat: { type: "text" },
    stopSequences: [],
  });
});

test("takes the names of the original's requests, after its own", async () => {
  const model = echoing();
  await new Playground({ model }).run(new Message("q"), {
    top_p: 0.5,
    max_output_tokens: 3,
    maxOutputTokens: 4,
    response_format: "json_object",
    disable_search: false,
  });
  expect(model.calls[0]).toMatchObject({
    topP: 0.5,
    maxOutputTokens: 4,
    responseFormat: { type: "json" },
    providerOptions: { turnkeep: { task: { type: "playground", disableSearch: false } } },
  });
});

test.each([
  { temperature: "hot" },
  { temperature: -1 },
  { temperature: null },
  { temperature: Number.NaN },
  { topP: 1.1 },
  { top_p: "0.5" },
  { maxOutputTokens: 0 },
  { max_output_tokens: 1.5 },
  { responseFormat: "json" },
  { response_format: {} },
  { stop: "。" },
  { stop: [1] },
  { disableSearch: "no" },
  { disable_search: 0 },
])("refuses the argument %j", async (options) => {
  const model = echoing();
  const [name = ""] = Object.keys(options);
  await expect(
    new Playground({ model }).run(new Message("q"), options as GenerationOptions),
  ).rejects.toMatchObject({
    code: "input_invalid",
    message: expect.stringContaining(`argument ${name} must be`) as string,
  });
  expect(model.calls).toEqual([]);
});
