import type { JSONObject, JSONValue } from "@ai-sdk/provider";

/** How a question is rewritten: with regard to all that was said, or to the user's part alone. */
export type RewriteType = "带机器人回复" | "仅用户查询";

/**
 * What a call is for, beside its prompt: for providers whose servers have endpoints of their own
 * for it. All others go by the prompt, which says the same in words.
 */
export type ModelTask =
  | {
      readonly type: "playground";
      /** Whether the model's own web search stays off. */
      readonly disableSearch?: boolean;
    }
  | {
      readonly type: "query-rewrite";
      /** Question, answer, ..., the question to rewrite. */
      readonly texts: readonly string[];
      readonly rewriteType: RewriteType;
      readonly disableSearch?: boolean;
    };

/** What a provider tells of an answer beyond what the AI SDK's interface has. */
export interface AnswerMetadata {
  /** The id that the answer has at the provider's server, and becomes the message's. */
  readonly messageId?: string;
  /** What belongs under the message's field `extra`. */
  readonly extra?: { readonly [name: string]: unknown };
}

/** Provider options or metadata in any version of the AI SDK's interface. */
type ByProvider = Record<string, Record<string, JSONValue>>;

const key = "turnkeep";

/** A task as the provider options of a call. */
export function toProviderOptions(task: ModelTask): ByProvider {
  return { [key]: { task: toJSON(task) } };
}

/** The task among the provider options of a call. */
export function taskOf(
  providerOptions: { readonly [provider: string]: JSONObject } | undefined,
): ModelTask | undefined {
  return providerOptions?.[key]?.["task"] as ModelTask | undefined;
}

/** What a provider tells of an answer, as the provider metadata of a result or a stream part. */
export function toProviderMetadata(metadata: AnswerMetadata): ByProvider {
  return { [key]: toJSON(metadata) as Record<string, JSONValue> };
}

/** What a provider told of an answer. */
export function answerMetadataOf(
  providerMetadata: { readonly [provider: string]: JSONObject } | undefined,
): AnswerMetadata {
  return providerMetadata?.[key] ?? {};
}

function toJSON(value: ModelTask | AnswerMetadata): JSONValue {
  // A server that cuts texts by length may leave half a character, which no message holds.
  return JSON.parse(JSON.stringify(value), (_key, item: unknown) =>
    typeof item === "string" ? item.toWellFormed() : item,
  ) as JSONValue;
}
