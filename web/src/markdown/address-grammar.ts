import type { StateInline } from "markdown-it";

const cjk = String.raw`[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Bopo}\uff00-\uffef]`;
/** Whether a text has a character of the scripts of Chinese, Japanese or Korean. */
export const hasCjk: RegExp = new RegExp(cjk, "u");

/** All that an address may hold: of punctuation only ASCII's, so that it ends before a `。`. */
const address = /https?:\/\/[\p{L}\p{N}](?:[^\s<>"`\\^{}|[\]\p{P}]|[!#%&'()*,\-./:;?@_])*/iuy;
const addressBeforeProse = new RegExp(`^.*?[^/=&#?+.:_~-](?<!${cjk})(?=${cjk})`, "u");

/**
 * A rule that makes links of addresses in the text. Chinese may follow an address without a space:
 * it is part of it only where a host, a path or a value begins with it, as in `/wiki/海淀区`.
 */
export function readAddress(state: StateInline, silent: boolean): boolean {
  const { src, pos, pending, linkLevel } = state;
  if (linkLevel > 0 || !src.startsWith("://", pos)) return false;
  const scheme = /(?<![\dA-Za-z])https?$/i.exec(pending)?.[0];
  if (scheme === undefined) return false;
  address.lastIndex = pos - scheme.length;
  const found = address.exec(src.slice(0, state.posMax))?.[0];
  if (found === undefined) return false;
  const url = withoutEnd(addressBeforeProse.exec(found)?.[0] ?? found);
  if (!silent) {
    state.pending = pending.slice(0, -scheme.length);
    state.push("link_open", "a", 1).attrs = [["href", state.md.normalizeLink(url)]];
    state.push("text", "", 0).content = state.md.normalizeLinkText(url);
    state.push("link_close", "a", -1);
  }
  state.pos += url.length - scheme.length;
  return true;
}

/** An address without what belongs to the sentence: its punctuation, markers, the bracket around. */
function withoutEnd(url: string): string {
  const end = url.replace(/[!'*,.:;?_~]+$/, "");
  const unopened = end.endsWith(")") && end.split(")").length > end.split("(").length;
  if (unopened) return withoutEnd(end.slice(0, -1));
  return end;
}
