const wide =
  /[\p{sc=Hang}\u2329\u232a\u20a9\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4cf\ua960-\ua97c\uf900-\ufaff\ufe10-\ufe1f\ufe30-\ufe6f\uff01-\uff60\uff61-\uffdc\uffe0-\uffee\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;
/** What may belong to Chinese or not: curly quotation marks, selectors of a character's variant. */
const ambiguous = /[\u{e0100}-\u{e01ef}‘’“”]/u;

/**
 * What `markdown-it-cjk-friendly` asks for, by ranges, instead of the tables of the package
 * `get-east-asian-width`: whether a character belongs to Chinese, Japanese or Korean.
 */
export function eastAsianWidthType(codePoint: number): "wide" | "ambiguous" | "narrow" {
  const character = String.fromCodePoint(codePoint);
  if (wide.test(character)) return "wide";
  return ambiguous.test(character) ? "ambiguous" : "narrow";
}
