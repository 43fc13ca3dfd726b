import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamResult,
} from "@ai-sdk/provider";
import { describe, TurnkeepError } from "../errors.ts";
import { type CallLimits, requireLimits } from "./call-limits.ts";
import { type LoadedModel, loadModel } from "./load-model.ts";
import { parseModelReference } from "./model-reference.ts";

/**
 * The settings of a model: the provider's own (each provider's README names them, such as
 * `baseURL` and `apiKey`, or `token` and `gatewayURL`), and the limits of its calls.
 */
export interface ModelSettings extends CallLimits {
  readonly [setting: string]: unknown;
}

/**
 * Makes a model with explicit settings; what is not among them comes from the environment, as for
 * a reference alone. It is an AI SDK language model object: it can be given to any code that takes
 * one, and the model that a run puts in place of references does not replace it. The limits hold
 * where turnkeep makes the call.
 * @throws TurnkeepError `model_reference_invalid`; `invalid_argument` for limits out of range. The
 * provider's own settings are checked on the first call.
 */
export function defineModel(reference: string, settings: ModelSettings = {}): LanguageModelV4 {
  if (typeof reference !== "string") {
    throw new TurnkeepError(
      "model_reference_invalid",
      `defineModel takes a reference "<provider>/<model>", but was given ${describe(reference)}.`,
    );
  }
  return new DefinedModel(reference, settings);
}

/** What {@link defineModel} makes. */
export class DefinedModel implements LanguageModelV4 {
  readonly specificationVersion = "v4";
  readonly provider: string;
  readonly modelId: string;
  readonly supportedUrls: Record<string, RegExp[]> = {};
  readonly limits: CallLimits;
  readonly #reference: string;
  readonly #settings: { readonly [setting: string]: unknown };

  constructor(reference: string, { timeout, pieceTimeout, maxRetries, ...own }: ModelSettings) {
    const { provider, name } = parseModelReference(reference);
    this.provider = provider;
    this.modelId = name;
    this.limits = requireLimits({ timeout, pieceTimeout, maxRetries });
    this.#reference = reference;
    this.#settings = own;
  }

  /** Loads it for the current run. */
  load(): Promise<LoadedModel<LanguageModelV4>> {
    return loadModel(this.#reference, this.#settings);
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    return (await this.load()).languageModel.doGenerate(options);
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    return (await this.load()).languageModel.doStream(options);
  }
}
