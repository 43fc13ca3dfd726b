import { afterEach, beforeEach, expect, test } from "vitest";
import { Playground } from "../../src/components/playground/playground.ts";
import { QueryRewrite } from "../../src/components/query-rewrite/query-rewrite.ts";
import { Message } from "../../src/message/message.ts";
import { defineModel } from "../../src/models/define-model.ts";
import { type FakeOpenAI, startFakeOpenAI } from "../fixtures/gateway/fake-openai.ts";

let server: FakeOpenAI;
const question = new Message("海淀区");

beforeEach(async () => {
  server = await startFakeOpenAI();
});

afterEach(() => server.close());

function model(name = "qwen3:8b") {
  return defineModel(`openai-compatible/${name}`, {
    baseURL: `${server.baseURL}/`,
    apiKey: "key-1",
  });
}

test("sends the model's name, the prompt and the settings that were given, and no other", async () => {
  await new Playground({ model: model() }).run(question);
  await new Playground({ model: model("org/big"), system: "Be brief." }).run(question, {
    stream: false,
    temperature: 0.5,
    top_p: 0.25,
    max_output_tokens: 20,
    response_format: "json_object",
    stop: ["。"],
    disable_search: false,
  });
  expect(server.requests.map(({ path, body }) => ({ path, body }))).toEqual([
    {
      path: "/v1/chat/completions",
      body: { model: "qwen3:8b", messages: [{ role: "user", content: "海淀区" }] },
    },
    {
      path: "/v1/chat/completions",
      body: {
        model: "org/big",
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "海淀区" },
        ],
        temperature: 0.5,
        top_p: 0.25,
        max_tokens: 20,
        response_format: { type: "json_object" },
        stop: ["。"],
      },
    },
  ]);
  expect(server.requests[0]?.headers.authorization).toBe("Bearer key-1");
});

test("asks a stream for its usage", async () => {
  const stream = await new Playground({ model: model() }).run(question, { stream: true });
  const { fields } = await stream.finalMessage();
  expect(server.requests[0]?.body).toMatchObject({
    stream: true,
    stream_options: { include_usage: true },
  });
  expect(fields["token_usage"]).toEqual({
    prompt_tokens: 2,
    completion_tokens: 5,
    total_tokens: 7,
  });
});

test("has the address and key in the environment", async () => {
  process.env["OPENAI_BASE_URL"] = server.baseURL;
  process.env["OPENAI_API_KEY"] = "key-2";
  try {
    await new Playground({ model: "openai-compatible/m" }).run(question);
  } finally {
    delete process.env["OPENAI_BASE_URL"];
    delete process.env["OPENAI_API_KEY"];
  }
  expect(server.requests[0]?.headers.authorization).toBe("Bearer key-2");
});

test.each([{ stream: false }, { stream: true }])(
  "keeps what it thought out of the text, with $stream stream",
  async (mode) => {
    server.script({ reasoning: "Haidian is a district.", pieces: ["431 ", "km²"] });
    const answer = await new Playground({ model: model() }).run(question, mode);
    const whole = answer instanceof Message ? answer : await answer.finalMessage();
    expect(whole.content).toBe("431 km²");
    expect(whole.fields["extra"]).toEqual({});
    expect(whole.parts).toEqual([{ type: "reasoning", text: "Haidian is a district." }]);
  },
);

test("a thinking model's stream begins with its thinking, before the text", async () => {
  server.script({ reasoning: "hm", pieces: ["a", "b"] });
  const deltas = [];
  for await (const delta of await new Playground({ model: model() }).run(question, {
    stream: true,
  })) {
    deltas.push(delta);
  }
  expect(deltas.slice(0, 3)).toEqual([
    { content: "", part: { type: "reasoning", text: "hm" } },
    { content: "a" },
    { content: "b" },
  ]);
});

test("an error has the server's code, status and request id", async () => {
  server.script({
    status: 429,
    body: { error: { message: "You exceeded your quota", code: "insufficient_quota" } },
    headers: { "x-request-id": "req_1" },
  });
  const run = new Playground({ model: model(), maxRetries: 0 }).run(question);
  await expect(run).rejects.toMatchObject({
    code: "model_failed",
    message: expect.stringMatching(/openai-compatible\/qwen3:8b.*429.*You exceeded/) as string,
    details: {
      providerCode: "insufficient_quota",
      providerStatus: 429,
      providerRequestId: "req_1",
    },
  });
});

test("an error in mid-stream has the server's words and code", async () => {
  server.script({ pieces: ["a"], ending: { code: "server_error", message: "out of memory" } });
  const stream = await new Playground({ model: model() }).run(question, { stream: true });
  await expect(stream.finalMessage()).rejects.toMatchObject({
    code: "model_failed",
    message: expect.stringContaining("out of memory") as string,
    details: { providerCode: "server_error" },
  });
});

test("a model that the server does not know is unknown", async () => {
  const body = { error: { message: "The model does not exist", code: "model_not_found" } };
  server.script({ status: 404, body });
  await expect(new Playground({ model: model("nope") }).run(question)).rejects.toMatchObject({
    code: "model_unknown",
    message: expect.stringContaining("openai-compatible/nope") as string,
  });
});

test("a stream that ends without saying that it is whole is not", async () => {
  server.script({ pieces: ["a"], ending: "unfinished" });
  const stream = await new Playground({ model: model() }).run(question, { stream: true });
  await expect(stream.finalMessage()).rejects.toMatchObject({ code: "model_failed" });
});

test("rewrites a question by a prompt, in the language of the question", async () => {
  const rewrite = new QueryRewrite({ model: model() });
  await rewrite.run(new Message(["海淀区的面积是多少", "431平方公里", "那北京呢"]));
  await rewrite.run(new Message(["How large is Haidian?", "431 km²", "And Beijing?"]), {
    rewriteType: "仅用户查询",
  });
  const [inChinese, inEnglish] = server.calls.map(({ body }) => body.messages);
  expect(inChinese?.[0]?.content).toMatch(/不要回答这个问题/);
  expect(inChinese?.[1]?.content).toBe(
    "对话历史：\n用户：海淀区的面积是多少\n助手：431平方公里\n最后一个问题：那北京呢\n改写：",
  );
  expect(inEnglish?.[0]?.content).toMatch(/Do not answer the question/);
  expect(inEnglish?.[1]?.content).toBe(
    "Conversation:\nUser: How large is Haidian?\nLast question: And Beijing?\nRewritten: ",
  );
});
