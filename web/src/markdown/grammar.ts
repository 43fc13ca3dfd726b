import markdownIt, { type MarkdownIt, type StateInline } from "markdown-it";
import cjkFriendly from "markdown-it-cjk-friendly";
import { readAddress } from "./address-grammar.ts";
import { addMath } from "./math-grammar.ts";
import { closeEmphasis } from "./open-end.ts";

/**
 * The dialect of the page: CommonMark with tables and strikethrough, in which a line break stays
 * one, `<br>` is the only HTML, addresses are links, and emphasis works next to Chinese
 * punctuation. Its core rules read only the inline content of block tokens: `block.parse` makes
 * those.
 */
export const grammar: MarkdownIt = markdownIt({ html: false, linkify: false, breaks: true });

grammar.use(cjkFriendly);
grammar.use(addMath);
grammar.core.ruler.disable(["normalize", "block", "strip_references"]);
grammar.inline.ruler.before("autolink", "line_break", readLineBreak);
grammar.inline.ruler.after("text", "address", readAddress);
grammar.inline.ruler2.after("balance_pairs", "close_emphasis", closeEmphasis);
// Which addresses become links is decided where elements are made, for all ways to write one.
grammar.validateLink = () => true;

function readLineBreak(state: StateInline, silent: boolean): boolean {
  if (state.src[state.pos] !== "<") return false;
  const tag = /^<br\s{0,9}\/?>/i.exec(state.src.slice(state.pos, state.pos + 14));
  if (tag === null) return false;
  if (!silent) state.push("hardbreak", "br", 0);
  state.pos += tag[0].length;
  return true;
}
