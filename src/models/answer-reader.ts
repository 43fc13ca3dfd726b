import { APICallError } from "@ai-sdk/provider";
import type { MessageDelta } from "../message/message-stream.ts";
import { type StreamPart, toFinishReason, toTokenUsage } from "./answer-parts.ts";
import type { CallClock } from "./call-clock.ts";
import { answerMetadataOf } from "./model-task.ts";

/** Reads the stream of a model's answer as a message's deltas. */
export class AnswerReader {
  /** The id that the answer has at the provider's server, as far as it is known by now. */
  messageId: string | undefined;

  readonly #parts: ReadableStreamDefaultReader<StreamPart>;
  readonly #clock: CallClock;
  readonly #pieceTimeout: number;
  #extra: { readonly [name: string]: unknown } = {};
  #extraIsNew = false;
  /** Half of a character whose other half is in the next part. */
  #half = "";
  #finished = false;

  constructor(stream: ReadableStream<StreamPart>, clock: CallClock, pieceTimeout: number) {
    this.#parts = stream.getReader();
    this.#clock = clock;
    this.#pieceTimeout = pieceTimeout;
  }

  /**
   * The next delta, or undefined after the last. The last one has all fields. Reasoning is none of
   * the text: it is a part beside it.
   * @throws what the model throws, and where the stream ends before the answer does.
   */
  async next(): Promise<MessageDelta | undefined> {
    while (!this.#finished) {
      const { done, value } = await this.#clock.wait(this.#parts.read(), this.#pieceTimeout);
      if (done) throw cutOff();
      const delta = this.#take(value);
      if (delta !== undefined) return delta;
    }
    return undefined;
  }

  /** Gives the stream up. */
  close(): void {
    this.#finished = true;
    this.#parts.cancel().catch(() => undefined);
  }

  #take(part: StreamPart): MessageDelta | undefined {
    if ("providerMetadata" in part) {
      const { messageId, extra } = answerMetadataOf(part.providerMetadata);
      this.messageId ??= messageId;
      if (extra !== undefined) {
        this.#extra = { ...this.#extra, ...extra };
        this.#extraIsNew = true;
      }
    }
    switch (part.type) {
      case "error":
        throw part.error;
      case "text-delta":
        return this.#say(part.delta);
      case "reasoning-delta":
        if (part.delta === "") return undefined;
        return { content: "", part: { type: "reasoning", text: part.delta } };
      case "finish": {
        requireWhole(toFinishReason(part.finishReason));
        this.#finished = true;
        const usage = toTokenUsage(part.usage);
        return {
          content: this.#half.toWellFormed(),
          fields: {
            extra: this.#extra,
            ...(usage === undefined ? {} : { token_usage: usage }),
          },
        };
      }
      default:
        return undefined;
    }
  }

  #say(delta: string): MessageDelta | undefined {
    const text = this.#half + delta;
    this.#half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? "";
    const content = text.slice(0, text.length - this.#half.length).toWellFormed();
    if (this.#extraIsNew) {
      this.#extraIsNew = false;
      return { content, fields: { extra: this.#extra } };
    }
    return content === "" ? undefined : { content };
  }
}

/**
 * Checks why a model stopped.
 * @throws APICallError where it broke off: what it said until then is no answer.
 */
export function requireWhole(reason: ReturnType<typeof toFinishReason>): void {
  if (reason === "error" || reason === "interrupted") throw cutOff();
}

function cutOff(): APICallError {
  return new APICallError({
    message: "the answer broke off before its end.",
    url: "",
    requestBodyValues: undefined,
    isRetryable: true,
  });
}
