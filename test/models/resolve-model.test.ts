import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Playground } from "../../src/components/playground/playground.ts";
import { QueryRewrite } from "../../src/components/query-rewrite/query-rewrite.ts";
import { Message } from "../../src/message/message.ts";
import { defineModel } from "../../src/models/define-model.ts";
import { requireModel } from "../../src/models/model.ts";
import { parseModelReference } from "../../src/models/model-reference.ts";
import { resolveModel } from "../../src/models/resolve-model.ts";
import { ScriptedModel } from "../../src/testing/scripted-model.ts";
import { inRun } from "./run-scope.ts";

describe("a reference", () => {
  test.each([
    ["openai-compatible/qwen3:8b", { provider: "openai-compatible", name: "qwen3:8b" }],
    ["a1/org/model/v2", { provider: "a1", name: "org/model/v2" }],
    ["appbuilder/ERNIE-Bot 4.0", { provider: "appbuilder", name: "ERNIE-Bot 4.0" }],
    [
      "appbuilder/EB-turbo-AppBuilder专用版",
      { provider: "appbuilder", name: "EB-turbo-AppBuilder专用版" },
    ],
  ])("%s is split at its first slash", (reference, parts) => {
    expect(parseModelReference(reference)).toEqual(parts);
  });

  test.each([
    "",
    "/",
    "ERNIE-Bot",
    "appbuilder/",
    "/ERNIE-Bot",
    "AppBuilder/ERNIE-Bot",
    "../secrets/x",
    "a_b/x",
    "-a/x",
    " appbuilder/x",
    "appbuilder/ x",
    "appbuilder/x\n",
    "appbuilder/x\u0000y",
  ])("%j is refused when the component is made", (reference) => {
    for (const make of [
      () => new Playground({ model: reference }),
      () => new QueryRewrite({ model: reference }),
      () => defineModel(reference),
    ]) {
      expect(make).toThrow(expect.objectContaining({ code: "model_reference_invalid" }));
    }
  });

  test("to no provider fails on the first use, and says which there are", async () => {
    const playground = new Playground({ model: "nobody/x" });
    await expect(playground.run(new Message("a"))).rejects.toMatchObject({
      code: "model_unknown",
      message: expect.stringContaining(
        "There are: appbuilder, offline, openai-compatible.",
      ) as string,
    });
  });
});

test.each([undefined, null, 5, {}, { specificationVersion: "v1", doGenerate() {}, doStream() {} }])(
  "%j is not a model",
  (value) => {
    expect(() => requireModel(value)).toThrow(
      expect.objectContaining({ code: "model_reference_invalid" }),
    );
  },
);

describe("the model that a run puts in place", () => {
  const substitute = new ScriptedModel(() => "from the substitute");

  test("answers for every reference, also one that leads nowhere", async () => {
    const answer = await inRun({ model: substitute }, () =>
      new Playground({ model: "nobody/x" }).run(new Message("a")),
    );
    expect(answer.content).toBe("from the substitute");
  });

  test("can be a reference itself", async () => {
    const answer = await inRun({ model: "offline/echo" }, () =>
      new Playground({ model: "nobody/x" }).run(new Message("你好")),
    );
    expect(answer.content).toContain("离线替身");
  });

  test("does not answer for model objects", async () => {
    const own = new ScriptedModel(["its own"]);
    const defined = defineModel("offline/echo");
    await inRun({ model: substitute }, async () => {
      expect((await new Playground({ model: own }).run(new Message("a"))).content).toBe("its own");
      const answer = await new Playground({ model: defined }).run(new Message("a"));
      expect(answer.content).toContain("Offline stand-in");
    });
  });
});

test("a run loads a model once, and another run loads its own", async () => {
  const defined = defineModel("offline/echo");
  const [first, second] = await inRun({}, async () => [
    await Promise.all([resolveModel("offline/echo"), resolveModel(defined)]),
    await Promise.all([resolveModel("offline/echo"), resolveModel(defined)]),
  ]);
  expect(second?.[0].languageModel).toBe(first?.[0].languageModel);
  expect(second?.[1].languageModel).toBe(first?.[1].languageModel);
  expect(first?.[0].languageModel).not.toBe(first?.[1].languageModel);
  const other = await inRun({}, () => resolveModel("offline/echo"));
  expect(other.languageModel).not.toBe(first?.[0].languageModel);
});

describe("a defined model", () => {
  beforeEach(() => {
    delete process.env["OPENAI_API_KEY"];
    delete process.env["OPENAI_BASE_URL"];
  });
  afterEach(() => {
    delete process.env["OPENAI_BASE_URL"];
  });

  test("does not show its settings", () => {
    const model = defineModel("openai-compatible/x", { apiKey: "a-secret-key" });
    const shown = inspect(model, { depth: null, showHidden: true }) + JSON.stringify(model);
    expect(shown).not.toContain("a-secret-key");
    expect(model).toMatchObject({ provider: "openai-compatible", modelId: "x" });
  });

  test.each([
    ["openai-compatible/x", { token: "t" }, "There are: baseURL, apiKey"],
    ["appbuilder/x", { token: "t", baseURL: "http://127.0.0.1" }, "There are: token, gatewayURL"],
    ["offline/echo", { apiKey: "t" }, "It takes none of its own"],
    ["appbuilder/x", { token: 5 }, "token"],
    ["openai-compatible/x", { baseURL: 5, apiKey: "t" }, "must be a string"],
    ["openai-compatible/x", { baseURL: "no url", apiKey: "t" }, "is not a URL"],
    ["openai-compatible/x", { baseURL: "ftp://a/", apiKey: "t" }, "http or https"],
    ["openai-compatible/x", { baseURL: "http://a/?b=c", apiKey: "t" }, "query"],
    ["appbuilder/x", { token: "t", gatewayURL: "https://user:hunter2@host" }, "password"],
  ])("%s with %j is refused when it is used", async (reference, settings, problem) => {
    const playground = new Playground({ model: defineModel(reference, settings) });
    const error = await playground.run(new Message("a")).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "invalid_argument" });
    expect((error as Error).message).toContain(problem);
    expect(inspect(error)).not.toContain("hunter2");
  });

  test("an environment that does not fit is named", async () => {
    process.env["OPENAI_BASE_URL"] = "127.0.0.1:11434/v1";
    await expect(
      new Playground({ model: "openai-compatible/x" }).run(new Message("a")),
    ).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("OPENAI_BASE_URL") as string,
    });
  });

  test.each([
    { timeout: 0 },
    { timeout: Number.NaN },
    { pieceTimeout: 2 ** 31 },
    { maxRetries: -1 },
    { maxRetries: 1.5 },
    { maxRetries: 11 },
  ])("limits %j are refused", (limits) => {
    expect(() => defineModel("offline/echo", limits)).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
    expect(() => new Playground({ model: "offline/echo", ...limits })).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
    expect(() => new QueryRewrite({ model: "offline/echo", ...limits })).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });
});
