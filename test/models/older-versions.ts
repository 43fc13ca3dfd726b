import type {
  LanguageModelV2,
  LanguageModelV2FinishReason,
  LanguageModelV2StreamPart,
  LanguageModelV2Usage,
  LanguageModelV3,
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4FinishReason,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";

/** A model as one of specification 3, which differs in what is not used here. */
export function toV3(model: LanguageModelV4): LanguageModelV3 {
  const { provider, modelId } = model;
  return {
    specificationVersion: "v3",
    provider,
    modelId,
    supportedUrls: {},
    doGenerate: (options) =>
      model.doGenerate(options as LanguageModelV4CallOptions) as ReturnType<
        LanguageModelV3["doGenerate"]
      >,
    doStream: (options) =>
      model.doStream(options as LanguageModelV4CallOptions) as ReturnType<
        LanguageModelV3["doStream"]
      >,
  };
}

/** A model as one of specification 2, whose usage and finish reason have another shape. */
export function toV2(model: LanguageModelV4): LanguageModelV2 {
  const { provider, modelId } = model;
  return {
    specificationVersion: "v2",
    provider,
    modelId,
    supportedUrls: {},
    doGenerate: async (options) => {
      const result = await model.doGenerate(options as LanguageModelV4CallOptions);
      return {
        content: result.content,
        finishReason: toReason(result.finishReason),
        usage: toUsage(result.usage),
        warnings: [],
      } as Awaited<ReturnType<LanguageModelV2["doGenerate"]>>;
    },
    doStream: async (options) => {
      const { stream } = await model.doStream(options as LanguageModelV4CallOptions);
      return {
        stream: stream.pipeThrough(
          new TransformStream({
            transform(part, controller) {
              const older =
                part.type === "finish"
                  ? {
                      ...part,
                      finishReason: toReason(part.finishReason),
                      usage: toUsage(part.usage),
                    }
                  : part;
              controller.enqueue(older as LanguageModelV2StreamPart);
            },
          }),
        ),
      };
    },
  };
}

function toReason({ unified }: LanguageModelV4FinishReason): LanguageModelV2FinishReason {
  return unified === "interrupted" ? "unknown" : unified;
}

function toUsage({ inputTokens, outputTokens }: LanguageModelV4Usage): LanguageModelV2Usage {
  const { total: input } = inputTokens;
  const { total: output } = outputTokens;
  return {
    inputTokens: input,
    outputTokens: output,
    totalTokens: input === undefined || output === undefined ? undefined : input + output,
  };
}
