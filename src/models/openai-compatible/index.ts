import type { LanguageModelV4 } from "@ai-sdk/provider";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { ModelProvider, ModelRequest, ProviderSettings } from "../model-provider.ts";
import { requireServerURL } from "../provider-settings.ts";

const defaultBaseURL = "https://api.openai.com/v1";

const provider: ModelProvider = {
  settings: ["baseURL", "apiKey"],

  credential: {
    setting: "apiKey",
    variable: "OPENAI_API_KEY",
    isRequired: (settings) => baseURLOf(settings) === defaultBaseURL,
  },

  languageModel(request: ModelRequest): LanguageModelV4 {
    return createOpenAICompatible({
      name: "openai-compatible",
      baseURL: baseURLOf(request.settings),
      ...(request.credential === undefined ? {} : { apiKey: request.credential }),
      includeUsage: true,
    }).chatModel(request.name);
  },
};

export default provider;

function baseURLOf({ baseURL }: ProviderSettings): string {
  if (baseURL !== undefined) return requireServerURL(baseURL, "The setting baseURL");
  const fromEnvironment = process.env["OPENAI_BASE_URL"];
  return fromEnvironment === undefined || fromEnvironment.trim() === ""
    ? defaultBaseURL
    : requireServerURL(fromEnvironment.trim(), "OPENAI_BASE_URL");
}
