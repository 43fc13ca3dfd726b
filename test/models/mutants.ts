import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { TurnkeepError } from "../../src/errors.ts";

/** A model that is broken on purpose, and the case of the contract that must catch it. */
export interface Mutant {
  readonly name: string;
  readonly caughtBy: string;
  readonly break: (model: LanguageModelV4, secret: string) => LanguageModelV4;
}

export const mutants: readonly Mutant[] = [
  {
    name: "answers nothing",
    caughtBy: "answers a text, and the field extra is an object",
    break: (model) =>
      like(model, {
        doGenerate: async (options) => ({ ...(await model.doGenerate(options)), content: [] }),
      }),
  },
  {
    name: "loses its last piece",
    caughtBy: "says in pieces what it says whole",
    break: (model) => {
      let held: LanguageModelV4StreamPart | undefined;
      return piped(model, (part) => {
        if (part.type !== "text-delta") return [part];
        const before = held;
        held = part;
        return before === undefined ? [] : [before];
      });
    },
  },
  {
    name: "says all at once",
    caughtBy: "gives a piece on as soon as it is there",
    break: (model) => {
      const all: LanguageModelV4StreamPart[] = [];
      return piped(model, (part) => {
        all.push(part);
        return part.type === "finish" ? all : [];
      });
    },
  },
  {
    name: "mixes its callers up",
    caughtBy: "answers many at once, each its own question",
    break: (model) => {
      let last: Parameters<LanguageModelV4["doGenerate"]>[0] | undefined;
      return like(model, {
        doGenerate: async (options) => {
          last = options;
          await Promise.resolve();
          return model.doGenerate(last);
        },
      });
    },
  },
  {
    name: "does not close what was left",
    caughtBy: "gives a stream up that is left",
    break: (model) =>
      like(model, {
        doStream: async ({ abortSignal: _ignored, ...options }) => {
          const { stream } = await model.doStream(options);
          const parts = stream.getReader();
          return {
            stream: new ReadableStream({
              async pull(controller) {
                const { done, value } = await parts.read();
                if (done) controller.close();
                else controller.enqueue(value);
              },
            }),
          };
        },
      }),
  },
  {
    name: "takes what was cut off for whole",
    caughtBy: "does not take an answer that was cut off for a whole one",
    break: (model) =>
      like(model, {
        doStream: async (options) => {
          const { stream } = await model.doStream(options);
          return { stream: ReadableStream.from(untilError(stream)) };
        },
      }),
  },
  {
    name: "does not say what may pass",
    caughtBy: "tries again what may pass",
    break: (model) =>
      like(model, {
        doGenerate: async (options) => {
          try {
            return await model.doGenerate(options);
          } catch (error) {
            throw new Error(String(error), { cause: error });
          }
        },
      }),
  },
  {
    name: "shows its credential",
    caughtBy: "says that its credential was rejected, and not which",
    break: (model, secret) =>
      like(model, {
        doGenerate: async (options) => {
          try {
            return await model.doGenerate(options);
          } catch (error) {
            throw new TurnkeepError("model_credential_rejected", `wrong: ${secret}`, {
              cause: error,
            });
          }
        },
      }),
  },
  {
    name: "counts no tokens in a stream",
    caughtBy: "counts the tokens",
    break: (model) =>
      piped(model, (part) =>
        part.type === "finish"
          ? [
              {
                ...part,
                usage: {
                  inputTokens: { ...part.usage.inputTokens, total: undefined },
                  outputTokens: { ...part.usage.outputTokens, total: undefined },
                },
              },
            ]
          : [part],
      ),
  },
];

async function* untilError(
  stream: ReadableStream<LanguageModelV4StreamPart>,
): AsyncGenerator<LanguageModelV4StreamPart, void, undefined> {
  try {
    yield* stream;
  } catch {
    const inputTokens = { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 };
    const outputTokens = { total: 1, text: 1, reasoning: 0 };
    yield {
      type: "finish",
      finishReason: { unified: "stop", raw: undefined },
      usage: { inputTokens, outputTokens },
    };
  }
}

function like(model: LanguageModelV4, changed: Partial<LanguageModelV4>): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: {},
    doGenerate: (options) => model.doGenerate(options),
    doStream: (options) => model.doStream(options),
    ...changed,
  };
}

function piped(
  model: LanguageModelV4,
  change: (part: LanguageModelV4StreamPart) => LanguageModelV4StreamPart[],
): LanguageModelV4 {
  return like(model, {
    doStream: async (options) => {
      const { stream } = await model.doStream(options);
      return {
        stream: stream.pipeThrough(
          new TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>({
            transform(part, controller) {
              for (const each of change(part)) controller.enqueue(each);
            },
          }),
        ),
      };
    },
  });
}
