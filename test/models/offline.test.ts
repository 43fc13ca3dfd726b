import { expect, test } from "vitest";
import { Component, type RunOptions } from "../../src/component/component.ts";
import { Playground } from "../../src/components/playground/playground.ts";
import { QueryRewrite } from "../../src/components/query-rewrite/query-rewrite.ts";
import { Message } from "../../src/message/message.ts";
import { withSession } from "../../src/run/local.ts";
import { MemoryStore } from "../../src/session/memory-store.ts";
import { UserSession } from "../../src/session/user-session.ts";

const playground = new Playground({ model: "offline/echo" });
const rewrite = new QueryRewrite({ model: "offline/echo" });

test("says that it is a stand-in and what it was asked, in the question's language", async () => {
  const chinese = await playground.run(new Message("海淀区的面积是多少"));
  expect(chinese.content).toBe("【离线替身，未调用任何模型】收到的问题是：「海淀区的面积是多少」");
  const english = await playground.run(new Message("How large is Haidian?"));
  expect(english.content).toBe(
    "[Offline stand-in: no model was called] The question was: “How large is Haidian?”",
  );
  expect(english.fields).toEqual({ extra: {} });
  expect((await playground.run(new Message("How large is Haidian?"))).content).toBe(
    english.content,
  );
});

test("rewrites a question so that the history it was given shows", async () => {
  const chinese = await rewrite.run(new Message(["海淀区的面积是多少", "431平方公里", "那北京呢"]));
  expect(chinese.content).toBe("【离线替身的改写，前问：「海淀区的面积是多少」】那北京呢");
  const english = await rewrite.run(new Message(["one?", "1", "two?", "2", "three?"]));
  expect(english.content).toBe(
    "[Offline stand-in's rewriting, asked before: “one?”, “two?”] three?",
  );
  expect((await rewrite.run(new Message(["alone?"]))).content).toBe("alone?");
});

test("streams word by word, whole characters, and ends when aborted", async () => {
  const stream = await playground.run(new Message("北京有多大😀"), { stream: true });
  const pieces: string[] = [];
  for await (const { content } of stream) pieces.push(content);
  expect(pieces.length).toBeGreaterThan(10);
  expect(pieces.join("")).toContain("「北京有多大😀」");
  for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);

  const controller = new AbortController();
  const { signal } = controller;
  const stopped = await playground.run(new Message("北京有多大"), { stream: true, signal });
  controller.abort(new Error("enough"));
  await expect(stopped.finalMessage()).rejects.toThrow("enough");
  expect(stopped.partialMessage.content.length).toBeLessThan(5);
});

test("shows the session over many turns, and its texts do not grow", async () => {
  class WithHistory extends Component<string, string> {
    override async run(message: Message<string>, { stream = false }: RunOptions = {}) {
      const session = new UserSession();
      const [query] = await session.getHistory("query", { limit: 1 });
      const [answer] = await session.getHistory("answer", { limit: 1 });
      let asked = message;
      if (query && answer) {
        asked = await rewrite.run(new Message([query.content, answer.content, message.content]));
      }
      const reply = await playground.run(asked, { stream });
      await session.append({ query: asked, answer: reply });
      return reply;
    }
  }
  const component = new WithHistory();
  const store = new MemoryStore();
  const answers: string[] = [];
  for (let turn = 1; turn <= 30; turn += 1) {
    const answer = await withSession({ sessionId: "s", store }, () =>
      component.run(new Message(`第${turn}个问题`), { stream: turn % 2 === 0 }),
    );
    answers.push((answer instanceof Message ? answer : await answer.finalMessage()).content);
  }
  for (const [index, answer] of answers.entries()) {
    expect(answer).toContain(`第${index + 1}个问题」`);
    if (index > 0) expect(answer).toContain(`前问：「第${index}个问题」`);
    expect(answer.length).toBeLessThan(100);
  }
});

test("quotes no more than it must", async () => {
  const answer = await playground.run(new Message("😀".repeat(10_000)));
  expect(Array.from(answer.content).length).toBeLessThan(400);
  expect(answer.content).toContain("😀…");
  const rewriting = await rewrite.run(new Message(["长".repeat(1000), "a", "问".repeat(1000)]));
  expect(rewriting.content.length).toBeLessThan(400);
});

test("has no other model", async () => {
  await expect(
    new Playground({ model: "offline/other" }).run(new Message("a")),
  ).rejects.toMatchObject({ code: "model_unknown" });
});
