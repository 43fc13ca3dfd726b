import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPlace, type Place } from "./place.ts";
import { answers, ask, button, send, whole } from "./steps.ts";

describe("an answer's text", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("is Markdown: tables, tasks, code with its colors, formulas", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    place.answer("Everything", () => [
      "# Areas\n\n| District | km² |\n| --- | ---: |\n| Haidian | 430.77 |\n\n",
      "- [x] done\n- [ ] open\n\n```ts\nconst area: number = 430.77;\n```\n\n$a^2 + b^2$",
    ]);
    await ask(page, "Everything");
    const answer = answers(page);
    await answer.getByRole("heading", { name: "Areas", level: 3 }).waitFor();
    await answer.getByRole("cell", { name: "430.77" }).waitFor();
    expect(await answer.getByRole("checkbox", { checked: true }).count()).toBe(1);
    await answer.locator("pre [class*=hljs-keyword]").getByText("const").waitFor();
    await answer.locator("math, .katex").first().waitFor();
  });

  test("that is told anew keeps the elements of the blocks that have not changed", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    const source = place.source("In blocks");
    await send(page, "In blocks");
    source.give("First **block**.\n\nSecond ");
    const first = answers(page).getByText("First block.");
    await first.waitFor();
    const element = await first.elementHandle();
    for (let number = 0; number < 20; number += 1) source.give(`word${number} `);
    source.give("\n\nThird.");
    source.end();
    await answers(page).getByText("Third.").waitFor();
    await whole(page);
    expect(await element?.evaluate((node) => node.isConnected)).toBe(true);
    expect(await first.evaluate((node, before) => node === before, element)).toBe(true);
  });

  test("is Chinese as Chinese is written", async () => {
    await using visitor = await place.visit({ locale: "zh-CN" });
    const { page } = visitor;
    place.answer("中文", () => [
      "**注意：**以上，**海淀区（Haidian）**的面积，**“重点”**内容。见https://example.com/a。",
    ]);
    await send(page, "中文");
    await whole(page);
    const answer = page.getByRole("article", { name: "turnkeep的回答" });
    expect(await answer.locator("strong").allTextContents()).toEqual([
      "注意：",
      "海淀区（Haidian）",
      "“重点”",
    ]);
    expect(await answer.getByRole("link").getAttribute("href")).toBe("https://example.com/a");
    expect(await answer.locator(".markdown").textContent()).not.toContain("*");
  });

  test("can do nothing: no script, no address but of pages, nothing fetched", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    place.answer("Attack", () => [
      "<script>document.title = 'taken'</script>\n\n",
      "<img src=x onerror=\"document.title='taken'\">\n\n",
      "[click](javascript:document.title='taken') ![seen](http://127.0.0.1:1/pixel.png)\n\n",
      "<style>body { display: none }</style> <iframe src='http://127.0.0.1:1/'></iframe>",
    ]);
    await ask(page, "Attack");
    const answer = answers(page);
    const text = (await answer.textContent()) ?? "";
    expect(text).toContain("<script>document.title = 'taken'</script>");
    expect(await answer.locator("script, img, style, iframe").count()).toBe(0);
    const addresses = await answer
      .locator("a")
      .evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    expect(addresses.filter((address) => !/^https?:/.test(address ?? ""))).toEqual([]);
    expect(await page.title()).toBe("Attack · turnkeep");
    // Nor would the page's policy let it.
    const refused = await page.evaluate(async () => {
      const violation = new Promise<string>((resolve) => {
        document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) =>
          resolve(effectiveDirective),
        );
      });
      const script = document.createElement("script");
      script.textContent = "document.title = 'taken'";
      document.body.append(script);
      return await violation;
    });
    expect(refused).toBe("script-src-elem");
    expect(await page.title()).toBe("Attack · turnkeep");
    expect(visitor.problems.splice(0)).toEqual([expect.stringContaining("script-src 'self'")]);
  });

  test("is copied as the Markdown that it is", async () => {
    await using visitor = await place.visit({
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const { page } = visitor;
    const text = "**注意：**以上\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n";
    place.answer("Copy me", () => [text]);
    await ask(page, "Copy me");
    await button(page, "Copy the answer").click();
    await button(page, "Copied").waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text);
    await button(page, "Copy the message").click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe("Copy me");
  });
});
