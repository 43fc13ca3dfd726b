import type { JSONObject, LanguageModelV4Usage } from "@ai-sdk/provider";
import { z } from "zod";

type SearchResults = readonly Record<string, unknown>[];

/** A whole answer of the gateway, or one event of a stream of it. Errors have the same shape. */
export interface Answer {
  readonly answer?: string | null | undefined;
  readonly is_completion?: boolean | null | undefined;
  readonly usage?: Usage | null | undefined;
  /** What was searched, in a whole answer. */
  readonly trace_log?:
    | readonly { readonly tool: string; readonly result?: SearchResults | null | undefined }[]
    | null
    | undefined;
  /** What was searched, in an event. */
  readonly tool?: string | null | undefined;
  readonly result?: SearchResults | null | undefined;
}

interface Usage {
  readonly prompt_tokens?: number | null | undefined;
  readonly completion_tokens?: number | null | undefined;
  readonly total_tokens?: number | null | undefined;
}

const searchResults = z.array(z.record(z.string(), z.unknown()));

/** What an {@link Answer} is checked by. */
export const answerSchema: z.ZodType<Answer> = z.looseObject({
  answer: z.string().nullish(),
  is_completion: z.boolean().nullish(),
  usage: z
    .looseObject({
      prompt_tokens: z.number().nullish(),
      completion_tokens: z.number().nullish(),
      total_tokens: z.number().nullish(),
    })
    .nullish(),
  trace_log: z
    .array(z.looseObject({ tool: z.string(), result: searchResults.nullish() }))
    .nullish(),
  tool: z.string().nullish(),
  result: searchResults.nullish(),
});

/** What the model searched, by tool; undefined where it searched nothing. */
export function toExtra({ trace_log, tool, result }: Answer): Record<string, unknown> | undefined {
  const found = [...(trace_log ?? []), ...(typeof tool === "string" ? [{ tool, result }] : [])];
  const extra: Record<string, unknown> = {};
  for (const { tool: name, result: results } of found) {
    if (results === null || results === undefined) continue;
    extra[name] = name === "search_baidu" ? results.map(rename) : results;
  }
  return Object.keys(extra).length === 0 ? undefined : extra;
}

/** The tokens used, in the AI SDK's shape. */
export function toUsage(usage: Answer["usage"]): LanguageModelV4Usage {
  return {
    inputTokens: {
      total: usage?.prompt_tokens ?? undefined,
      noCache: undefined,
      cacheRead: undefined,
      cacheWrite: undefined,
    },
    outputTokens: {
      total: usage?.completion_tokens ?? undefined,
      text: undefined,
      reasoning: undefined,
    },
    ...(usage === null || usage === undefined ? {} : { raw: usage as JSONObject }),
  };
}

const names: ReadonlyMap<string, string> = new Map([
  ["id", "url"],
  ["mock_id", "ref_id"],
  ["content", "content"],
  ["title", "title"],
  ["icon", "icon"],
  ["site_name", "site_name"],
]);

function rename(result: Record<string, unknown>): Record<string, unknown> {
  const renamed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(result)) {
    const name = names.get(key);
    if (name !== undefined) renamed[name] = value;
  }
  return renamed;
}
