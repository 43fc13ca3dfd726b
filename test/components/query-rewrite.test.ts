import { describe, expect, test } from "vitest";
import {
  QueryRewrite,
  type QueryRewriteRunOptions,
} from "../../src/components/query-rewrite/query-rewrite.ts";
import { Message } from "../../src/message/message.ts";
import { ScriptedModel } from "../../src/testing/scripted-model.ts";

function echoing(): ScriptedModel {
  return new ScriptedModel(() => "rewritten");
}

test("answers the rewritten question, whole or piece by piece", async () => {
  const model = new ScriptedModel(() => ({ pieces: ["打篮球", "好玩吗"] }));
  const rewrite = new QueryRewrite({ model });
  const conversation = new Message(["上午干嘛了", "打篮球", "好玩吗"]);
  expect((await rewrite.run(conversation)).content).toBe("打篮球好玩吗");
  const stream = await rewrite.run(conversation, { stream: true });
  expect((await stream.finalMessage()).content).toBe("打篮球好玩吗");
  expect(model.calls[0]?.providerOptions).toEqual({
    turnkeep: {
      task: {
        type: "query-rewrite",
        texts: ["上午干嘛了", "打篮球", "好玩吗"],
        rewriteType: "带机器人回复",
      },
    },
  });
});

test.each([
  [{}, ["q1", "a1", "q2"]],
  [{ rewriteType: "带机器人回复" }, ["q1", "a1", "q2"]],
  [{ rewrite_type: "仅用户查询" }, ["q1", "q2"]],
  [{ rewriteType: "仅用户查询", rewrite_type: "带机器人回复" }, ["q1", "q2"]],
])("with %j the model is told %j", async (options, told) => {
  const model = echoing();
  await new QueryRewrite({ model }).run(
    new Message(["q1", "a1", "q2"]),
    options as QueryRewriteRunOptions,
  );
  const said = model.questions[0] ?? "";
  expect(["q1", "a1", "q2"].filter((text) => said.includes(text))).toEqual(told);
});

test.each([{ rewriteType: "both" }, { rewrite_type: 1 }, { rewrite_type: null }])(
  "refuses the rewrite type %j",
  async (options) => {
    await expect(
      new QueryRewrite({ model: echoing() }).run(
        new Message(["q"]),
        options as QueryRewriteRunOptions,
      ),
    ).rejects.toMatchObject({
      code: "input_invalid",
      message: expect.stringContaining('"带机器人回复" or "仅用户查询"') as string,
    });
  },
);

describe("the conversation", () => {
  test.each([
    [["q"]],
    [Array.from({ length: 9 }, () => "a")],
    [["😀".repeat(3998), "", "ab"]],
    [["", "", ""]],
  ])("may be %j", async (content) => {
    const answer = await new QueryRewrite({ model: echoing() }).run(new Message(content));
    expect(answer.content).toBe("rewritten");
  });

  test.each([
    ["a text", 'an odd number of them, at most 9, but it is "a text"'],
    [null, "but it is null"],
    [{ 0: "q" }, "an object"],
    [[], "but it has 0, an even number"],
    [["q", "a"], "but it has 2, an even number"],
    [Array.from({ length: 11 }, () => "a"), "but it has 11"],
    [["q", { content: "a" }, "q"], "number 2 (an answer) is an object"],
    [["q", "a", 5], "number 3 (a question) is 5"],
    [["a".repeat(3998), "b", "cd"], "at most 4000 characters in all, but they have 4001"],
  ])("may not be %j", async (content, problem) => {
    const model = echoing();
    await expect(
      new QueryRewrite({ model }).run(new Message(content as readonly unknown[])),
    ).rejects.toMatchObject({
      code: "input_invalid",
      status: 400,
      message: expect.stringContaining(problem) as string,
    });
    expect(model.calls).toEqual([]);
  });
});
