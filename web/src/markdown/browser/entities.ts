const decoded = new Map<string, string>();

/**
 * The character of an HTML character reference such as `&copy;`, or the reference itself when there
 * is none. It stands in for the package `entities` in the browser, whose table of names is the
 * largest part of a Markdown parser and which every browser has.
 */
export function decodeHTMLStrict(reference: string): string {
  if (!/^&[A-Za-z][\dA-Za-z]{1,31};$/.test(reference)) return reference;
  let character = decoded.get(reference);
  if (character === undefined) {
    const { textContent } = new DOMParser().parseFromString(reference, "text/html").body;
    // Of a longer name, HTML reads what was a name of old: the "not" of "&nothing;".
    const isPart = textContent.endsWith(";") && reference !== "&semi;";
    character = isPart ? reference : textContent;
    decoded.set(reference, character);
  }
  return character;
}
