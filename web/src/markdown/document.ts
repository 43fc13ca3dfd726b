import type { Token } from "markdown-it";
import { grammar } from "./grammar.ts";
import { completeInline, completeTable, withoutUnfinishedMarker } from "./open-end.ts";

/** A block at the top of a document: one and the same object for as long as it looks the same. */
export interface Block {
  /** Its place in the document. */
  readonly key: number;
  /**
   * Its tokens, with their inline content parsed. A heading's `meta.rank` is its depth in the
   * outline (from 1, no step left out); an item's and its content's `meta.task` whether it is done.
   */
  readonly tokens: readonly Token[];
}

interface Definition {
  readonly href: string;
  readonly title: string;
}

/** What the block parser read, before any inline content is. */
interface Group {
  /** Its lines. A formula whose end is missing has a mark after them: with a line more it is none. */
  readonly source: string;
  readonly line: number;
  readonly tokens: readonly Token[];
  readonly definitions: readonly (readonly [label: string, definition: Definition])[];
}

/** A piece of inline content, with the definitions that it asked for. */
interface Leaf {
  readonly token: Token;
  readonly content: string;
  readonly children: Token[];
  readonly asked: ReadonlyMap<string, Definition | undefined>;
  readonly open: boolean;
}

interface Entry {
  readonly group: Group;
  readonly leaves: readonly Leaf[];
  readonly block: Block;
}

/**
 * A Markdown text that grows. Each `update` costs about what the last block costs: blocks before it
 * are not read again, except for inline content that refers to a definition that came or changed.
 * Whatever was read before, the result is the one of a new document.
 */
export class MarkdownDocument {
  #entries: readonly Entry[] = [];
  #settledText = "";
  #settledCount = 0;

  /**
   * The blocks of `text`. With `streaming`, more of it is expected: what is not closed at its end
   * (bold, code, a table's head, a link) reads as if it were, and a marker without content is left
   * out.
   */
  update(text: string, { streaming }: { streaming: boolean }): readonly Block[] {
    const lineFeeds = text.replaceAll(/\r\n?/g, "\n").replaceAll("\0", "\ufffd");
    const shown = streaming ? withoutUnfinishedMarker(lineFeeds) : lineFeeds;
    if (!shown.startsWith(this.#settledText)) {
      this.#entries = [];
      this.#settledText = "";
      this.#settledCount = 0;
    }
    const tail = shown.slice(this.#settledText.length);
    const tailGroups = readTail(tail, streaming);
    const groups = [
      ...this.#entries.slice(0, this.#settledCount).map(({ group }) => group),
      ...tailGroups.map((group, index) => {
        const previous = this.#entries[this.#settledCount + index]?.group;
        return previous?.source === group.source ? previous : group;
      }),
    ];
    this.#entries = this.#toEntries(groups, streaming && !/\n[ \t]*\n[ \t]*$/.test(shown));
    this.#settle(tail, tailGroups);
    return this.#entries.map(({ block }) => block);
  }

  #toEntries(groups: readonly Group[], open: boolean): Entry[] {
    const definitions = new Map<string, Definition>();
    for (const [label, definition] of groups.flatMap((group) => group.definitions)) {
      if (!definitions.has(label)) definitions.set(label, definition);
    }
    const outline: number[] = [];
    return groups.map((group, index) => {
      const previous = this.#entries[index];
      const { tokens } = group;
      const last = open && index === groups.length - 1 ? lastLeaf(tokens) : undefined;
      const leaves = tokens
        .filter(({ type }) => type === "inline")
        .map((token, at) => {
          return readLeaf(token, previous?.leaves[at], definitions, token === last);
        });
      const ranks = tokens
        .filter(({ type }) => type === "heading_open")
        .map(({ tag }) => rankOf(Number(tag.slice(1)), outline));
      const unchanged =
        previous?.group === group && leaves.every((leaf, at) => leaf === previous.leaves[at]);
      return unchanged ? previous : { group, leaves, block: toBlock(index, tokens, leaves, ranks) };
    });
  }

  /**
   * Settles what no further text can change: all before the last block that begins after a blank
   * line, once the line that it begins with is whole.
   */
  #settle(tail: string, groups: readonly Group[]): void {
    const lines = tail.split("\n");
    const from = groups.findLastIndex(({ line }, index) => {
      return index > 0 && line < lines.length - 1 && lines[line - 1]?.trim() === "";
    });
    const first = groups[from];
    if (first === undefined) return;
    this.#settledCount += from;
    this.#settledText += `${lines.slice(0, first.line).join("\n")}\n`;
  }
}

function readTail(tail: string, streaming: boolean): Group[] {
  const groups = readGroups(tail);
  const last = groups.at(-1);
  if (!streaming || last?.tokens[0]?.type !== "paragraph_open") return groups;
  const lines = tail.split("\n").slice(0, last.line);
  const completed = completeTable(last.source.trimEnd());
  return completed === undefined ? groups : readGroups([...lines, completed].join("\n"));
}

function readGroups(source: string): Group[] {
  const definitions: [string, Definition][] = [];
  // Every definition is written, also the second of a label: which one counts is decided above.
  const references = new Proxy<Record<string, Definition>>(
    {},
    {
      set: (_target, label, definition: Definition) => {
        definitions.push([String(label), definition]);
        return true;
      },
    },
  );
  const tokens: Token[] = [];
  grammar.block.parse(source, grammar, { references }, tokens);
  const lines = source.split("\n");
  const groups: Group[] = [];
  let begin = 0;
  for (const [index, { level, nesting }] of tokens.entries()) {
    if (level !== 0 || nesting === 1) continue;
    const group = tokens.slice(begin, index + 1);
    begin = index + 1;
    const [from, to] = group[0]?.map ?? [0, 0];
    const defined = group.filter(({ type }) => type === "reference_definition").length;
    groups.push({
      source: lines.slice(from, to).join("\n") + (to < lines.length ? "\n" : "") + openMark(group),
      line: from,
      tokens: withTasks(group),
      definitions: definitions.splice(0, defined),
    });
  }
  return groups;
}

function openMark(tokens: readonly Token[]): string {
  return tokens.some(({ type, info }) => type === "math" && info === "open") ? "\0" : "";
}

/** Turns `[ ]` and `[x]` before an item's text into `meta.task`. */
function withTasks(tokens: readonly Token[]): readonly Token[] {
  for (const [index, item] of tokens.entries()) {
    const text = tokens[index + 2];
    if (item.type !== "list_item_open" || text?.type !== "inline") continue;
    const task = /^\[([ xX])\][ \t]+(?=\S)/.exec(text.content);
    if (task === null) continue;
    item.meta = text.meta = { task: task[1] !== " " };
    text.content = text.content.slice(task[0].length);
  }
  return tokens;
}

/** The content that a text ends with, if it ends with some. */
function lastLeaf(tokens: readonly Token[]): Token | undefined {
  const last = tokens.findLast(({ nesting }) => nesting !== -1);
  return last?.type === "inline" ? last : undefined;
}

function readLeaf(
  token: Token,
  previous: Leaf | undefined,
  definitions: ReadonlyMap<string, Definition>,
  open: boolean,
): Leaf {
  const { content } = token;
  const reusable =
    previous !== undefined &&
    previous.content === content &&
    previous.open === open &&
    [...previous.asked].every(([label, answer]) => answer === definitions.get(label));
  if (reusable) return previous.token === token ? previous : { ...previous, token };
  const asked = new Map<string, Definition | undefined>();
  const references = new Proxy<Record<string, Definition>>(
    {},
    {
      get: (_target, label) => {
        const answer = definitions.get(String(label));
        asked.set(String(label), answer);
        return answer;
      },
    },
  );
  const state = new grammar.core.State("", grammar, { references, open });
  const inline = new state.Token("inline", "", 0);
  inline.content = open ? completeInline(content) : content;
  inline.children = [];
  state.tokens = [inline];
  grammar.core.process(state);
  return { token, content, children: inline.children, asked, open };
}

/** How deep a heading of `level` stands below those before it, which `outline` holds. */
function rankOf(level: number, outline: number[]): number {
  while ((outline.at(-1) ?? 0) >= level) outline.pop();
  return outline.push(level);
}

function toBlock(
  key: number,
  tokens: readonly Token[],
  leaves: readonly Leaf[],
  ranks: readonly number[],
): Block {
  for (const { token, children } of leaves) token.children = children;
  const headings = tokens.filter(({ type }) => type === "heading_open");
  for (const [index, heading] of headings.entries()) heading.meta = { rank: ranks[index] };
  return { key, tokens };
}
