import type { LanguageModelV4CallOptions, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Playground } from "../../src/components/playground/playground.ts";
import { QueryRewrite } from "../../src/components/query-rewrite/query-rewrite.ts";
import { Message } from "../../src/message/message.ts";
import { defineModel } from "../../src/models/define-model.ts";
import {
  type FakeGateway,
  type GatewayReply,
  startFakeGateway,
} from "../fixtures/gateway/fake-gateway.ts";

let gateway: FakeGateway;
const question = new Message("海淀区");

beforeEach(async () => {
  gateway = await startFakeGateway();
});

afterEach(() => gateway.close());

function playground(name = "ERNIE-Bot"): Playground {
  return new Playground({ model: model(name), maxRetries: 0 });
}

function model(name = "ERNIE-Bot") {
  return defineModel(`appbuilder/${name}`, { token: "bce-v3/FAKE/token", gatewayURL: gateway.url });
}

async function answerOf(reply: GatewayReply, { stream }: { stream: boolean }) {
  gateway.script(reply);
  const answer = await playground().run(question, { stream });
  return answer instanceof Message ? answer : answer.finalMessage();
}

describe.each([{ stream: false }, { stream: true }])("an answer, with $stream stream", (mode) => {
  test("has the gateway's id and usage", async () => {
    const headers = { "x-appbuilder-request-id": "0fc6c5f7-23bf-4f25-8555-69b4155908b7" };
    const answer = await answerOf({ headers, usage: { prompt: 2, completion: 42 } }, mode);
    expect(answer.toJSON()).toEqual({
      content: "A:海淀区",
      name: "msg",
      mtype: "str",
      id: "0fc6c5f7-23bf-4f25-8555-69b4155908b7",
      extra: {},
      token_usage: { prompt_tokens: 2, completion_tokens: 42, total_tokens: 44 },
    });
    expect(Object.keys(answer.toJSON())).toEqual([
      "content",
      "name",
      "mtype",
      "id",
      "extra",
      "token_usage",
    ]);
  });

  test("has what was searched, by tool and with the original's names", async () => {
    const answer = await answerOf(
      {
        searched: [
          { tool: "search_db", result: [{ id: "1", mock_id: "1", score: 0.5 }] },
          {
            tool: "search_baidu",
            result: [
              {
                id: "https://a",
                mock_id: "1",
                content: "c",
                title: "t",
                icon: "i",
                site_name: "s",
              },
              { id: "https://b", position: 2 },
            ],
          },
          { tool: "search_new", result: [{ id: "kept", cut: "half a \ud83d" }] },
        ],
      },
      mode,
    );
    expect(answer.fields["extra"]).toEqual({
      search_db: [{ id: "1", mock_id: "1", score: 0.5 }],
      search_baidu: [
        { url: "https://a", ref_id: "1", content: "c", title: "t", icon: "i", site_name: "s" },
        { url: "https://b" },
      ],
      search_new: [{ id: "kept", cut: "half a \ufffd" }],
    });
  });

  test.each([
    [{ code: 336000, message: "internal", requestId: "r-7" }, "model_failed", 336000, "r-7"],
    [{ code: "RateLimit", message: "slow", requestId: "r-8" }, "model_failed", "RateLimit", "r-8"],
    [{ code: 110, message: "the token is invalid" }, "model_credential_rejected", 110, undefined],
    [
      { code: "403", message: "the token is invalid" },
      "model_credential_rejected",
      "403",
      undefined,
    ],
  ])("that is the error %j has its code and request id", async (ending, code, number, id) => {
    const headers = { "x-appbuilder-request-id": "r-header" };
    await expect(answerOf({ pieces: [], ending, headers }, mode)).rejects.toMatchObject({
      code,
      details: {
        providerCode: number,
        providerRequestId: id ?? "r-header",
        providerStatus: 200,
      },
    });
  });

  test("that is no JSON is an error", async () => {
    await expect(answerOf({ status: 200, body: "text" }, mode)).rejects.toMatchObject({
      code: "model_failed",
    });
    await expect(answerOf({ status: 502, body: "<html>" }, mode)).rejects.toMatchObject({
      code: "model_failed",
      details: { providerStatus: 502 },
    });
  });

  test("that has no text is an error", async () => {
    await expect(answerOf({ status: 200, body: { answer: null } }, mode)).rejects.toMatchObject({
      code: "model_failed",
    });
  });
});

describe("a stream", () => {
  test("may be answered by one JSON body, also by an error in one", async () => {
    const answer = await answerOf(
      { status: 200, body: { answer: "all at once", is_completion: true } },
      { stream: true },
    );
    expect(answer.content).toBe("all at once");
    const body = { code: 500, message: "in one body", requestId: "r-1" };
    await expect(answerOf({ status: 200, body }, { stream: true })).rejects.toMatchObject({
      code: "model_failed",
      message: expect.stringContaining("in one body") as string,
    });
  });

  test("that fails after a piece says so after it", async () => {
    const ending = { code: 336001, message: "out of breath", requestId: "r-1" };
    gateway.script({ pieces: ["海", "淀"], ending });
    const stream = await playground().run(question, { stream: true });
    await expect(stream.finalMessage()).rejects.toMatchObject({
      code: "model_failed",
      details: { providerCode: 336001, providerRequestId: "r-1" },
    });
    expect(stream.partialMessage.content).toBe("海淀");
  });

  test("is whole when it says so; where it never says either, when it ends", async () => {
    await expect(
      answerOf({ pieces: ["a", "b"], ending: "unfinished" }, { stream: true }),
    ).rejects.toMatchObject({ code: "model_failed" });
    const answer = await answerOf({ pieces: ["a", "b"], tellsCompletion: false }, { stream: true });
    expect(answer.content).toBe("ab");
  });

  test("tells what was searched before its text", async () => {
    gateway.script({ searched: [{ tool: "search_db", result: [{ id: "1" }] }], pieces: ["a"] });
    const deltas = [];
    for await (const delta of await playground().run(question, { stream: true })) {
      deltas.push(delta);
    }
    expect(deltas[0]).toEqual({ content: "", fields: { extra: { search_db: [{ id: "1" }] } } });
    expect(deltas[1]).toEqual({ content: "a" });
    expect(deltas[2]?.fields).toMatchObject({ extra: { search_db: [{ id: "1" }] } });
  });
});

describe("the list of models", () => {
  test("is asked for once, however many ask at once, also for another model", async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        playground(index % 2 === 0 ? "ERNIE-Bot" : "Qianfan-Agent-Speed-8K").run(question),
      ),
    );
    await playground().run(question);
    expect(gateway.listRequests).toHaveLength(1);
    expect(gateway.calls).toHaveLength(21);
  });

  test("is asked for again after a failure", async () => {
    gateway.listReplies.push(
      { status: 500, body: {} },
      { body: { error_code: 17, error_msg: "no" } },
    );
    await expect(playground().run(question)).rejects.toMatchObject({
      code: "model_failed",
      details: { providerStatus: 500 },
    });
    await expect(playground().run(question)).rejects.toMatchObject({
      code: "model_failed",
      details: { providerCode: 17 },
    });
    await playground().run(question);
    expect(gateway.listRequests).toHaveLength(3);
  });

  test("is tried again as a call is", async () => {
    gateway.listReplies.push({ status: 503, body: {}, headers: { "retry-after": "0" } });
    const answer = await new Playground({ model: model() }).run(question);
    expect(answer.content).toBe("A:海淀区");
  });

  test("is not lost to others when one who waits for it is aborted", async () => {
    gateway.listReplies.push({ delay: 200 });
    const reason = new Error("changed my mind");
    const controller = new AbortController();
    const aborted = playground().run(question, { signal: controller.signal });
    const other = playground().run(question);
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect((await other).content).toBe("A:海淀区");
    expect(gateway.listRequests).toHaveLength(1);
  });

  test("that lacks the model, or has it as another type, is an error that names it", async () => {
    await expect(playground("ERNIE-Bottle").run(question)).rejects.toMatchObject({
      code: "model_unknown",
      message: expect.stringMatching(/ERNIE-Bottle.*ERNIE-Bot, Qianfan-Agent-Speed-8K/) as string,
    });
    await expect(playground("Embedding-V1").run(question)).rejects.toMatchObject({
      code: "model_unknown",
      message: expect.stringMatching(/Embedding-V1.*embeddings/) as string,
    });
    expect(gateway.calls).toHaveLength(0);
  });
});

describe("the request", () => {
  test("has the settings that are given in the gateway's names", async () => {
    await playground().run(question, {
      temperature: 0.5,
      topP: 0.9,
      maxOutputTokens: 20,
      disableSearch: false,
      responseFormat: "json_object",
      stop: ["。"],
    });
    expect(gateway.calls[0]?.body).toMatchObject({
      model_config: {
        model: {
          completion_params: {
            temperature: 0.5,
            top_p: 0.9,
            max_output_tokens: 20,
            disable_search: false,
            response_format: "json_object",
            stop: ["。"],
          },
        },
      },
    });
  });

  test("rewrites by the questions alone where that is wanted", async () => {
    const rewriting = await new QueryRewrite({ model: model() }).run(
      new Message(["我应该怎么办理护照？", "您可以查询官网", "在哪里办"]),
      { rewriteType: "仅用户查询" },
    );
    expect(gateway.calls[0]?.path).toMatch(/\/query_rewrite$/);
    const query = "User1: 我应该怎么办理护照？\nUser1: 在哪里办\n";
    expect(gateway.calls[0]?.body).toMatchObject({
      query,
      inputs: { query, rewrite_type: "仅用户查询" },
    });
    expect(rewriting.content).toBe("R:在哪里办");
  });

  test("of a prompt with a system text has that before it", async () => {
    await new Playground({ model: model(), system: "Be brief." }).run(question);
    expect(gateway.calls[0]?.body.query).toBe("Be brief.\n\n海淀区");
  });
});

describe("called by AI SDK code", () => {
  const text = (value: string) => [{ type: "text" as const, text: value }];

  test("answers the prompt's text", async () => {
    const result = await model().doGenerate({
      prompt: [{ role: "user", content: [...text("one "), ...text("two")] }],
      seed: 1,
    });
    expect(result.content).toEqual([{ type: "text", text: "A:one two" }]);
    expect(result.warnings).toEqual([{ type: "unsupported", feature: "seed" }]);
    expect(result.usage.inputTokens.total).toBe(2);
    expect(gateway.calls[0]?.body.inputs).toEqual({ query: "one two" });
  });

  test("heads each message of a dialogue by its role", async () => {
    const prompt: LanguageModelV4Prompt = [
      { role: "system", content: "Be brief." },
      { role: "user", content: text("hi") },
      { role: "assistant", content: text("hello") },
      { role: "user", content: text("who are you?") },
    ];
    const { stream } = await model().doStream({ prompt } satisfies LanguageModelV4CallOptions);
    const types = [];
    for await (const part of stream) types.push(part.type);
    expect(types.at(0)).toBe("stream-start");
    expect(types.at(-1)).toBe("finish");
    expect(gateway.calls[0]?.body.query).toBe(
      "Be brief.\n\nUser: hi\n\nAssistant: hello\n\nUser: who are you?",
    );
  });

  test("refuses files", async () => {
    await expect(
      model().doGenerate({
        prompt: [
          {
            role: "user",
            content: [{ type: "file", mediaType: "image/png", data: { type: "text", text: "" } }],
          },
        ],
      }),
    ).rejects.toThrow(/file/);
  });
});

test("a gateway that is not there is an error, tried again", async () => {
  await using other = await startFakeGateway();
  const gatewayURL = other.url;
  await other.close();
  const away = defineModel("appbuilder/ERNIE-Bot", {
    token: "bce-v3/FAKE/token",
    gatewayURL,
    maxRetries: 0,
  });
  await expect(new Playground({ model: away }).run(question)).rejects.toMatchObject({
    code: "model_failed",
    message: expect.stringContaining("ECONNREFUSED") as string,
  });
});
