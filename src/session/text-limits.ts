// Control characters have no place in an id or a key: several databases refuse or cut them.
// oxlint-disable-next-line no-control-regex -- naming them is the point
const control = /[\u0000-\u001f\u007f-\u009f]/u;

/**
 * What keeps a text from being an id or a key, to be read after the text itself, or undefined
 * where it is fine: from 1 to `maxLength` Unicode characters, no control characters, no half of a
 * surrogate pair.
 */
export function textProblem(text: string, maxLength: number): string | undefined {
  if (text === "") return "is empty";
  if (!text.isWellFormed()) return "holds half of a surrogate pair, which is not text";
  if (control.test(text)) return "holds a control character";
  // A UTF-16 length within the limit is within it in characters too, which are at most as many.
  if (text.length > maxLength && Array.from(text).length > maxLength) {
    return `is longer than ${maxLength} characters`;
  }
  return undefined;
}
