import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPlace, type Place } from "./place.ts";
import { ask, button, messageField, send, sessionLinks, whole } from "./steps.ts";

const page = {
  title: { "zh-CN": "北京问答", en: "Beijing, asked" },
  logo: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>",
  welcome: { "zh-CN": "各区都可以问。", en: "Ask about <b>any</b> district." },
  starters: {
    "zh-CN": ["海淀区的面积是多少", "那朝阳区呢"],
    en: [{ title: "Haidian", message: "How large is Haidian?" }],
  },
  colors: { accent: "#8a2be2" },
} as const;

const backgroundOf = (tab: Page): Promise<string> =>
  tab.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
const light = "rgb(255, 255, 255)";
const dark = "rgb(22, 26, 25)";

describe("the page", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace({ page });
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("has the configured title, logo, welcome, starters and colors", async () => {
    await using visitor = await place.visit();
    const { page: tab } = visitor;
    await tab.getByRole("heading", { name: "Beijing, asked", level: 2 }).waitFor();
    expect(await tab.title()).toBe("Beijing, asked");
    expect(await tab.getByText("Ask about <b>any</b> district.").count()).toBe(1);
    expect(await tab.locator("img.logo").first().getAttribute("src")).toBe(page.logo);
    await messageField(tab).fill("a");
    const look = await button(tab, "Send").evaluate((element) => {
      const { backgroundColor, color } = getComputedStyle(element);
      return [backgroundColor, color];
    });
    expect(look).toEqual(["rgb(138, 43, 226)", "rgb(255, 255, 255)"]);
    await messageField(tab).fill("");
    await tab
      .getByRole("list", { name: "Suggestions" })
      .getByText("Haidian", { exact: true })
      .click();
    await tab.getByText("You said: How large is Haidian?").waitFor();
    await whole(tab);
    expect(await tab.getByRole("article", { name: "Beijing, asked answered" }).count()).toBe(1);
  });

  test("speaks the browser's language, or the one that is chosen, at once", async () => {
    await using visitor = await place.visit({ locale: "zh-CN" });
    const { page: tab } = visitor;
    await tab.getByRole("heading", { name: "北京问答", level: 2 }).waitFor();
    expect(await tab.locator("html").getAttribute("lang")).toBe("zh-CN");
    expect(
      await tab.getByRole("list", { name: "试试这样问" }).getByRole("listitem").allTextContents(),
    ).toEqual(["海淀区的面积是多少", "那朝阳区呢"]);
    await button(tab, "那朝阳区呢").click();
    await tab.getByText("You said: 那朝阳区呢").waitFor();
    await whole(tab);
    expect(
      await tab
        .getByRole("main")
        .getByText(/[a-z]{4}/i)
        .allTextContents(),
    ).toEqual(["You said: 那朝阳区呢", "Enter 发送，Shift + Enter 换行"]);
    await button(tab, "设置").click();
    await tab.getByRole("radio", { name: "English" }).check({ force: true });
    await tab.getByRole("dialog", { name: "Settings" }).waitFor();
    await tab.keyboard.press("Escape");
    expect(await tab.locator("html").getAttribute("lang")).toBe("en");
    expect(
      await tab
        .getByRole("main")
        .getByText(/[\u4E00-\u9FFF]/)
        .allTextContents(),
    ).toEqual(["那朝阳区呢", "那朝阳区呢", "You said: 那朝阳区呢"]);
    await tab.reload();
    await button(tab, "Settings").waitFor();
  });

  test("is light or dark as the system, or as chosen, from the first frame on", async () => {
    for (const [colorScheme, system, other, chosen] of [
      ["light", light, "Dark", dark],
      ["dark", dark, "Light", light],
    ] as const) {
      await using visitor = await place.visit({ colorScheme });
      const { context, page: tab } = visitor;
      expect(await backgroundOf(tab)).toBe(system);
      await button(tab, "Settings").click();
      await tab.getByRole("radio", { name: other }).check({ force: true });
      expect(await backgroundOf(tab)).toBe(chosen);
      // Where no script of the page's own runs yet, the colors are those that were chosen.
      await context.route(/assets\/index-.*\.js$/, () => undefined);
      await tab.reload({ waitUntil: "commit" });
      await tab.locator("#page").waitFor({ state: "attached" });
      expect(await backgroundOf(tab)).toBe(chosen);
      await context.unroute(/assets\/index-.*\.js$/);
    }
  });

  test("fits a phone: a drawer, nothing beside the screen, nothing too small to touch", async () => {
    await using visitor = await place.visit({ phone: true });
    const { page: tab } = visitor;
    place.answer("Wide", () => [
      `${"A_very_long_word".repeat(20)}\n\n`,
      `| ${"column | ".repeat(12)}\n|${" --- |".repeat(12)}\n| ${"cell of a table | ".repeat(12)}\n\n`,
      `\`\`\`\n${"code ".repeat(60)}\n\`\`\``,
    ]);
    await send(tab, "Wide");
    await whole(tab);
    await expectToFit(tab);
    expect(await sessionLinks(tab).count()).toBe(0);
    await button(tab, "Show chats").tap();
    await tab.getByRole("dialog", { name: "Chats" }).waitFor();
    await expectToFit(tab);
    expect(await sessionLinks(tab).allTextContents()).toEqual(["Wide"]);
    await button(tab, "Settings").tap();
    const settings = tab.getByRole("dialog", { name: "Settings" });
    await expectToFit(tab);
    const [outer, inner] = [
      await settings.boundingBox(),
      await settings.locator("h2").boundingBox(),
    ];
    expect((inner?.x ?? 0) - (outer?.x ?? 0)).toBeGreaterThan(15);
    expect(outer?.height).toBeLessThan(500);
    await button(settings, "Close").tap();
    await tab.getByRole("dialog").getByRole("link", { name: "New chat" }).tap();
    await tab.getByRole("heading", { name: "New chat", level: 1 }).waitFor();
    await expect.poll(() => tab.getByRole("dialog").count()).toBe(0);
    await expectToFit(tab);
    await ask(tab, "And back");
    await expectToFit(tab);
  });

  for (const [name, screen] of [
    ["a phone", { phone: true }],
    ["a tablet", { viewport: { width: 820, height: 1000 } }],
  ] as const) {
    test(`takes all of the screen of ${name}, and no more, with pictures, files and stored data`, async () => {
      await using visitor = await place.visit(screen);
      const { page: tab } = visitor;
      const picture = Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="500"/>',
      );
      const files = [
        { name: "plan.svg", mimeType: "image/svg+xml", buffer: picture },
        { name: `${"long-name-".repeat(12)}.txt`, mimeType: "text/plain", buffer: picture },
      ];
      await ask(tab, "Short");
      await expectToFill(tab);
      await tab.goto(place.url);
      await ask(
        tab,
        "A title that is longer than the header of a phone, or a tablet, has room for",
      );
      await expectToFill(tab);
      await tab.locator("input[type=file]").setInputFiles(files);
      await tab.getByRole("list", { name: "Attached files" }).waitFor();
      await expectToFill(tab);
      await ask(tab, "With files");
      await tab.locator("img.picture").waitFor();
      await expectToFill(tab);
      await button(tab, "Show the stored data").click();
      await tab.getByRole("dialog", { name: "Stored data" }).getByRole("row").nth(2).waitFor();
      await expectToFill(tab);
    });
  }
});

/** The conversation is as wide as the screen, and nothing of it stands beyond. */
async function expectToFill(tab: Page): Promise<void> {
  // Not the window's: what is too wide makes that of a phone wider.
  const width = tab.viewportSize()?.width ?? 0;
  const places = await tab.evaluate(() =>
    Array.from(
      document.querySelectorAll("main, .header, .conversation, .composer, article > *, dialog"),
      (element) => {
        const { left, right } = element.getBoundingClientRect();
        const name = `${element.tagName} ${element.className}`;
        return { name, left: Math.floor(left), right: Math.ceil(right) };
      },
    ),
  );
  expect(places.filter(({ left, right }) => left < 0 || right > width)).toEqual([]);
  for (const name of ["MAIN main", "SECTION conversation"]) {
    expect(places.find((each) => each.name === name)).toEqual({ name, left: 0, right: width });
  }
  await expectToFit(tab);
}

/** Nothing scrolls sideways but what is made for it, and what is touched is 40 pixels large. */
async function expectToFit(tab: Page): Promise<void> {
  const problems = await tab.evaluate(() => {
    const found: string[] = [];
    for (const element of document.querySelectorAll("body, main, .conversation, dialog, nav")) {
      if (element.scrollWidth > element.clientWidth) found.push(`${element.className} is too wide`);
    }
    const dialog = document.querySelector("dialog[open]") ?? document;
    for (const element of dialog.querySelectorAll("button, a[href], input, textarea, summary")) {
      const isOnPage = element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
      const { width, height, bottom } = element.getBoundingClientRect();
      if (!isOnPage || bottom <= 0 || element.closest("p, td, li > .fold-body") !== null) continue;
      if (Math.round(width) < 40 || Math.round(height) < 40) {
        found.push(`${element.outerHTML.slice(0, 80)}: ${width} by ${height}`);
      }
    }
    return found;
  });
  expect(problems).toEqual([]);
}
