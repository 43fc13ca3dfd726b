import { setTimeout } from "node:timers/promises";
import { type MessageDelta, MessageStream } from "../message/message-stream.ts";
import { Message } from "../message/message.ts";
import { toFinishReason, toTokenUsage } from "./answer-parts.ts";
import { AnswerReader, requireWhole } from "./answer-reader.ts";
import { CallClock } from "./call-clock.ts";
import { type CallLimits, mergeLimits } from "./call-limits.ts";
import type { LanguageModel, Model } from "./model.ts";
import { toModelError } from "./model-error.ts";
import { answerMetadataOf, type ModelTask, toProviderOptions } from "./model-task.ts";
import { type ResolvedModel, resolveModel } from "./resolve-model.ts";
import { pauseBeforeRetry } from "./retry.ts";

/** How a model is to answer; what is absent is left to the model. */
export interface GenerationSettings {
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxOutputTokens?: number;
  readonly responseFormat?: { readonly type: "text" } | { readonly type: "json" };
  readonly stopSequences?: string[];
}

/** One call of a model. */
export interface ModelCall {
  readonly model: Model;
  /** What the model is told to be, where anything. */
  readonly system: string | undefined;
  readonly prompt: string;
  readonly settings: GenerationSettings;
  readonly task: ModelTask;
  readonly limits: CallLimits;
  readonly signal: AbortSignal | undefined;
}

/**
 * Asks a model for a whole answer: a message with what it thought as a part, and the fields `extra`
 * (what it found: search results by tool) and, where the model tells it, `token_usage`.
 * @throws the signal's reason when that is aborted; else TurnkeepError `model_failed`,
 * `model_timeout`, `model_credential_rejected`, and those of `resolveModel`.
 */
export async function generateMessage(call: ModelCall): Promise<Message<string>> {
  const attempts = await Attempts.begin(call);
  try {
    return await attempts.make(() => generate(call, attempts));
  } finally {
    attempts.end();
  }
}

/**
 * Asks a model for an answer piece by piece, with the same fields and parts. Fulfilled when
 * the first piece is there: what fails before that is tried again or thrown here, what fails
 * after it is thrown by the stream. Leaving the stream ends the call.
 */
export async function streamMessage(call: ModelCall): Promise<MessageStream> {
  const attempts = await Attempts.begin(call);
  try {
    return await attempts.make(() => stream(call, attempts));
  } catch (error) {
    attempts.end();
    throw error;
  }
}

async function generate(call: ModelCall, attempts: Attempts): Promise<Message<string>> {
  const { languageModel, clock } = attempts;
  const result = await clock.wait<Awaited<ReturnType<LanguageModel["doGenerate"]>>>(
    languageModel.doGenerate(toCallOptions(call, clock.signal)),
  );
  requireWhole(toFinishReason(result.finishReason));
  const { messageId, extra } = answerMetadataOf(result.providerMetadata);
  const reasoning = joinParts(result.content, "reasoning");
  const usage = toTokenUsage(result.usage);
  return new Message(joinParts(result.content, "text"), {
    ...(messageId === undefined ? {} : { id: messageId }),
    fields: {
      extra: { ...extra },
      ...(usage === undefined ? {} : { token_usage: usage }),
    },
    parts: reasoning === "" ? [] : [{ type: "reasoning", text: reasoning }],
  });
}

async function stream(call: ModelCall, attempts: Attempts): Promise<MessageStream> {
  const { languageModel, clock, limits } = attempts;
  const opened = await clock.wait<Awaited<ReturnType<LanguageModel["doStream"]>>>(
    languageModel.doStream(toCallOptions(call, clock.signal)),
    limits.pieceTimeout,
  );
  const reader = new AnswerReader(opened.stream, clock, limits.pieceTimeout);
  let first: MessageDelta | undefined;
  try {
    first = await reader.next();
  } catch (error) {
    reader.close();
    throw error;
  }
  async function* deltas(): AsyncGenerator<MessageDelta, void, undefined> {
    try {
      for (let delta = first; delta !== undefined; delta = await reader.next()) yield delta;
    } catch (error) {
      throw attempts.toError(error);
    } finally {
      reader.close();
      attempts.end();
    }
  }
  const { messageId } = reader;
  return MessageStream.from(deltas(), messageId === undefined ? {} : { id: messageId });
}

/** The attempts of one call, until one goes well or no other is of use. */
class Attempts {
  readonly languageModel: LanguageModel;
  readonly clock: CallClock;
  readonly limits: ReturnType<typeof mergeLimits>;
  readonly #resolved: ResolvedModel;
  #made = 0;

  private constructor(resolved: ResolvedModel, call: ModelCall) {
    this.#resolved = resolved;
    this.languageModel = resolved.languageModel;
    this.limits = mergeLimits(call.limits, resolved.limits);
    this.clock = new CallClock(resolved.label, this.limits.timeout, call.signal);
  }

  static async begin(call: ModelCall): Promise<Attempts> {
    call.signal?.throwIfAborted();
    return new Attempts(await resolveModel(call.model), call);
  }

  async make<Result>(work: () => Promise<Result>): Promise<Result> {
    for (;;) {
      this.#made += 1;
      try {
        return await work();
      } catch (error) {
        const pause =
          this.#made > this.limits.maxRetries || this.clock.signal.aborted
            ? undefined
            : pauseBeforeRetry(error, this.#made);
        if (pause === undefined) throw this.toError(error);
        await this.clock.wait(setTimeout(pause, undefined, { signal: this.clock.signal }));
      }
    }
  }

  /** What to throw for an error: why the call was ended, where it was; else the model's error. */
  toError(error: unknown): unknown {
    return this.clock.signal.aborted
      ? this.clock.signal.reason
      : toModelError(error, this.#resolved, this.#made);
  }

  end(): void {
    this.clock.end();
  }
}

function toCallOptions({ system, prompt, settings, task }: ModelCall, abortSignal: AbortSignal) {
  const question = { role: "user" as const, content: [{ type: "text" as const, text: prompt }] };
  return {
    prompt:
      system === undefined ? [question] : [{ role: "system" as const, content: system }, question],
    ...settings,
    providerOptions: toProviderOptions(task),
    abortSignal,
  };
}

function joinParts(
  content: readonly { readonly type: string; readonly text?: unknown }[],
  type: "text" | "reasoning",
): string {
  return content
    .filter((part) => part.type === type && typeof part.text === "string")
    .map((part) => part.text)
    .join("")
    .toWellFormed();
}
