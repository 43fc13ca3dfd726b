import type {
  LanguageModelV2FinishReason,
  LanguageModelV2StreamPart,
  LanguageModelV2Usage,
  LanguageModelV3FinishReason,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";

/** A part of a stream in any version of the AI SDK's interface: the parts used here are alike. */
export type StreamPart =
  LanguageModelV4StreamPart | LanguageModelV3StreamPart | LanguageModelV2StreamPart;

/** The field `token_usage` of a model's answer, as far as the model told it. */
export interface TokenUsage {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly total_tokens?: number;
}

/** The tokens a model used, from the usage in any version of the interface. */
export function toTokenUsage(
  usage: LanguageModelV4Usage | LanguageModelV3Usage | LanguageModelV2Usage | undefined,
): TokenUsage | undefined {
  if (usage === undefined) return undefined;
  const { inputTokens, outputTokens } = usage;
  const prompt = count(typeof inputTokens === "object" ? inputTokens.total : inputTokens);
  const completion = count(typeof outputTokens === "object" ? outputTokens.total : outputTokens);
  const told = count("totalTokens" in usage ? usage.totalTokens : rawTotal(usage));
  const sum = prompt === undefined || completion === undefined ? undefined : prompt + completion;
  const total = told ?? sum;
  const result = {
    ...(prompt === undefined ? {} : { prompt_tokens: prompt }),
    ...(completion === undefined ? {} : { completion_tokens: completion }),
    ...(total === undefined ? {} : { total_tokens: total }),
  };
  return Object.keys(result).length === 0 ? undefined : result;
}

/** Why a model stopped, as in version 4 of the interface. */
export function toFinishReason(
  reason: LanguageModelV4FinishReason | LanguageModelV3FinishReason | LanguageModelV2FinishReason,
): LanguageModelV4FinishReason["unified"] {
  if (typeof reason === "object") return reason.unified;
  return reason === "unknown" ? "other" : reason;
}

function rawTotal({ raw }: LanguageModelV4Usage | LanguageModelV3Usage): unknown {
  return raw?.["total_tokens"];
}

/** Some models tell NaN for what they do not know. */
function count(tokens: unknown): number | undefined {
  return typeof tokens === "number" && Number.isFinite(tokens) ? tokens : undefined;
}
