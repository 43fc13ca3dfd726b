import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { readStored, writeStored } from "../settings/stored.ts";
import { en } from "./en.ts";
import type { Texts } from "./texts.ts";
import { zhCN } from "./zh-cn.ts";

export const languages = { "zh-CN": zhCN, en } as const satisfies Record<string, Texts>;

/** A language that the page speaks. */
export type Language = keyof typeof languages;

/** The languages' own names. */
export const languageNames: Readonly<Record<Language, string>> = {
  "zh-CN": "简体中文",
  en: "English",
};

/** A text, or one a language. */
export type LocalText = string | Readonly<Record<string, string>>;

const key = "language";
const chosen = signal<Language>("en");

/** The language that the page speaks now. */
export const language: ReadonlySignal<Language> = chosen;

/** The texts in that language. */
export const texts: ReadonlySignal<Texts> = computed(() => languages[chosen.value]);

const isLanguage = (name: string | undefined): name is Language =>
  name !== undefined && Object.hasOwn(languages, name);

/**
 * Begins with the language that was chosen before, else the configured one, else that of the
 * browser.
 */
export function beginLanguage(configured: string | undefined): void {
  const stored = readStored(key);
  if (isLanguage(stored)) chosen.value = stored;
  else if (isLanguage(configured)) chosen.value = configured;
  else chosen.value = fromBrowser();
  effect(() => {
    document.documentElement.lang = chosen.value;
  });
}

/** Speaks another language from now on. */
export function chooseLanguage(name: Language): void {
  chosen.value = name;
  writeStored(key, name);
}

/** The text for the language of now, else in English, else the first there is. */
export function localize(text: LocalText): string {
  if (typeof text === "string") return text;
  return text[chosen.value] ?? text["en"] ?? Object.values(text)[0] ?? "";
}

function fromBrowser(): Language {
  for (const name of navigator.languages) {
    if (name.startsWith("zh")) return "zh-CN";
    if (name.startsWith("en")) return "en";
  }
  return "en";
}
