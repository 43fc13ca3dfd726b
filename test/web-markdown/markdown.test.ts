import assert from "node:assert/strict";
import { h } from "preact";
import { renderToString } from "preact-render-to-string";
import { describe, test, vi } from "vitest";
import { labels } from "./labels.ts";

// What the page's modules read as they are loaded. The rest of a browser is not needed here.
vi.stubGlobal("location", new URL("http://localhost/"));
const { MarkdownView } = await import("../../web/src/markdown/markdown-view.tsx");

type Options = Partial<Parameters<typeof MarkdownView>[0]>;

/** What a text becomes, but for what all links and all buttons that copy have. */
function html(text: string, options: Options = {}): string {
  return renderToString(h(MarkdownView, { text, labels, ...options }))
    .replace(/^<div class="markdown">(.*)<\/div>$/s, "$1")
    .replaceAll(' target="_blank" rel="noopener noreferrer nofollow"', "")
    .replaceAll(/<button[^>]*aria-label="复制".*?<\/button>/gs, "<copy>");
}

function check(cases: readonly (readonly [text: string, expected: string])[], options?: Options) {
  test.each(cases)("%j", (text, expected) => {
    assert.equal(html(text, options), expected);
  });
}

function link(address: string, text = address): string {
  return `<a href="${address}">${text}</a>`;
}

describe("Chinese", () => {
  check([
    ["**注意：**以上", "<p><strong>注意：</strong>以上</p>"],
    ["**海淀区（Haidian）**的", "<p><strong>海淀区（Haidian）</strong>的</p>"],
    ["**“重点”**内容", "<p><strong>“重点”</strong>内容</p>"],
    ["这是~~错的。~~对的", "<p>这是<s>错的。</s>对的</p>"],
    ["*强调*与 *stress*", '<p><em class="md-dotted">强调</em>与 <em>stress</em></p>'],
    ["第一行\n第二行", "<p>第一行<br/>第二行</p>"],
  ]);
});

describe("addresses in a text", () => {
  check([
    ["见https://x。", `<p>见${link("https://x")}。</p>`],
    ["https://x，然后", `<p>${link("https://x")}，然后</p>`],
    ["（https://x）", `<p>（${link("https://x")}）</p>`],
    ["《https://x》、“http://y”", `<p>《${link("https://x")}》、“${link("http://y")}”</p>`],
    ["https://x.cn/a?b=1#c查看详情", `<p>${link("https://x.cn/a?b=1#c")}查看详情</p>`],
    ["**https://x.cn/a**后面", `<p><strong>${link("https://x.cn/a")}</strong>后面</p>`],
    ["(see https://x.cn/a_(b)).", `<p>(see ${link("https://x.cn/a_(b)")}).</p>`],
    ["HTTPS://X.cn!", `<p>${link("HTTPS://X.cn")}!</p>`],
    [
      "https://zh.wikipedia.org/wiki/海淀区。",
      `<p>${link("https://zh.wikipedia.org/wiki/%E6%B5%B7%E6%B7%80%E5%8C%BA", "https://zh.wikipedia.org/wiki/海淀区")}。</p>`,
    ],
    [
      "<https://x.cn> <a@x.cn>",
      `<p>${link("https://x.cn")} ${link("mailto:a@x.cn", "a@x.cn")}</p>`,
    ],
    ["[https://x.cn](https://y.cn)", `<p>${link("https://y.cn", "https://x.cn")}</p>`],
    ["xhttps://x.cn ://x `https://x.cn`", "<p>xhttps://x.cn ://x <code>https://x.cn</code></p>"],
    ["[](https://x.cn)", `<p>${link("https://x.cn")}</p>`],
  ]);
});

describe("what a model writes can do nothing", () => {
  check([
    ["<script>alert(1)</script>", "<p>&lt;script>alert(1)&lt;/script></p>"],
    ["<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)></p>"],
    ["<a href='/x' onclick='x()'>", "<p>&lt;a href='/x' onclick='x()'></p>"],
    ["[a](javascript:alert(1))", "<p><span>a</span></p>"],
    ["[a](JAVA&#x73;cript&colon;alert(1))", "<p><span>a</span></p>"],
    ["[a](<java\tscript:alert(1)>)", "<p><span>a</span></p>"],
    ["[a](&#x20;javascript:alert(1))", "<p><span>a</span></p>"],
    ["[a](%6aavascript:alert(1))", "<p><span>a</span></p>"],
    ["[a](vbscript:x) [a](file:///etc/passwd)", "<p><span>a</span> <span>a</span></p>"],
    ["[a](data:text/html,<script>)", "<p><span>a</span></p>"],
    ["[a](//x.cn) [b](/x) [c](#x)", "<p><span>a</span> <span>b</span> <span>c</span></p>"],
    ["<javascript:alert(1)>", "<p><span>javascript:alert(1)</span></p>"],
    ["[a]\n\n[a]: javascript:alert(1)", "<p><span>a</span></p>"],
    ['[a](https://x "\\"onclick=x")', '<p><a href="https://x" title="&quot;onclick=x">a</a></p>'],
    ["[[a](https://x)](https://y)", `<p>[${link("https://x", "a")}](${link("https://y")})</p>`],
    ['```x" onload="x\n```', code('x"', "")],
  ]);

  const image = '<span class="md-label">图片</span>';
  const pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";
  check([
    ["![猫](https://x/a.png)", `<p>${link("https://x/a.png", `${image} 猫`)}</p>`],
    ["![](https://x/a.png)", `<p>${link("https://x/a.png", `${image} https://x/a.png`)}</p>`],
    [
      "[![猫](https://x/a.png)](https://y)",
      `<p>${link("https://y", `<span>${image} 猫</span>`)}</p>`,
    ],
    [`![点](${pixel})`, `<p><img src="${pixel}" alt="点"/></p>`],
    ["![a](data:image/svg+xml;base64,AAAA)", `<p><span>${image} a</span></p>`],
    ["![a](/a.png) ![b](javascript:x)", `<p><span>${image} a</span> <span>${image} b</span></p>`],
  ]);
});

function code(language: string, text: string): string {
  return (
    `<div class="md-code"><div class="md-bar"><span>${(language || "代码").replaceAll('"', "&quot;")}</span>` +
    "<copy></div>" +
    `<div class="md-scroller md-pre" role="group" aria-label="${`代码 ${language}`.trim().replaceAll('"', "&quot;")}">` +
    `<pre><code>${text}</code></pre></div></div>`
  );
}

describe("elements", () => {
  const formula = (tex: string) => {
    return `<span class="md-scroller md-formula" role="group" aria-label="公式"><code>${tex}</code></span>`;
  };
  check([
    ["```python\nx < 1\n\n```", code("python", "x &lt; 1\n")],
    ["```js {1,2}\nlet a\n```", code("js", "let a")],
    ["    a\n      b", code("", "a\n  b")],
    ["~~~\n```\n~~~", code("", "```")],
    [
      "| 名 | 数 |\n|:--|--:|\n| a\\|b | **1**<br>2 |",
      '<div class="md-scroller md-table" role="group" aria-label="表格"><table><thead><tr>' +
        '<th class="md-left" scope="col">名</th><th class="md-right" scope="col">数</th></tr></thead>' +
        '<tbody><tr><td class="md-left">a|b</td><td class="md-right"><strong>1</strong><br/>2</td>' +
        "</tr></tbody></table></div>",
    ],
    [
      "- [ ] a\n- [x] **b**\n- [y] c",
      '<ul><li class="md-task"><label><input type="checkbox" disabled/> a</label></li>' +
        '<li class="md-task"><label><input type="checkbox" checked disabled/> <strong>b</strong></label></li>' +
        "<li>[y] c</li></ul>",
    ],
    ["3. a\n\n4. b", '<ol start="3"><li><p>a</p></li><li><p>b</p></li></ol>'],
    ["> a\n\n---", "<blockquote><p>a</p></blockquote><hr/>"],
    ["&copy; &amp;lt; &nothing;", "<p>© &amp;lt; &amp;nothing;</p>"],
    ["$5 and $6", "<p>$5 and $6</p>"],
    ["100$到200$，US$5，$5到$10", "<p>100$到200$，US$5，$5到$10</p>"],
    ["\\$a$ $ a$ $a $", "<p>$a$ $ a$ $a $</p>"],
    ["设$x_1*y*z$为", "<p>设<code>x_1*y*z</code>为</p>"],
    ["\\(a_b\\)和\\\\(c\\\\)", "<p><code>a_b</code>和\\(c\\)</p>"],
    ["即 $$x$$ 。", `<p>即 ${formula("x")} 。</p>`],
    ["即\n$$\na\\\\\nb\n$$\n完", `<p>即</p>${formula("a\\\\\nb")}<p>完</p>`],
    ["- a\n  \\[ x \\]\n- b", `<ul><li>a${formula("x")}</li><li>b</li></ul>`],
    ["$$\na\n\nb", "<p>$$<br/>a</p><p>b</p>"],
    ["```math\nx\n```", formula("x")],
  ]);

  test("headings begin with h3 and leave no level out", () => {
    assert.equal(
      html("# a\n#### b\n## c\n### d\n# e\n\nf\n==="),
      '<h3 class="md-h1">a</h3><h4 class="md-h4">b</h4><h4 class="md-h2">c</h4>' +
        '<h5 class="md-h3">d</h5><h3 class="md-h1">e</h3><h3 class="md-h1">f</h3>',
    );
    assert.equal(html("## a", { headingOffset: 4 }), '<h5 class="md-h2">a</h5>');
    assert.match(html("# a\n## b\n### c\n#### d\n##### e"), /<h6 class="md-h5">e<\/h6>$/);
  });

  test("a text of more than 500,000 characters is shown as it is written", () => {
    const text = `**a**${" b".repeat(250_000)}`;
    assert.equal(html(text), `<div class="markdown md-plain">${text}</div>`);
  });
});

describe("the end of a growing text reads as what it will be", () => {
  const table = (cells: string) => {
    return `<div class="md-scroller md-table" role="group" aria-label="表格"><table><thead><tr>${cells}</tr></thead></table></div>`;
  };
  check(
    [
      ["a **b", "<p>a <strong>b</strong></p>"],
      ["a **b*", "<p>a <strong>b</strong></p>"],
      ["a **", "<p>a </p>"],
      ["**注意：", "<p><strong>注意：</strong></p>"],
      ["*a **b*", "<p><em>a <strong>b</strong></em></p>"],
      ["*a ~~b* c", "<p><em>a ~~b</em> c</p>"],
      ["~~a", "<p><s>a</s></p>"],
      ["a `b", "<p>a <code>b</code></p>"],
      ["a ``b`", "<p>a <code>b</code></p>"],
      ["a `", "<p>a </p>"],
      ["a [b](https://x.c", "<p>a b</p>"],
      ["a ![b](data:image/png;base64,AA", "<p>a b</p>"],
      ["a<b", "<p>a</p>"],
      ["一段\n-", "<p>一段</p>"],
      ["- a\n- ", "<ul><li>a</li></ul>"],
      ["- a\n- [ ]", "<ul><li>a</li></ul>"],
      ["## ", ""],
      ["| a | b", table('<th scope="col">a</th><th scope="col">b</th>')],
      ["| a\\| | b |\n|--", table('<th scope="col">a|</th><th scope="col">b</th>')],
      ["a\n| b |", `<p>a</p>${table('<th scope="col">b</th>')}`],
      ["```py\na\n``", code("py", "a")],
      ["**a\n\nb", "<p>**a</p><p>b</p>"],
    ],
    { streaming: true },
  );

  test("and as it is written once it has ended", () => {
    assert.equal(html("a **b"), "<p>a **b</p>");
    assert.equal(html("| a | b"), "<p>| a | b</p>");
    assert.equal(html("a\n-"), '<h3 class="md-h2">a</h3>');
    assert.equal(html("42"), "<p>42</p>");
  });
});
