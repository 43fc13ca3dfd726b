import type { en } from "./en.ts";

/** The page's texts in one language: each language has the same. */
export type Texts = {
  readonly [Key in keyof typeof en]: (typeof en)[Key];
};
