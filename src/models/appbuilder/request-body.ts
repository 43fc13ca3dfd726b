import { randomUUID } from "node:crypto";
import {
  type LanguageModelV4CallOptions,
  type LanguageModelV4Prompt,
  type SharedV4Warning,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import { type ModelTask, taskOf } from "../model-task.ts";

/** A request to one of the gateway's endpoints for models. */
export interface ModelRequestBody {
  readonly endpoint: "playground" | "query_rewrite";
  readonly body: unknown;
  readonly warnings: SharedV4Warning[];
}

/** What the gateway is to be sent for a call, its keys in the order of AppBuilder's SDK. */
export function toRequestBody(
  options: LanguageModelV4CallOptions,
  model: { readonly name: string; readonly url: string },
  responseMode: "blocking" | "streaming",
): ModelRequestBody {
  const task = taskOf(options.providerOptions);
  const query = task?.type === "query-rewrite" ? toRewriteQuery(task) : toQuery(options.prompt);
  return {
    endpoint: task?.type === "query-rewrite" ? "query_rewrite" : "playground",
    body: {
      query,
      inputs:
        task?.type === "query-rewrite" ? { query, rewrite_type: task.rewriteType } : { query },
      response_mode: responseMode,
      user: randomUUID(),
      model_config: {
        model: {
          provider: "baidu",
          name: model.name,
          completion_params: {
            temperature: options.temperature ?? 1e-10,
            top_p: options.topP ?? 0,
            max_output_tokens: options.maxOutputTokens ?? 1024,
            disable_search: task?.disableSearch ?? true,
            response_format: options.responseFormat?.type === "json" ? "json_object" : "text",
            stop: options.stopSequences ?? [],
          },
          url: model.url,
        },
      },
    },
    warnings: warningsOf(options),
  };
}

// The SDK builds its text over two source lines, and the second one's indentation is in it.
const indentation = " ".repeat(39);

function toRewriteQuery({
  texts,
  rewriteType,
}: Extract<ModelTask, { type: "query-rewrite" }>): string {
  return texts
    .map((text, index) => {
      const isQuestion = index % 2 === 0;
      if (rewriteType === "仅用户查询") return isQuestion ? `User1: ${text}\n` : "";
      return `${isQuestion ? "User:" : "Assistant:"}${indentation}${text}\n`;
    })
    .join("");
}

const roles = { user: "User", assistant: "Assistant", tool: "Tool" } as const;

function toQuery(prompt: LanguageModelV4Prompt): string {
  const isDialogue = prompt.filter(({ role }) => role !== "system").length > 1;
  return prompt
    .map((message) => {
      if (message.role === "system") return message.content;
      const text = message.content
        .map((part) => {
          if (part.type === "text") return part.text;
          throw new UnsupportedFunctionalityError({
            functionality: `AppBuilder's gateway takes text only, but the prompt has a part of type ${part.type}`,
          });
        })
        .join("");
      return isDialogue ? `${roles[message.role]}: ${text}` : text;
    })
    .join("\n\n");
}

function warningsOf(options: LanguageModelV4CallOptions): SharedV4Warning[] {
  const unsupported = [
    "topK",
    "presencePenalty",
    "frequencyPenalty",
    "seed",
    "tools",
    "toolChoice",
  ] as const;
  return unsupported
    .filter((feature) => options[feature] !== undefined)
    .map((feature) => ({ type: "unsupported", feature }));
}
