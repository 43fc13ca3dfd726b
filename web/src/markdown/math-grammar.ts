import type { MarkdownIt, StateBlock, StateInline } from "markdown-it";

/** How a formula is written; both ways to display one may also stand within a line. */
const delimiters = [
  { open: "$$", close: "$$", display: true },
  { open: String.raw`\[`, close: String.raw`\]`, display: true },
  { open: String.raw`\(`, close: String.raw`\)`, display: false },
  { open: "$", close: "$", display: false },
] as const;

/**
 * Adds formulas: `math` tokens, inline or block, whose content is TeX, whose tag is "display" or
 * "inline" and whose `info` is "open" while the end of a block is missing.
 */
export function addMath(markdown: MarkdownIt): void {
  markdown.inline.ruler.before("escape", "math", readInline);
  markdown.block.ruler.before("fence", "math", readBlock, {
    alt: ["paragraph", "reference", "blockquote", "list"],
  });
}

function readInline(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state;
  const delimiter = delimiters.find(({ open }) => src.startsWith(open, pos));
  if (delimiter === undefined) return false;
  const { open, close, display } = delimiter;
  const start = pos + open.length;
  if (open === "$" && !opensAt(src, pos)) return false;
  const end = findClose(src, close, start);
  if (end < 0 || end + close.length > posMax || src.slice(start, end).trim() === "") return false;
  if (open === "$" && !closesAt(src, end)) return false;
  if (!silent) {
    const token = state.push("math", display ? "display" : "inline", 0);
    token.content = src.slice(start, end).trim();
  }
  state.pos = end + close.length;
  return true;
}

/** A dollar is a currency's when a number or a word stands before it, or a space after it. */
function opensAt(source: string, position: number): boolean {
  return (
    !/[\dA-Za-z$]/.test(source.charAt(position - 1)) && /[^\s$]/.test(source.charAt(position + 1))
  );
}

function closesAt(source: string, position: number): boolean {
  return !/\s/.test(source.charAt(position - 1)) && !/[\d$]/.test(source.charAt(position + 1));
}

/** The next `close` that no backslash escapes; -1 when there is none. */
function findClose(source: string, close: string, from: number): number {
  for (let at = source.indexOf(close, from); at >= 0; at = source.indexOf(close, at + 1)) {
    let before = at;
    while (before > from && source[before - 1] === "\\") before -= 1;
    if ((at - before) % 2 === 0) return at;
  }
  return -1;
}

/**
 * A formula on lines of its own. It ends where its delimiter ends a line. TeX allows no blank line
 * within it, so that a delimiter that is never closed takes no more than its paragraph.
 */
function readBlock(
  state: StateBlock,
  startLine: number,
  endLine: number,
  silent: boolean,
): boolean {
  if ((state.sCount[startLine] ?? 0) - state.blkIndent >= 4) return false;
  const first = lineAt(state, startLine);
  const delimiter = delimiters.find(({ open, display }) => display && first.startsWith(open));
  if (delimiter === undefined) return false;
  const { open, close } = delimiter;
  let line = startLine;
  let text = first.slice(open.length);
  let closed = findClose(text, close, 0);
  while (closed < 0) {
    line += 1;
    if (line >= endLine || state.isEmpty(line)) break;
    if ((state.sCount[line] ?? 0) < state.blkIndent) return false;
    text += `\n${lineAt(state, line)}`;
    closed = findClose(text, close, 0);
  }
  if (closed < 0 && (line < endLine || (open === "$$" && first !== open))) return false;
  if (closed >= 0 && text.slice(closed + close.length).trim() !== "") return false;
  if (silent) return true;
  const token = state.push("math", "display", 0);
  token.block = true;
  token.content = (closed < 0 ? text : text.slice(0, closed)).trim();
  token.info = closed < 0 ? "open" : "";
  state.line = closed < 0 ? line : line + 1;
  token.map = [startLine, state.line];
  return true;
}

function lineAt(state: StateBlock, line: number): string {
  const start = (state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0);
  return state.src.slice(start, state.eMarks[line]).trimEnd();
}
