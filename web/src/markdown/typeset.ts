import katex from "katex";
import "katex/dist/katex.min.css";

/** The element of a formula, which also says it in MathML; `undefined` when `tex` is not valid. */
export function typeset(tex: string, displayMode: boolean): Element | undefined {
  const element = document.createElement("span");
  try {
    katex.render(tex, element, {
      displayMode,
      // Chinese within formulas is no mistake.
      strict: "ignore",
      trust: false,
      // Commands that are refused are shown by their names, and KaTeX's red is not read in the dark.
      errorColor: "currentcolor",
      maxSize: 20,
      maxExpand: 300,
    });
  } catch {
    return undefined;
  }
  return element;
}
