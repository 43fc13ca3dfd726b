import { APICallError, type LanguageModelV4 } from "@ai-sdk/provider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defineModel } from "../../src/models/define-model.ts";
import type { Model } from "../../src/models/model.ts";
import {
  modelContract,
  type ModelFixture,
  type ModelReply,
} from "../../src/testing/model-contract.ts";
import { type ScriptedAnswer, ScriptedModel } from "../../src/testing/scripted-model.ts";
import { type FakeGateway, startFakeGateway } from "../fixtures/gateway/fake-gateway.ts";
import { type FakeOpenAI, startFakeOpenAI } from "../fixtures/gateway/fake-openai.ts";
import type { Reply } from "../fixtures/gateway/fake-server.ts";
import { mutants } from "./mutants.ts";
import { toV2, toV3 } from "./older-versions.ts";

const secret = "bce-v3/ALTAK-secret/0123456789";

let gateway: FakeGateway;
let openAI: FakeOpenAI;

beforeAll(async () => {
  gateway = await startFakeGateway();
  openAI = await startFakeOpenAI();
});

afterAll(async () => {
  await gateway.close();
  await openAI.close();
});

const fixtures: readonly {
  readonly name: string;
  readonly make: () => ModelFixture;
  readonly isScriptable?: false;
}[] = [
  { name: "appbuilder", make: () => served(gateway, appBuilder()) },
  { name: "openai-compatible", make: () => served(openAI, openAICompatible(openAI)) },
  { name: "specification v3", make: () => served(openAI, toV3(openAICompatible(openAI))) },
  { name: "specification v2", make: () => served(openAI, toV2(openAICompatible(openAI))) },
  // It has no server that could be told to fail.
  { name: "offline", make: () => ({ model: "offline/echo" }), isScriptable: false },
  { name: "ScriptedModel", make: scriptedFixture },
];

describe.each(fixtures)("$name", ({ make, isScriptable = true }) => {
  const cases = modelContract.filter(({ needsScript }) => isScriptable || !needsScript);
  test.each(cases)("$name", ({ run }) => run(make()));
});

describe.each(mutants)("the contract catches a model that $name", (mutant) => {
  test(`by: ${mutant.caughtBy}`, async () => {
    await using server = await startFakeOpenAI();
    const found = modelContract.find(({ name }) => name === mutant.caughtBy);
    const model = openAICompatible(server);
    await found?.run(served(server, model));
    const broken = served(server, mutant.break(model, secret));
    await expect(found?.run(broken)).rejects.toThrow();
  });
});

function appBuilder(): LanguageModelV4 {
  return defineModel("appbuilder/ERNIE-Bot", { token: secret, gatewayURL: gateway.url });
}

function openAICompatible(server: FakeOpenAI): LanguageModelV4 {
  return defineModel("openai-compatible/a/b:c", { apiKey: secret, baseURL: server.baseURL });
}

function served(server: FakeGateway | FakeOpenAI, model: Model): ModelFixture {
  server.reset();
  return {
    model,
    secret,
    script: (...replies) => server.script(...replies.map(toReply)),
    calls: () => server.calls.length,
    open: () => server.open,
  };
}

function toReply({ failure, ...reply }: ModelReply): Reply {
  if (failure === undefined) return reply;
  const { status, message, retryAfter } = failure;
  return {
    status,
    body: { code: "failed", message, requestId: "r-1", error: { message, code: "failed" } },
    headers: retryAfter === undefined ? {} : { "retry-after": String(retryAfter) },
  };
}

function scriptedFixture(): ModelFixture {
  const answers: ScriptedAnswer[] = [];
  const model = new ScriptedModel(
    ({ prompt }) => answers.shift() ?? { pieces: ["A:", JSON.stringify(prompt)] },
  );
  return {
    model,
    secret,
    script: (...replies) => answers.push(...replies.map(toAnswer)),
    calls: () => model.calls.length,
  };
}

function toAnswer({ pieces = [], usage, ending, failure }: ModelReply): ScriptedAnswer {
  return {
    pieces,
    ...(usage === undefined
      ? {}
      : { usage: { inputTokens: usage.prompt, outputTokens: usage.completion } }),
    ...(ending === "silent" ? { hangs: true } : {}),
    ...(ending === "cut" ? { error: new Error("the connection was cut") } : {}),
    ...(failure === undefined ? {} : { error: toCallError(failure) }),
  };
}

function toCallError(failure: NonNullable<ModelReply["failure"]>): APICallError {
  return new APICallError({
    message: failure.message,
    url: "http://127.0.0.1/",
    requestBodyValues: { key: secret },
    statusCode: failure.status,
    ...(failure.retryAfter === undefined
      ? {}
      : { responseHeaders: { "retry-after": String(failure.retryAfter) } }),
  });
}
