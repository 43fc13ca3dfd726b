import { setTimeout } from "node:timers/promises";
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";
import { taskOf } from "../model-task.ts";
import { echo, echoRewrite } from "./echo-text.ts";

const pauseBetweenPieces = 4;

const noUsage: LanguageModelV4Usage = {
  inputTokens: {
    total: undefined,
    noCache: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
  },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};
const finishReason = { unified: "stop", raw: undefined } as const;

/** A stand-in for a model: its answers show what it was asked. */
export class EchoModel implements LanguageModelV4 {
  readonly specificationVersion = "v4";
  readonly provider = "offline";
  readonly modelId = "echo";
  readonly supportedUrls: Record<string, RegExp[]> = {};

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    options.abortSignal?.throwIfAborted();
    return {
      content: [{ type: "text", text: answer(options) }],
      finishReason,
      usage: noUsage,
      warnings: [],
    };
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    return { stream: ReadableStream.from(parts(answer(options), options.abortSignal)) };
  }
}

async function* parts(
  text: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<LanguageModelV4StreamPart, void, undefined> {
  const id = "0";
  yield { type: "stream-start", warnings: [] };
  yield { type: "text-start", id };
  for (const { segment } of new Intl.Segmenter("zh", { granularity: "word" }).segment(text)) {
    await setTimeout(pauseBetweenPieces, undefined, signal === undefined ? {} : { signal });
    yield { type: "text-delta", id, delta: segment };
  }
  yield { type: "text-end", id };
  yield { type: "finish", finishReason, usage: noUsage };
}

function answer({ prompt, providerOptions }: LanguageModelV4CallOptions): string {
  const task = taskOf(providerOptions);
  if (task?.type === "query-rewrite") return echoRewrite(task.texts);
  const question = prompt.findLast((message) => message.role === "user")?.content ?? [];
  return echo(question.map((part) => (part.type === "text" ? part.text : "")).join(""));
}
