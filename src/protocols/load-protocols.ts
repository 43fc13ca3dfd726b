import { readdir } from "node:fs/promises";
import type { Protocol } from "./protocol.ts";

/** Loads every protocol there is: each folder beside this file, in the order of their names. */
export async function loadProtocols(): Promise<readonly Protocol[]> {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const modules = names
    .toSorted()
    .map((name) => import(`./${name}/index.ts`) as Promise<{ readonly default: Protocol }>);
  return (await Promise.all(modules)).map((module) => module.default);
}
