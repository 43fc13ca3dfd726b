import { Component } from "../../component/component.ts";
import type { MessageStream } from "../../message/message-stream.ts";
import type { Message } from "../../message/message.ts";
import { type CallLimits, requireLimits } from "../../models/call-limits.ts";
import { type Model, requireModel } from "../../models/model.ts";
import type { RewriteType } from "../../models/model-task.ts";
import { currentRun } from "../../run/scope.ts";
import { type GenerationOptions, read, readGenerationOptions } from "../generation-options.ts";
import { requireTexts } from "./conversation.ts";
import { toRewritePrompt } from "./rewrite-prompt.ts";

/** How a {@link QueryRewrite} is made. */
export interface QueryRewriteOptions extends CallLimits {
  /** The model that rewrites: a reference `"<provider>/<model>"` or an AI SDK model object. */
  readonly model: Model;
}

/** How one question is rewritten. */
export interface QueryRewriteRunOptions extends GenerationOptions {
  /**
   * With regard to all that was said (`带机器人回复`, the default), or to the user's questions
   * alone (`仅用户查询`); also `rewrite_type`.
   */
  readonly rewriteType?: RewriteType | undefined;
}

/**
 * Rewrites the last question of a conversation into one that stands alone: what it leaves out or
 * points at is put in from what was said before. It does not answer it.
 *
 * The message is a list of texts: question, answer, ..., the question to rewrite; an odd number,
 * at most 9, of 4,000 characters in all. Its content is checked when it runs, since what a session
 * gives back is of any type.
 */
export class QueryRewrite extends Component<readonly unknown[], string> {
  readonly #model: Model;
  readonly #limits: CallLimits;

  /**
   * @throws TurnkeepError `invalid_argument` for limits out of range, `model_reference_invalid`
   * for what cannot be a model. Whether there is such a model shows when it is first asked.
   */
  constructor(options: QueryRewriteOptions) {
    super();
    const { model, ...limits } = options;
    this.#model = requireModel(model);
    this.#limits = requireLimits(limits);
  }

  /**
   * @throws TurnkeepError `input_invalid` for a message that is no such list and for options of a
   * wrong type; the model's errors as `Playground` does. Throws the signal's reason when that is
   * aborted.
   */
  override run(
    message: Message<readonly unknown[]>,
    options: QueryRewriteRunOptions & { readonly stream: true },
  ): Promise<MessageStream>;
  override run(
    message: Message<readonly unknown[]>,
    options?: QueryRewriteRunOptions & { readonly stream?: false | undefined },
  ): Promise<Message<string>>;
  override run(
    message: Message<readonly unknown[]>,
    options?: QueryRewriteRunOptions,
  ): Promise<Message<string> | MessageStream>;
  override async run(
    message: Message<readonly unknown[]>,
    options: QueryRewriteRunOptions = {},
  ): Promise<Message<string> | MessageStream> {
    const { settings, disableSearch } = readGenerationOptions(options);
    const rewriteType =
      read(options, ["rewriteType", "rewrite_type"], {
        expected: '"带机器人回复" or "仅用户查询"',
        accepts: (value) => value === "带机器人回复" || value === "仅用户查询",
      }) ?? "带机器人回复";
    const texts = requireTexts(message.content);
    const { generateMessage, streamMessage } = await import("../../models/call-model.ts");
    return (options.stream === true ? streamMessage : generateMessage)({
      model: this.#model,
      ...toRewritePrompt(texts, rewriteType),
      settings,
      task: {
        type: "query-rewrite",
        texts,
        rewriteType,
        ...(disableSearch === undefined ? {} : { disableSearch }),
      },
      limits: this.#limits,
      signal: options.signal ?? currentRun()?.signal,
    });
  }
}
