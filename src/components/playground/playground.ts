import { Component } from "../../component/component.ts";
import { describe, TurnkeepError } from "../../errors.ts";
import type { MessageStream } from "../../message/message-stream.ts";
import type { Message } from "../../message/message.ts";
import { type CallLimits, requireLimits } from "../../models/call-limits.ts";
import { type Model, requireModel } from "../../models/model.ts";
import { currentRun } from "../../run/scope.ts";
import { type GenerationOptions, readGenerationOptions } from "../generation-options.ts";
import { PromptTemplate, type TemplateInput } from "./prompt-template.ts";

/** How a {@link Playground} is made. */
export interface PlaygroundOptions<Template extends string> extends CallLimits {
  /**
   * The prompt, with variables `{name}` that the message fills; `{query}` by default. For braces
   * themselves write `{{` and `}}`.
   */
  readonly promptTemplate?: Template;
  /** The model that answers: a reference `"<provider>/<model>"` or an AI SDK model object. */
  readonly model: Model;
  /** What the model is told before the prompt: who it is, how to answer. */
  readonly system?: string;
}

/**
 * Asks a model: fills its template with the message and answers what the model says to it.
 *
 * A text fills a template of one variable, an object fills each by name. What the model thought is a
 * part beside the answer's text. The answer has the fields `extra` (what the model searched, by tool)
 * and, where the model tells it, `token_usage`. In a stream the fields come when they are known, the
 * last at its end.
 */
export class Playground<const Template extends string = "{query}"> extends Component<
  TemplateInput<Template>,
  string
> {
  readonly #template: PromptTemplate;
  readonly #model: Model;
  readonly #system: string | undefined;
  readonly #limits: CallLimits;

  /**
   * @throws TurnkeepError `invalid_argument` for a template with a lone brace and limits out of
   * range, `model_reference_invalid` for what cannot be a model. Whether there is such a model
   * shows when it is first asked.
   */
  constructor(options: PlaygroundOptions<Template>) {
    super();
    const { promptTemplate = "{query}", model, system, ...limits } = options;
    if (system !== undefined && typeof system !== "string") {
      throw new TurnkeepError(
        "invalid_argument",
        `The system text of a Playground is a string, but it is ${describe(system)}.`,
      );
    }
    this.#template = new PromptTemplate(promptTemplate);
    this.#model = requireModel(model);
    this.#system = system;
    this.#limits = requireLimits(limits);
  }

  /**
   * @throws TurnkeepError `input_invalid` for a message that does not fill the template and for
   * options of a wrong type; `model_unknown`, `model_credential_missing`,
   * `model_credential_rejected`, `model_failed`, `model_timeout` of the model. Throws the signal's
   * reason when that is aborted.
   */
  override run(
    message: Message<TemplateInput<Template>>,
    options: GenerationOptions & { readonly stream: true },
  ): Promise<MessageStream>;
  override run(
    message: Message<TemplateInput<Template>>,
    options?: GenerationOptions & { readonly stream?: false | undefined },
  ): Promise<Message<string>>;
  override run(
    message: Message<TemplateInput<Template>>,
    options?: GenerationOptions,
  ): Promise<Message<string> | MessageStream>;
  override async run(
    message: Message<TemplateInput<Template>>,
    options: GenerationOptions = {},
  ): Promise<Message<string> | MessageStream> {
    const { settings, disableSearch } = readGenerationOptions(options);
    const prompt = this.#template.toPrompt(message.content);
    const { generateMessage, streamMessage } = await import("../../models/call-model.ts");
    return (options.stream === true ? streamMessage : generateMessage)({
      model: this.#model,
      system: this.#system,
      prompt,
      settings,
      task: { type: "playground", ...(disableSearch === undefined ? {} : { disableSearch }) },
      limits: this.#limits,
      signal: options.signal ?? currentRun()?.signal,
    });
  }
}
