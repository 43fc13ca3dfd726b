import { type ReadonlySignal, signal } from "@preact/signals";
import { readStored, writeStored } from "../settings/stored.ts";

/** Which colors: those of the system, or always the same. */
export type Theme = "system" | "light" | "dark";

const key = "theme";
const stored = readStored(key);
const chosen = signal<Theme>(stored === "light" || stored === "dark" ? stored : "system");

/** The theme that is chosen; the page's first script has set it before the page was drawn. */
export const theme: ReadonlySignal<Theme> = chosen;

/** Shows other colors from now on. */
export function chooseTheme(name: Theme): void {
  chosen.value = name;
  writeStored(key, name === "system" ? undefined : name);
  if (name === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = name;
}
