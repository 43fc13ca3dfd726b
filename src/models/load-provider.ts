import { readdir } from "node:fs/promises";
import { TurnkeepError } from "../errors.ts";
import type { ModelProvider } from "./model-provider.ts";

const loaded = new Map<string, Promise<ModelProvider>>();

/**
 * The provider in the folder of that name, loaded on its first use.
 * @throws TurnkeepError `model_unknown` where there is no such folder.
 */
export function loadProvider(name: string): Promise<ModelProvider> {
  let provider = loaded.get(name);
  if (provider === undefined) {
    provider = load(name);
    loaded.set(name, provider);
    provider.catch(() => loaded.delete(name));
  }
  return provider;
}

async function load(name: string): Promise<ModelProvider> {
  const folders = await readdir(new URL(".", import.meta.url), { withFileTypes: true });
  const names = folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  if (!names.includes(name)) {
    throw new TurnkeepError(
      "model_unknown",
      `There is no model provider ${JSON.stringify(name)}. There are: ${names.toSorted().join(", ")}. Any other model can be given as an AI SDK language model object.`,
    );
  }
  const module = (await import(`./${name}/index.ts`)) as { readonly default: ModelProvider };
  return module.default;
}
