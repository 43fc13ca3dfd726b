import { describe, TurnkeepError } from "../errors.ts";

/** The two parts of a reference to a model. */
export interface ModelReference {
  /** The folder of the provider. */
  readonly provider: string;
  /** The model's name at the provider; may itself hold `/` and `:`. */
  readonly name: string;
}

/**
 * Splits a reference `"<provider>/<model>"` at its first `/`.
 * @throws TurnkeepError `model_reference_invalid` where a part is missing, the provider is not
 * lower-case letters, digits and hyphens, or the model's name has control characters or spaces
 * at its ends.
 */
export function parseModelReference(reference: string): ModelReference {
  const slash = reference.indexOf("/");
  const provider = reference.slice(0, slash);
  const name = reference.slice(slash + 1);
  if (
    slash === -1 ||
    !/^[a-z][a-z0-9-]*$/.test(provider) ||
    name === "" ||
    name !== name.trim() ||
    /\p{Cc}/u.test(name)
  ) {
    throw new TurnkeepError(
      "model_reference_invalid",
      `A model reference has the form "<provider>/<model>", such as "openai-compatible/qwen3:8b", but it is ${describe(reference)}.`,
    );
  }
  return { provider, name };
}
