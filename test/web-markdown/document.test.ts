import assert from "node:assert/strict";
import fc from "fast-check";
import type { Token } from "markdown-it";
import { describe, test } from "vitest";
import { type Block, MarkdownDocument } from "../../web/src/markdown/document.ts";
import { grammar } from "../../web/src/markdown/grammar.ts";

const fragments = Array.from("*_~`#>|-+=$\\[]()!:& \n\t1.x重，。“”（）\n\n\n\n\n\n    ").concat(
  ["\r\n", "\r", "**", "***", "~~", "```", "~~~", "```js\n", "$$", "\\(", "\\)", "\\[", "\\]"],
  ["- ", "* ", "+ ", "1. ", "2) ", "> ", "# ", "### ", "    ", "  ", "---", "===", "* * *"],
  ["| a | b |\n", "|---|:-:|\n", "| 1 | 2", "- [ ] ", "- [x] ", "[a]", "[b][a]", "![a]", "[ü]"],
  ["\n[a]: https://a.example\n", "\n[a]: https://b.example 'title'\n", "[b]: <x y>", "\n[Ü]: u\n"],
  ["https://x。", "https://x.example/路", "<https://x>", "<br>", "&copy;", "&#x41;", "word ", "词"],
);
const markdown = fc
  .array(fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...fragments) }, fc.string()), {
    maxLength: 40,
  })
  .map((parts) => parts.join(""));

const pieceSize = fc.integer({ min: 1, max: 12 });

function whole(text: string, streaming: boolean): readonly Block[] {
  return new MarkdownDocument().update(text, { streaming });
}

function plain(tokens: readonly Token[] | null, meta: boolean): unknown {
  return tokens?.map((token) =>
    Object.assign({}, token, {
      map: token.map && token.map[1] - token.map[0],
      children: plain(token.children, meta),
      meta: meta ? { ...token.meta } : undefined,
    }),
  );
}

function look(blocks: readonly Block[]): unknown {
  return blocks.map(({ tokens }) => plain(tokens, true));
}

function pieces(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) => {
    return text.slice(0, (index + 1) * size);
  });
}

describe("a document that grows", () => {
  test("is at every moment what it is when it is read at once", () => {
    fc.assert(
      fc.property(
        markdown,
        fc.boolean(),
        fc.infiniteStream(pieceSize),
        (text, streaming, sizes) => {
          const document = new MarkdownDocument();
          for (let length = 0; length < text.length;) {
            length += sizes.next().value ?? 1;
            const begun = text.slice(0, length);
            assert.deepEqual(
              look(document.update(begun, { streaming })),
              look(whole(begun, streaming)),
            );
          }
          assert.deepEqual(
            look(document.update(text, { streaming: false })),
            look(whole(text, false)),
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  test.each([
    ["a formula that a blank line ends", "\\[a\n\nb"],
    ["a list that a blank line does not end", "- a\n\n- b\n\n  c\n\nd\n\n1. e"],
    ["an item whose number comes first", "1. a\n\n2. b"],
    ["code in an item, with blank lines", "- ```\n  a\n\n  b\n  ```\n\n- c"],
    ["indented code with blank lines", "a\n\n    b\n\n\n    c\n\nd"],
    ["a definition on two lines", "[a]\n\n[a]:\nhttps://a.example\n'title\non'\n\n[a]"],
    ["a second definition", "[a]\n\n[a]: x\n\n[a]: y\n\n[A]\n"],
    ["a heading that its underline makes", "a\n\nb\n---\nc\n==="],
  ])("also %s, cut anywhere", (_name, text) => {
    for (const streaming of [true, false]) {
      const document = new MarkdownDocument();
      for (const begun of pieces(text, 1)) {
        const blocks = document.update(begun, { streaming });
        assert.deepEqual(look(blocks), look(whole(begun, streaming)), JSON.stringify(begun));
      }
    }
  });

  test("is what the grammar makes of its text, block after block", () => {
    fc.assert(
      fc.property(markdown, (text) => {
        fc.pre(!/\[[ xX]\]/.test(text));
        const rules = ["normalize", "block", "strip_references"];
        grammar.core.ruler.enable(rules);
        const expected = grammar.parse(text, {});
        grammar.core.ruler.disable(rules);
        const tokens = whole(text, false)
          .flatMap((block) => block.tokens)
          .filter(({ type }) => type !== "reference_definition");
        assert.deepEqual(plain(tokens, false), plain(expected, false));
      }),
      { numRuns: 400 },
    );
  });

  test("becomes another when its text does", () => {
    const another = new MarkdownDocument();
    another.update("# a\n\nb\n\nc\n", { streaming: true });
    assert.deepEqual(look(another.update("b\n", { streaming: true })), look(whole("b\n", true)));
    fc.assert(
      fc.property(markdown, markdown, (before, after) => {
        const document = new MarkdownDocument();
        document.update(before, { streaming: true });
        assert.deepEqual(
          look(document.update(after, { streaming: false })),
          look(whole(after, false)),
        );
      }),
    );
  });

  test("keeps the blocks that a piece does not change", () => {
    const section =
      "## 标题\n\n一段**文字**和`代码`。\n\n- 一\n- 二\n\n```js\nlet a;\n```\n\n| a |\n|---|\n| b |\n\n";
    const document = new MarkdownDocument();
    let before: readonly Block[] = [];
    for (const text of pieces(section.repeat(20), 7)) {
      const blocks = document.update(text, { streaming: true });
      const made = blocks.filter((block, index) => block !== before[index]);
      assert.ok(made.length <= 3, `${made.length} blocks were made again`);
      before = blocks;
    }
    assert.equal(before.length, 100);
  });

  test("keeps the content of the items before it in a list without end", () => {
    const document = new MarkdownDocument();
    let before: readonly Token[] = [];
    for (const text of pieces("- 一项**内容**\n".repeat(50), 7)) {
      const inline = document
        .update(text, { streaming: true })
        .flatMap(({ tokens }) => tokens.filter(({ type }) => type === "inline"));
      const made = inline.filter(({ children }, index) => children !== before[index]?.children);
      assert.ok(made.length <= 3, `${made.length} items were read again`);
      before = inline.map((token) => Object.assign(Object.create(null), token));
    }
    assert.equal(before.length, 50);
  });

  test("makes links of references when their definition comes, and only of those", () => {
    const document = new MarkdownDocument();
    const begun = document.update("See [a].\n\nSee [b].\n\nEnd.\n\n", { streaming: true });
    const ended = document.update("See [a].\n\nSee [b].\n\nEnd.\n\n[a]: https://a.example\n", {
      streaming: true,
    });
    assert.deepEqual(
      begun.map((block, index) => block === ended[index]),
      [false, true, true],
    );
    assert.equal(ended[0]?.tokens[1]?.children?.[1]?.attrGet("href"), "https://a.example");
    const again = document.update(
      "See [a].\n\nSee [b].\n\nEnd.\n\n[a]: https://a.example\n\n[a]: https://b.example\n",
      { streaming: true },
    );
    assert.equal(again[0], ended[0], "the first definition counts");
  });

  test("costs little for each piece, next to reading it at once", () => {
    const section =
      "## 标题\n\n这一段说明了**要点**，见 https://example.com/a 和 `code`、$x^2$。\n\n" +
      "1. 一项**内容**\n2. [链接](https://example.com)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n";
    const all = pieces(section.repeat(200).slice(0, 15_000), 20);
    const timeOf = (read: () => void): number => {
      const start = performance.now();
      read();
      return performance.now() - start;
    };
    const atOnce = timeOf(() => {
      for (const text of all.slice(-50)) whole(text, true);
    });
    const document = new MarkdownDocument();
    const inPieces = timeOf(() => {
      for (const text of all) document.update(text, { streaming: true });
    });
    const share = inPieces / all.length / (atOnce / 50);
    assert.ok(share < 0.06, `a piece took ${share.toFixed(3)} of the time of all`);
  });
});
