import { describe, TurnkeepError } from "../errors.ts";
import type { ProviderSettings } from "./model-provider.ts";

/**
 * Checks that every setting of a model is one that its provider knows, and is a string.
 * @throws TurnkeepError `invalid_argument`.
 */
export function requireSettings(
  settings: { readonly [setting: string]: unknown },
  names: readonly string[],
  reference: string,
): ProviderSettings {
  for (const [name, value] of Object.entries(settings)) {
    if (!names.includes(name)) {
      throw new TurnkeepError(
        "invalid_argument",
        `The model ${reference} has no setting ${describe(name)}. ${names.length === 0 ? "It takes none of its own." : `There are: ${names.join(", ")}.`}`,
      );
    }
    if (value !== undefined && typeof value !== "string") {
      throw new TurnkeepError(
        "invalid_argument",
        `The setting ${name} of the model ${reference} must be a string.`,
      );
    }
  }
  return settings as ProviderSettings;
}

/**
 * The URL of a model server, without a slash at its end.
 * @param name how the setting is called in the error.
 * @throws TurnkeepError `invalid_argument` where it is no http or https URL, or holds a user or a
 * password.
 */
export function requireServerURL(url: string, name: string): string {
  const parsed = URL.parse(url);
  const problem =
    parsed === null
      ? "is not a URL"
      : parsed.protocol !== "http:" && parsed.protocol !== "https:"
        ? "is not an http or https URL"
        : parsed.username !== "" || parsed.password !== ""
          ? "holds a user name or password, which belongs into the credential"
          : parsed.search !== "" || parsed.hash !== ""
            ? "has a query or a fragment"
            : undefined;
  if (problem !== undefined) {
    throw new TurnkeepError(
      "invalid_argument",
      `${name} ${problem}. It is the address of a model server, such as https://example.com/v1.`,
    );
  }
  return url.replace(/\/+$/, "");
}
