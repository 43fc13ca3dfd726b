import type { LanguageModelV4 } from "@ai-sdk/provider";
import { TurnkeepError } from "../errors.ts";
import { currentRun } from "../run/scope.ts";
import { loadProvider } from "./load-provider.ts";
import type { LanguageModel } from "./model.ts";
import type { ProviderCredential, ProviderSettings } from "./model-provider.ts";
import { parseModelReference } from "./model-reference.ts";
import { requireSettings } from "./provider-settings.ts";

/** A model that can be called. */
export interface LoadedModel<Callable extends LanguageModel = LanguageModel> {
  readonly languageModel: Callable;
  /** How errors call it. */
  readonly label: string;
  /** What must not show in an error. */
  readonly secrets: readonly string[];
}

/**
 * Loads the model that a reference names, for the run that asks.
 *
 * Its credential is the caller's own, where the run has one for the provider; else the one among
 * the settings; else the one in the environment, unless the run takes callers' credentials only.
 * @throws TurnkeepError `model_reference_invalid`, `model_unknown`, `model_credential_missing`,
 * `model_credential_rejected` for a credential that no header can carry, `invalid_argument` for
 * settings that do not fit.
 */
export async function loadModel(
  reference: string,
  given: { readonly [setting: string]: unknown },
): Promise<LoadedModel<LanguageModelV4>> {
  const { provider: providerName, name } = parseModelReference(reference);
  const provider = await loadProvider(providerName);
  const settings = requireSettings(given, provider.settings, reference);
  const credential =
    provider.credential === undefined
      ? undefined
      : findCredential(provider.credential, { providerName, reference, settings });
  return {
    languageModel: provider.languageModel({ name, reference, settings, credential }),
    label: reference,
    secrets: credential === undefined ? runSecrets() : [credential, ...runSecrets()],
  };
}

/** The credentials that the current run's caller sent. */
export function runSecrets(): string[] {
  return [...(currentRun()?.credentials.values() ?? [])].map(withoutScheme);
}

function findCredential(
  { setting, variable, isRequired }: ProviderCredential,
  {
    providerName,
    reference,
    settings,
  }: { providerName: string; reference: string; settings: ProviderSettings },
): string | undefined {
  const run = currentRun();
  const found = [
    run?.credentials.get(providerName),
    settings[setting],
    run?.callerCredentialsOnly === true ? undefined : process.env[variable],
  ].map((text) => withoutScheme(text ?? ""));
  const credential = found.find((text) => text !== "");
  if (credential === undefined) {
    if (!isRequired(settings)) return undefined;
    throw new TurnkeepError(
      "model_credential_missing",
      run?.callerCredentialsOnly === true
        ? `The model ${reference} was called without the caller's own credential, and this service uses no other. Send one with the request.`
        : `The model ${reference} needs a credential: set ${variable} in the environment, or give defineModel the setting ${setting}.`,
    );
  }
  if (!/^[\x21-\x7e]+$/.test(credential)) {
    throw new TurnkeepError(
      "model_credential_rejected",
      `The credential for the model ${reference} holds spaces or characters outside of ASCII, which no credential has. Check what was copied into ${variable}, ${setting} or the request.`,
    );
  }
  return credential;
}

function withoutScheme(credential: string): string {
  return credential.trim().replace(/^bearer\s+/i, "");
}
