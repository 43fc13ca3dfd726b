import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, test, vi } from "vitest";
import { type MarkdownPage, openMarkdownPage, type Tab } from "./markdown-page.ts";
import type { PageCalls } from "./page/main.tsx";
import { answer, hostile } from "./texts.ts";

vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

let markdownPage: MarkdownPage;
let tab: Tab;

beforeAll(async () => {
  markdownPage = await openMarkdownPage();
  tab = await markdownPage.open({
    permissions: ["clipboard-read", "clipboard-write"],
    viewport: { width: 390, height: 844 },
  });
});

afterAll(async () => {
  await markdownPage[Symbol.asyncDispose]();
});

async function show(text: string, { page }: Tab = tab): Promise<Page> {
  await page.evaluate((shown) => {
    (globalThis as unknown as PageCalls).show(shown);
  }, text);
  await page.locator(".markdown:not(.md-plain)").waitFor();
  return page;
}

test("names of characters mean what HTML says, all of them", async () => {
  const python = "import html.entities, json; print(json.dumps(html.entities.html5))";
  const names = Object.entries(
    JSON.parse(execFileSync("python3", ["-c", python], { encoding: "utf8" })) as Record<
      string,
      string
    >,
  ).filter(([name]) => name.endsWith(";"));
  assert.ok(names.length > 2000);
  const decoded = await tab.page.evaluate(
    (asked) => asked.map((name) => (globalThis as unknown as PageCalls).decode(`&${name}`)),
    [...names.map(([name]) => name), "nothing;", "lt", "<b>;"],
  );
  assert.deepEqual(decoded, [
    ...names.map(([, character]) => character),
    "&nothing;",
    "&lt",
    "&<b>;",
  ]);
});

test("an answer with everything has no fault that axe finds, and fits a phone", async () => {
  const { page } = tab;
  await show(answer);
  await page.locator(".katex").first().waitFor();
  await page.locator(".hljs-keyword").first().waitFor();
  await page.evaluate(axe.source);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(async () => {
      const { axe: checker } = globalThis as unknown as { axe: typeof axe };
      return await checker.run({
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      });
    });
    const faults = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
    assert.deepEqual(faults, [], colorScheme);
  }
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.equal(wider, 0, "the page scrolls sideways");
  const stops = await page
    .locator('[role="group"][tabindex="0"]')
    .evaluateAll((boxes) => boxes.map((box) => box.getAttribute("aria-label")));
  assert.deepEqual(stops, ["表格", "代码 python", "代码 sql", "公式"]);
  await assertQuiet();
});

test("a button copies the code as it is", async () => {
  const page = await show("```python\nif a < 1:\n\tb = '海淀'\n```");
  await page.getByRole("button", { name: "复制" }).click();
  await page.getByRole("button", { name: /^(?:已复制|Copied)$/ }).waitFor();
  const copied = await page.evaluate(async () => await navigator.clipboard.readText());
  assert.equal(copied, "if a < 1:\n\tb = '海淀'");
});

test("a text that wants something done is only shown", async () => {
  const page = await show(hostile);
  await page.waitForTimeout(200);
  const { tags, attributes, links } = await page.locator(".markdown").evaluate((root) => {
    const elements = Array.from(root.querySelectorAll("*"));
    const all = elements.flatMap((element) => Array.from(element.attributes));
    return {
      tags: elements.map(({ localName }) => localName),
      attributes: all.map(({ name }) => name),
      links: Array.from(root.querySelectorAll("a"), ({ href, rel, target }) => [href, rel, target]),
    };
  });
  const inert = ["script", "iframe", "img", "link", "base", "meta", "form", "object", "embed"];
  assert.deepEqual(
    inert.filter((tag) => tags.includes(tag)),
    [],
  );
  assert.deepEqual(
    attributes.filter((name) => /^on|^src/.test(name)),
    [],
  );
  for (const [href, rel, target] of links) {
    assert.match(href ?? "", /^https:\/\/evil\.example/);
    assert.deepEqual([rel, target], ["noopener noreferrer nofollow", "_blank"]);
  }
  assert.equal(await page.title(), "Markdown");
  await assertQuiet();
});

test("code takes the same space before its colors come, and formulas show their TeX", async () => {
  const { page } = await markdownPage.open();
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/\/(?:highlight|typeset)-/, async (route) => {
    await released;
    await route.continue();
  });
  await show("```js\nlet a; // b\n```\n\n$x^2$", { page, complaints: [], outside: [] });
  const box = async (): Promise<unknown> => await page.locator(".md-code").boundingBox();
  const before = await box();
  assert.equal(await page.locator("p > code").textContent(), "x^2");
  release();
  await page.locator(".hljs-comment").waitFor();
  assert.deepEqual(await box(), before);
  await page.locator("p math").waitFor({ state: "attached" });
  assert.equal(await page.locator("p > code").count(), 0);
});

test("a stream changes nothing but its end, and costs little next to the whole", async () => {
  const section = answer.slice(0, answer.indexOf("```"));
  const { page } = tab;
  const { changed, share } = await page.evaluate(
    async ([text, size]) => {
      const { show: render } = globalThis as unknown as PageCalls;
      const times: number[] = [];
      const stream = async (from: number, to: number): Promise<void> => {
        for (let length = from; length < to; length += size) {
          const start = performance.now();
          render(text.slice(0, length), true);
          times.push(performance.now() - start);
          if (length % 400 === 0) await new Promise((wake) => setTimeout(wake));
        }
      };
      await stream(0, text.length / 2);
      const kept = Array.from(document.querySelectorAll(".markdown > *")).slice(0, -2);
      let records = 0;
      const observer = new MutationObserver((list) => {
        records += list.length;
      });
      for (const element of kept) {
        observer.observe(element, {
          subtree: true,
          childList: true,
          characterData: true,
          attributes: true,
        });
      }
      await stream(text.length / 2, text.length);
      records += observer.takeRecords().length;
      render("");
      const start = performance.now();
      render(text, true);
      const whole = performance.now() - start;
      const mean = times.reduce((sum, time) => sum + time) / times.length;
      return { changed: records, share: mean / whole };
    },
    [section.repeat(40).slice(0, 15_000), 20] as const,
  );
  assert.equal(changed, 0);
  assert.ok(share < 0.1, `a piece took ${share.toFixed(3)} of the time of all`);
});

test("the built files are as small as they are meant to be", () => {
  const sizeOf = (name: string): number => {
    const file = Array.from(markdownPage.files).find(
      ([path]) => path.startsWith(`assets/${name}-`) && path.endsWith(".js"),
    );
    assert.ok(file !== undefined, name);
    return file[1];
  };
  // With the button that copies, which the chat page has in its first file.
  assert.ok(sizeOf("markdown-view") <= 31_000, `${sizeOf("markdown-view")}`);
  assert.ok(sizeOf("highlight") <= 35_000, `${sizeOf("highlight")}`);
  const fonts = Array.from(markdownPage.files.keys()).filter((name) =>
    /\.(?:woff|ttf)$/.test(name),
  );
  assert.deepEqual(fonts, []);
});

/** Nothing was refused by the page's policy, said in the console, or asked of another host. */
async function assertQuiet(): Promise<void> {
  const { page, complaints, outside } = tab;
  assert.deepEqual(complaints, []);
  assert.deepEqual(outside, []);
  const violations = await page.evaluate(() => (globalThis as unknown as PageCalls).violations);
  assert.deepEqual(violations, []);
}
