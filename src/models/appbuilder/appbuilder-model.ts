import {
  APICallError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4FinishReason,
  type LanguageModelV4GenerateResult,
  type LanguageModelV4StreamPart,
  type LanguageModelV4StreamResult,
  type SharedV4Warning,
} from "@ai-sdk/provider";
import type { ParseResult } from "@ai-sdk/provider-utils";
import { toProviderMetadata } from "../model-task.ts";
import { type Answer, answerSchema, toExtra, toUsage } from "./answer.ts";
import type { Gateway, GatewayRequest, GatewayResponse } from "./gateway.ts";
import { findModelURL } from "./model-list.ts";
import { toRequestBody } from "./request-body.ts";

const finishReason: LanguageModelV4FinishReason = { unified: "stop", raw: undefined };

/** A chat model behind AppBuilder's gateway. */
export class AppBuilderModel implements LanguageModelV4 {
  readonly specificationVersion = "v4";
  readonly provider = "appbuilder";
  readonly modelId: string;
  readonly supportedUrls: Record<string, RegExp[]> = {};
  readonly #reference: string;
  readonly #gateway: Gateway;

  constructor(name: string, reference: string, gateway: Gateway) {
    this.modelId = name;
    this.#reference = reference;
    this.#gateway = gateway;
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { request, warnings } = await this.#request(options, "blocking");
    const { value, answerId } = await this.#gateway.ask(request);
    if (typeof value.answer !== "string") throw failure("the gateway's answer has no text.");
    return {
      content: [{ type: "text", text: value.answer }],
      finishReason,
      usage: toUsage(value.usage),
      providerMetadata: toMetadata(value, answerId),
      warnings,
    };
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const { request, warnings } = await this.#request(options, "streaming");
    const response = await this.#gateway.askForStream(request);
    return { stream: response.value.pipeThrough(toParts(response, warnings)) };
  }

  async #request(
    options: LanguageModelV4CallOptions,
    mode: "blocking" | "streaming",
  ): Promise<{ request: GatewayRequest<Answer>; warnings: SharedV4Warning[] }> {
    const { abortSignal: signal } = options;
    const name = this.modelId;
    const url = await findModelURL(this.#gateway, { name, reference: this.#reference }, signal);
    const { endpoint, body, warnings } = toRequestBody(options, { name, url }, mode);
    const path = `/ai_engine/copilot_engine/v1/api/llm/${endpoint}`;
    return { request: { path, body, schema: answerSchema, signal }, warnings };
  }
}

const id = "0";

function toParts(
  { answerId, errorIn }: GatewayResponse<unknown>,
  warnings: SharedV4Warning[],
): TransformStream<ParseResult<Answer>, LanguageModelV4StreamPart> {
  let usage: Answer["usage"];
  let tellsCompletion = false;
  let isComplete = false;
  let hasText = false;
  return new TransformStream<ParseResult<Answer>, LanguageModelV4StreamPart>({
    start(controller) {
      controller.enqueue({ type: "stream-start", warnings });
      controller.enqueue({ type: "text-start", id, providerMetadata: toMetadata({}, answerId) });
    },
    transform(event, controller) {
      const error = event.success
        ? errorIn(event.value)
        : failure("an event of the gateway's stream cannot be read.", event.error);
      if (error !== undefined || !event.success) {
        controller.enqueue({ type: "error", error });
        controller.terminate();
        return;
      }
      const { answer, is_completion } = event.value;
      usage = event.value.usage ?? usage;
      if (typeof answer === "string") hasText = true;
      if (typeof is_completion === "boolean") tellsCompletion = true;
      if (is_completion === true) isComplete = true;
      controller.enqueue({
        type: "text-delta",
        id,
        delta: answer ?? "",
        providerMetadata: toMetadata(event.value, undefined),
      });
    },
    flush(controller) {
      // A server that never says whether more is to come says so by ending the stream.
      if (!hasText || (tellsCompletion && !isComplete)) {
        controller.enqueue({
          type: "error",
          error: failure("the gateway's stream ended before the answer did.", undefined, true),
        });
        return;
      }
      controller.enqueue({ type: "text-end", id });
      controller.enqueue({ type: "finish", finishReason, usage: toUsage(usage) });
    },
  });
}

function toMetadata(
  answer: Answer,
  answerId: string | undefined,
): ReturnType<typeof toProviderMetadata> {
  const extra = toExtra(answer);
  return toProviderMetadata({
    ...(answerId === undefined ? {} : { messageId: answerId }),
    ...(extra === undefined ? {} : { extra }),
  });
}

function failure(message: string, cause?: unknown, isRetryable = false): APICallError {
  return new APICallError({
    message,
    url: "",
    requestBodyValues: undefined,
    cause,
    isRetryable,
  });
}
