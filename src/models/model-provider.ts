import type { LanguageModelV4 } from "@ai-sdk/provider";

/** A provider's own settings, as `defineModel` was given them and checked. */
export type ProviderSettings = { readonly [setting: string]: string | undefined };

/** Where a provider's credential comes from. */
export interface ProviderCredential {
  /** The setting of `defineModel` that holds it. */
  readonly setting: string;
  /** The environment variable that holds it. */
  readonly variable: string;
  /** Whether a call without it is refused. */
  readonly isRequired: (settings: ProviderSettings) => boolean;
}

/** Which model a provider is asked for. */
export interface ModelRequest {
  /** The model's name at the provider. */
  readonly name: string;
  /** The reference that names it, for errors. */
  readonly reference: string;
  readonly settings: ProviderSettings;
  /** What the provider's server is to be shown, without a `Bearer` before it. */
  readonly credential: string | undefined;
}

/**
 * A model provider: the default export of `index.ts` in a folder whose name is the provider's.
 * Whose credential is used, retries, timeouts and errors are the caller's business: a provider
 * only speaks to its server. What its models throw is an `APICallError` of the AI SDK, which is
 * retried where it says so, or a TurnkeepError, which is final.
 */
export interface ModelProvider {
  /** The names of the settings that `defineModel` takes for it; each is a string. */
  readonly settings: readonly string[];
  /** The provider's credential, where it has one. */
  readonly credential?: ProviderCredential;
  /**
   * The model, without asking a server. Settings that are absent are read from the environment
   * now.
   * @throws TurnkeepError `model_unknown`; `invalid_argument` for settings that do not fit.
   */
  languageModel(request: ModelRequest): LanguageModelV4;
}
