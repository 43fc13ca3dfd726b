import {
  APICallError,
  type LanguageModelV4,
  type LanguageModelV4StreamPart,
  LoadAPIKeyError,
  NoSuchModelError,
} from "@ai-sdk/provider";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Playground } from "../../src/components/playground/playground.ts";
import { isTurnkeepError, TurnkeepError } from "../../src/errors.ts";
import { Message } from "../../src/message/message.ts";
import { defineModel } from "../../src/models/define-model.ts";
import { pauseBeforeRetry } from "../../src/models/retry.ts";
import { ScriptedModel } from "../../src/testing/scripted-model.ts";
import { startFakeOpenAI } from "../fixtures/gateway/fake-openai.ts";
import { inRun } from "./run-scope.ts";

const question = new Message("a");

function failing(error: unknown): Playground {
  return new Playground({ model: new ScriptedModel(() => ({ pieces: [], error })), maxRetries: 0 });
}

function callError(facts: Partial<ConstructorParameters<typeof APICallError>[0]>): APICallError {
  return new APICallError({
    message: "no",
    url: "http://user:hunter2@host/",
    requestBodyValues: { secret: "in-the-body" },
    responseBody: "secret in-the-answer",
    ...facts,
  });
}

describe("what a model object throws", () => {
  test.each([
    [new LoadAPIKeyError({ message: "The key is missing." }), "model_credential_missing"],
    [new NoSuchModelError({ modelId: "m", modelType: "languageModel" }), "model_unknown"],
    [callError({ statusCode: 401 }), "model_credential_rejected"],
    [callError({ statusCode: 500 }), "model_failed"],
    [new DOMException("slow", "TimeoutError"), "model_timeout"],
    [new TypeError("a bug in the model"), "model_failed"],
    ["a text", "model_failed"],
    [{ message: "a part of a stream", code: 5 }, "model_failed"],
    [new TurnkeepError("model_unknown", "its own"), "model_unknown"],
  ])("%s becomes %s", async (thrown, code) => {
    const error: unknown = await failing(thrown)
      .run(question)
      .catch((reason: unknown) => reason);
    expect(isTurnkeepError(error)).toBe(true);
    expect(error).toMatchObject({ code });
  });

  test("keeps neither bodies nor passwords nor the caller's credential", async () => {
    const cause = new Error("cannot reach http://user:hunter2@host/ with callers-secret");
    const thrown = callError({
      message: "http://user:hunter2@host/ said: callers-secret is Bearer someone-elses",
      statusCode: 500,
      data: { error: { code: "callers-secret", requestId: "callers-secret" } },
      responseHeaders: { "set-cookie": "secret in-a-header" },
      cause,
    });
    const credentials = new Map([["somewhere", "Bearer callers-secret"]]);
    const error: unknown = await inRun({ credentials }, () => failing(thrown).run(question)).catch(
      (reason: unknown) => reason,
    );
    const shown = inspect(error, { depth: null, showHidden: true });
    for (const secret of [
      "hunter2",
      "callers-secret",
      "someone-elses",
      "in-the-body",
      "in-the-answer",
      "in-a-header",
    ]) {
      expect(shown).not.toContain(secret);
    }
    expect(shown).toContain("cannot reach http://***@host/");
    expect((error as Error).message).toContain("scripted/model");
  });
});

test("no piece holds half a character, wherever the model cuts", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), fc.array(fc.nat(20)), async (text, lengths) => {
      const pieces: string[] = [];
      let rest = text;
      for (const length of lengths) {
        pieces.push(rest.slice(0, length));
        rest = rest.slice(length);
      }
      const model = new ScriptedModel([{ pieces: [...pieces, rest] }]);
      const stream = await new Playground({ model }).run(question, { stream: true });
      for await (const { content } of stream) expect(content.isWellFormed()).toBe(true);
      expect((await stream.finalMessage()).content).toBe(text);
    }),
  );
});

test("counts no tokens where the model tells no number", async () => {
  const nothing = { inputTokens: Number.NaN, outputTokens: Number.NaN };
  const model = new ScriptedModel([{ pieces: ["a"], usage: nothing }]);
  expect((await new Playground({ model }).run(question)).fields).toEqual({ extra: {} });
});

test.each(["error", "interrupted"] as const)(
  "an answer that stopped for the reason %s is no answer",
  async (unified) => {
    const whole = new ScriptedModel(() => "half an ans");
    const model: LanguageModelV4 = Object.assign(Object.create(whole) as LanguageModelV4, {
      doGenerate: async (options: Parameters<LanguageModelV4["doGenerate"]>[0]) => ({
        ...(await whole.doGenerate(options)),
        finishReason: { unified, raw: undefined },
      }),
      doStream: async (options: Parameters<LanguageModelV4["doStream"]>[0]) => {
        const { stream } = await whole.doStream(options);
        return {
          stream: stream.pipeThrough(
            new TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>({
              transform(part, controller) {
                controller.enqueue(
                  part.type === "finish"
                    ? { ...part, finishReason: { unified, raw: undefined } }
                    : part,
                );
              },
            }),
          ),
        };
      },
    });
    const playground = new Playground({ model, maxRetries: 0 });
    await expect(playground.run(question)).rejects.toMatchObject({ code: "model_failed" });
    const stream = await playground.run(question, { stream: true });
    await expect(stream.finalMessage()).rejects.toMatchObject({ code: "model_failed" });
    expect(stream.partialMessage.content).toBe("half an ans");
  },
);

test("the run's own signal ends a call that was given none", async () => {
  const controller = new AbortController();
  const model = new ScriptedModel([{ pieces: [], hangs: true }]);
  const run = inRun({ signal: controller.signal }, () => new Playground({ model }).run(question));
  await vi.waitFor(() => expect(model.calls).toHaveLength(1));
  controller.abort(new Error("the run was stopped"));
  await expect(run).rejects.toThrow("the run was stopped");
  expect(model.calls[0]?.abortSignal?.aborted).toBe(true);
});

test("a signal without a reason ends a call with an AbortError", async () => {
  const model = new ScriptedModel([{ pieces: [], hangs: true }]);
  const controller = new AbortController();
  const run = new Playground({ model }).run(question, { signal: controller.signal });
  controller.abort();
  await expect(run).rejects.toMatchObject({ name: "AbortError" });
});

test("a model that ignores the signal and never answers is left all the same", async () => {
  const model: LanguageModelV4 = Object.assign(
    Object.create(new ScriptedModel([])) as LanguageModelV4,
    {
      doGenerate: () => new Promise(() => undefined),
      doStream: () => new Promise(() => undefined),
    },
  );
  const playground = new Playground({ model, timeout: 50 });
  for (const stream of [false, true]) {
    await expect(playground.run(question, { stream })).rejects.toMatchObject({
      code: "model_timeout",
    });
  }
});

test("a model's own limits hold where the component has none of its own", async () => {
  await using server = await startFakeOpenAI();
  const silent = { ending: "silent" } as const;
  server.script(silent, silent);
  const model = defineModel("openai-compatible/m", { baseURL: server.baseURL, timeout: 50 });
  await expect(new Playground({ model }).run(question)).rejects.toMatchObject({
    code: "model_timeout",
    message: expect.stringContaining("50 ms") as string,
  });
  await expect(new Playground({ model, timeout: 20 }).run(question)).rejects.toMatchObject({
    code: "model_timeout",
    message: expect.stringContaining("20 ms") as string,
  });
});

describe("the pause before a call is made again", () => {
  const passing = callError({ statusCode: 503 });

  test("doubles, less a random part of up to half, to half a minute", () => {
    for (const [attempt, longest] of [
      [1, 500],
      [2, 1000],
      [3, 2000],
      [10, 30_000],
    ] as const) {
      for (let index = 0; index < 50; index += 1) {
        const pause = pauseBeforeRetry(passing, attempt) ?? -1;
        expect(pause).toBeGreaterThanOrEqual(longest / 2);
        expect(pause).toBeLessThanOrEqual(longest);
      }
    }
  });

  test.each([
    [{ "retry-after": "2" }, 2000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after-ms": "30", "retry-after": "2" }, 30],
    [{ "retry-after": new Date(0).toUTCString() }, 0],
    [{ "retry-after": "31" }, undefined],
    [{ "retry-after": new Date(Date.now() + 3_600_000).toUTCString() }, undefined],
  ])("is what the server asks for: %j", (responseHeaders, pause) => {
    const error = callError({ statusCode: 429, responseHeaders });
    expect(pauseBeforeRetry(error, 1)).toBe(pause);
  });

  test("does not come where another call is no use", () => {
    expect(pauseBeforeRetry(callError({ statusCode: 400 }), 1)).toBeUndefined();
    expect(pauseBeforeRetry(new Error("a bug"), 1)).toBeUndefined();
  });
});
