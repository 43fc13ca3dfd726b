import { setTimeout } from "node:timers/promises";
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";
import { TurnkeepError } from "../errors.ts";

/** One answer of a {@link ScriptedModel}. */
export interface ScriptedAnswer {
  /** What it says, in the pieces that it streams. */
  readonly pieces: readonly string[];
  /** What it thinks before. */
  readonly reasoning?: string;
  /** The tokens it claims to have used. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
  /** What it throws: in place of the answer, or in a stream after its pieces. */
  readonly error?: unknown;
  /** Whether it falls silent in place of its end, until the call is aborted; false by default. */
  readonly hangs?: boolean;
  /** Milliseconds before each piece, and before a whole answer; 0 by default. */
  readonly delay?: number;
}

/** A script: answers in the order of the calls, or a function that makes one for each call. */
export type Script =
  | readonly (string | ScriptedAnswer)[]
  | ((options: LanguageModelV4CallOptions) => string | ScriptedAnswer);

/**
 * An AI SDK language model whose answers are written beforehand, for tests: give it to a component
 * in place of a model, or to a runtime as the model that answers for every reference.
 *
 * A text stands for an answer of that one piece. A call beyond the script fails.
 */
export class ScriptedModel implements LanguageModelV4 {
  readonly specificationVersion = "v4";
  readonly provider = "scripted";
  readonly modelId: string = "model";
  readonly supportedUrls: Record<string, RegExp[]> = {};
  /** The calls it got, oldest first. */
  readonly calls: LanguageModelV4CallOptions[] = [];
  readonly #script: Script;

  constructor(script: Script) {
    this.#script = script;
  }

  /** The text of each call's last message of the user: what it was asked. */
  get questions(): readonly string[] {
    return this.calls.map(({ prompt }) => {
      const content = prompt.findLast((message) => message.role === "user")?.content ?? [];
      return content.map((part) => (part.type === "text" ? part.text : "")).join("");
    });
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { pieces, reasoning, usage, error, hangs, delay = 0 } = this.#take(options);
    await pause(hangs === true ? forever : delay, options.abortSignal);
    if (error !== undefined) throw error;
    return {
      content: [
        ...(reasoning === undefined ? [] : [{ type: "reasoning" as const, text: reasoning }]),
        { type: "text", text: pieces.join("") },
      ],
      finishReason: { unified: "stop", raw: undefined },
      usage: toUsage(usage),
      warnings: [],
    };
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const answer = this.#take(options);
    if (answer.error !== undefined && answer.pieces.length === 0) {
      await pause(answer.delay ?? 0, options.abortSignal);
      throw answer.error;
    }
    return { stream: ReadableStream.from(parts(answer, options.abortSignal)) };
  }

  #take(options: LanguageModelV4CallOptions): ScriptedAnswer {
    this.calls.push(options);
    const answer =
      typeof this.#script === "function"
        ? this.#script(options)
        : this.#script[this.calls.length - 1];
    if (answer === undefined) {
      throw new TurnkeepError(
        "model_failed",
        `The scripted model has ${this.#script.length} answers, but was called ${this.calls.length} times. Write an answer for each call.`,
      );
    }
    return typeof answer === "string" ? { pieces: [answer] } : answer;
  }
}

const forever = 2 ** 31 - 1;

async function* parts(
  { pieces, reasoning, usage, error, hangs, delay = 0 }: ScriptedAnswer,
  signal: AbortSignal | undefined,
): AsyncGenerator<LanguageModelV4StreamPart, void, undefined> {
  yield { type: "stream-start", warnings: [] };
  if (reasoning !== undefined) {
    yield { type: "reasoning-start", id: "0" };
    yield { type: "reasoning-delta", id: "0", delta: reasoning };
    yield { type: "reasoning-end", id: "0" };
  }
  yield { type: "text-start", id: "1" };
  for (const piece of pieces) {
    await pause(delay, signal);
    yield { type: "text-delta", id: "1", delta: piece };
  }
  if (hangs === true) await pause(forever, signal);
  if (error !== undefined) throw error;
  yield { type: "text-end", id: "1" };
  yield {
    type: "finish",
    finishReason: { unified: "stop", raw: undefined },
    usage: toUsage(usage),
  };
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (milliseconds > 0) {
    await setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal });
  }
}

function toUsage(usage: ScriptedAnswer["usage"]): LanguageModelV4Usage {
  return {
    inputTokens: {
      total: usage?.inputTokens,
      noCache: undefined,
      cacheRead: undefined,
      cacheWrite: undefined,
    },
    outputTokens: { total: usage?.outputTokens, text: undefined, reasoning: undefined },
  };
}
