import { expect, test } from "vitest";
import { Playground } from "../../src/components/playground/playground.ts";
import { Message } from "../../src/message/message.ts";
import { ScriptedModel } from "../../src/testing/scripted-model.ts";

test("answers in the order of the calls and keeps what it was asked", async () => {
  const model = new ScriptedModel([
    "first",
    {
      pieces: ["sec", "ond"],
      reasoning: "hm",
      usage: { inputTokens: 1, outputTokens: 2 },
      delay: 1,
    },
  ]);
  const playground = new Playground({ promptTemplate: "Say: {query}", model });
  expect((await playground.run(new Message("one"))).content).toBe("first");
  const second = await (await playground.run(new Message("two"), { stream: true })).finalMessage();
  expect(second.content).toBe("second");
  expect(second.fields).toEqual({
    extra: {},
    parts: [{ type: "reasoning", text: "hm" }],
    token_usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  });
  expect(model.questions).toEqual(["Say: one", "Say: two"]);
});

test("fails beyond its script, and where the script says so", async () => {
  const model = new ScriptedModel([{ pieces: ["a"], error: new Error("written down") }]);
  const playground = new Playground({ model });
  const stream = await playground.run(new Message("x"), { stream: true });
  await expect(stream.finalMessage()).rejects.toMatchObject({
    code: "model_failed",
    message: expect.stringContaining("written down") as string,
  });
  await expect(playground.run(new Message("x"))).rejects.toMatchObject({
    code: "model_failed",
    message: expect.stringContaining("has 1 answers, but was called 2 times") as string,
  });
});
