import type { StateInline } from "markdown-it";

/** What a growing text may end with that is not yet what it will be: markers without content. */
const unfinishedMarker =
  /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)]?)?[ \t]*(?:\[[ xX]?\]?)?|#{1,6}|[-=]+|[*_]+|`{1,2}|~{1,2}|\$|\\)[ \t]*$/;

/** A growing text without a last line that is nothing but a marker, such as `-` or `##`. */
export function withoutUnfinishedMarker(text: string): string {
  const line = text.lastIndexOf("\n") + 1;
  return unfinishedMarker.test(text.slice(line)) ? text.slice(0, line) : text;
}

/** A table's head whose second line has not come, or not whole. */
const unfinishedTable = /(?:^|\n) {0,3}(\|[^\n]*\S[^\n]*)(?:\n[ \t|:-]*)?$/;

/**
 * A growing paragraph that ends with what looks like a table's head, with the line below it that
 * makes it one; `undefined` when it does not.
 */
export function completeTable(paragraph: string): string | undefined {
  const match = unfinishedTable.exec(paragraph);
  const head = match?.[1];
  if (match === null || head === undefined) return undefined;
  const cells = head
    .trim()
    .replace(/^\||(?<!\\)\|$/g, "")
    .split(/(?<!\\)\|/);
  const before = paragraph.slice(0, match.index + match[0].indexOf("|"));
  return `${before}${head}\n|${"-|".repeat(cells.length)}`;
}

/** The content of a growing paragraph with an end that reads as what it will most likely be. */
export function completeInline(content: string): string {
  const code = unclosedCode(content);
  if (code !== undefined) {
    const inner = content.slice(code.end).replace(/`+$/, "");
    return (
      content.slice(0, code.start) + (inner.trim() === "" ? "" : code.marker + inner + code.marker)
    );
  }
  return content
    .replace(/!?\[([^\]\n]*)\]\([^)\s]*(?:\s+["'(][^"')]*)?$/, "$1")
    .replace(/<(?:b(?:r\s*\/?)?)?$/i, "")
    .replace(/(?<!\\)[*_~]+$|(?<!\\)\\$/, "");
}

function unclosedCode(content: string): { start: number; end: number; marker: string } | undefined {
  const runs = [...content.matchAll(/\\`|`+/g)];
  for (let at = 0; at < runs.length; at += 1) {
    const run = runs[at];
    if (run === undefined || run[0] === "\\`") continue;
    const close = runs.findIndex((each, index) => index > at && closes(each[0], run[0]));
    if (close < 0) return { start: run.index, end: run.index + run[0].length, marker: run[0] };
    at = close;
  }
  return undefined;
}

/** Within code a backslash escapes nothing. */
function closes(run: string, marker: string): boolean {
  return run.replace("\\", "") === marker;
}

/**
 * A rule after those that pair delimiters: at the open end of a growing text (`env.open`) it closes
 * what was opened, so that a word turns bold with its first letter and not with its last marker.
 */
export function closeEmphasis(state: StateInline): void {
  if (state.env["open"] !== true) return;
  const { delimiters } = state;
  const unclosed: number[] = [];
  let paired = -1;
  for (const [index, { open, end }] of delimiters.entries()) {
    if (open && end < 0 && index > paired) unclosed.push(index);
    paired = Math.max(paired, end);
  }
  for (const index of unclosed.toReversed()) {
    const opener = delimiters[index];
    if (opener === undefined) continue;
    state.push("text", "", 0).content = state.tokens[opener.token]?.content ?? "";
    opener.end = delimiters.length;
    delimiters.push({
      ...opener,
      token: state.tokens.length - 1,
      end: -1,
      open: false,
      close: true,
    });
  }
}
