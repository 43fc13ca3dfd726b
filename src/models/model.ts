import type { LanguageModelV2, LanguageModelV3, LanguageModelV4 } from "@ai-sdk/provider";
import { describe, TurnkeepError } from "../errors.ts";
import { parseModelReference } from "./model-reference.ts";

/** An AI SDK language model object, of any of its last three specification versions. */
export type LanguageModel = LanguageModelV4 | LanguageModelV3 | LanguageModelV2;

/**
 * A model: a reference `"<provider>/<model>"`, whose settings come from the environment, or an AI
 * SDK language model object (`defineModel` makes one with explicit settings).
 */
export type Model = string | LanguageModel;

/** Whether `value` is an AI SDK language model object that turnkeep can call. */
export function isLanguageModel(value: unknown): value is LanguageModel {
  if (typeof value !== "object" || value === null) return false;
  const { specificationVersion, doGenerate, doStream } = value as Partial<LanguageModel>;
  return (
    (specificationVersion === "v4" ||
      specificationVersion === "v3" ||
      specificationVersion === "v2") &&
    typeof doGenerate === "function" &&
    typeof doStream === "function"
  );
}

/**
 * Checks what can be known of a model without asking anything: the form of a reference, the
 * version of an object.
 * @throws TurnkeepError `model_reference_invalid`.
 */
export function requireModel(model: unknown): Model {
  if (typeof model === "string") {
    parseModelReference(model);
    return model;
  }
  if (isLanguageModel(model)) return model;
  const version =
    typeof model === "object" && model !== null && "specificationVersion" in model
      ? ` of specification ${describe(model.specificationVersion)}`
      : "";
  throw new TurnkeepError(
    "model_reference_invalid",
    `A model is a reference "<provider>/<model>" or an AI SDK language model (specification v2, v3 or v4), but it is ${describe(model)}${version}.`,
  );
}
