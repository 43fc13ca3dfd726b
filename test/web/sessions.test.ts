import { readFile } from "node:fs/promises";
import type { Download, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { openPlace, type Place } from "./place.ts";
import {
  answers,
  ask,
  button,
  messageField,
  note,
  pathOf,
  questions,
  send,
  sessionLinks,
  whole,
} from "./steps.ts";

const titles = (page: Page): Promise<string[]> => sessionLinks(page).allInnerTexts();
const search = (page: Page) => page.getByRole("searchbox", { name: "Search chats" });

/** Chooses an action of the menu of a session that is listed. */
async function choose(page: Page, title: string, action: string): Promise<void> {
  const session = page.getByRole("listitem").filter({ hasText: title });
  await session.hover();
  await button(session, `Actions for “${title}”`).click();
  await page.getByRole("menuitem", { name: action }).click();
}

/** Begins a session with each of the questions. */
async function begin(page: Page, ...all: readonly string[]): Promise<void> {
  for (const question of all) {
    await page.getByRole("link", { name: "New chat" }).click();
    await ask(page, question);
  }
}

describe("sessions", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("are listed with the first message, called by it, and opened by their address", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    expect(await note(page, "Your chats will be listed here.").count()).toBe(0);
    await page.getByText("Your chats will be listed here.").waitFor();
    await begin(page, "How large is Haidian?", "海淀区的\n面积是多少");
    await expect.poll(() => titles(page)).toEqual(["海淀区的 面积是多少", "How large is Haidian?"]);
    expect(await page.getByRole("heading", { name: "Today" }).count()).toBe(1);
    const second = pathOf(page);
    await sessionLinks(page).last().click();
    await questions(page).getByText("How large is Haidian?").waitFor();
    expect(pathOf(page)).not.toBe(second);
    await page.goBack();
    await answers(page).getByText("You said: 海淀区的").waitFor();
    expect(pathOf(page)).toBe(second);
    await page.goForward();
    await answers(page).getByText("You said: How large is Haidian?").waitFor();
    await page.reload();
    await answers(page).getByText("You said: How large is Haidian?").waitFor();
    await expect.poll(() => titles(page)).toEqual(["海淀区的 面积是多少", "How large is Haidian?"]);
  });

  test("are found by their titles, as one types", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await begin(page, "Weather in BEIJING", "北京的天气", "Something else");
    await search(page).fill("beijing");
    await expect.poll(() => titles(page)).toEqual(["Weather in BEIJING"]);
    await search(page).fill("天气");
    await expect.poll(() => titles(page)).toEqual(["北京的天气"]);
    await search(page).fill("nothing is called so");
    await page.getByText("No chat is called “nothing is called so”.").waitFor();
    await search(page).fill("");
    await expect.poll(() => titles(page)).toHaveLength(3);
    await page.keyboard.press("Escape");
    await messageField(page).focus();
    await page.keyboard.press("Control+k");
    await expect
      .poll(() => search(page).evaluate((field) => field === document.activeElement))
      .toBe(true);
  });

  test("are renamed, and found by their new names", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await begin(page, "first name");
    await choose(page, "first name", "Rename");
    const dialog = page.getByRole("dialog", { name: "Rename this chat" });
    await dialog.getByRole("textbox", { name: "Name" }).fill(" 新的名字 ");
    await button(dialog, "Save").click();
    await expect.poll(() => titles(page)).toEqual(["新的名字"]);
    await page.reload();
    await expect.poll(() => titles(page)).toEqual(["新的名字"]);
    await expect.poll(() => page.title()).toContain("新的名字");
    await search(page).fill("名字");
    await expect.poll(() => titles(page)).toEqual(["新的名字"]);
    await search(page).fill("first");
    await page.getByText("No chat is called “first”.").waitFor();
  });

  test("are deleted when that is confirmed, and come back when it is undone", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await begin(page, "kept", "gone");
    const path = pathOf(page);
    await choose(page, "gone", "Delete");
    const dialog = page.getByRole("dialog", { name: "Delete this chat?" });
    await button(dialog, "Cancel").click();
    expect(await titles(page)).toEqual(["gone", "kept"]);
    await choose(page, "gone", "Delete");
    await button(dialog, "Delete").click();
    await expect.poll(() => titles(page)).toEqual(["kept"]);
    await expect.poll(() => pathOf(page)).toBe("/");
    await page.getByText("Deleted “gone”.").waitFor();
    await button(page, "Undo").click();
    await page.getByText("“gone” is back.").waitFor();
    await expect.poll(() => titles(page)).toEqual(["gone", "kept"]);
    await expect.poll(() => pathOf(page)).toBe(path);
    await answers(page).getByText("You said: gone").waitFor();

    await choose(page, "kept", "Delete");
    await button(dialog, "Delete").click();
    await expect.poll(() => titles(page)).toEqual(["gone"]);
    await page.reload();
    await expect.poll(() => titles(page)).toEqual(["gone"]);
  });

  test("have a menu that stays open while an answer is told and scrolls", async () => {
    const source = place.source("tell me more");
    await using visitor = await place.visit();
    const { page } = visitor;
    await begin(page, "before");
    await send(page, "tell me more");
    source.give("A first line.\n\n");
    const session = page.getByRole("listitem").filter({ hasText: "before" });
    await session.hover();
    await button(session, "Actions for “before”").click();
    const item = page.getByRole("menuitem", { name: "Rename" });
    await item.waitFor();
    for (let line = 0; line < 60; line += 1) source.give(`Line ${line} goes on.\n\n`);
    await answers(page).getByText("Line 59 goes on.").waitFor();
    await item.click();
    await page.getByRole("dialog", { name: "Rename this chat" }).waitFor();
    source.end();
    await whole(page);
  });

  test("that are not here are said to be so", async () => {
    await using visitor = await place.visit({ path: "?session=none", expected: /404/ });
    await visitor.page.getByRole("heading", { name: "This chat is not here" }).waitFor();
  });

  test("are read page by page as the list is scrolled", async () => {
    await using visitor = await place.visit();
    const { page, context } = visitor;
    for (let index = 0; index < 45; index += 1) {
      const response = await context.request.post(`${place.url}/chat`, {
        data: { message: `session ${index}`, session_id: `paged-${index}` },
      });
      expect(response.status()).toBe(200);
    }
    await page.reload();
    await expect.poll(async () => (await titles(page)).length).toBeGreaterThanOrEqual(30);
    await expect
      .poll(async () => {
        await sessionLinks(page).last().scrollIntoViewIfNeeded();
        return titles(page);
      })
      .toEqual(Array.from({ length: 45 }, (_, index) => `session ${44 - index}`));
  });

  test("are downloaded whole, as Markdown and as JSON", async () => {
    await using folder = await temporaryFolder();
    await using visitor = await place.visit();
    const { page } = visitor;
    await begin(page, "海淀区的面积");
    const download = async (format: string): Promise<readonly [Download, string]> => {
      const started = page.waitForEvent("download");
      await choose(page, "海淀区的面积", `Export as ${format}`);
      const file = await started;
      const path = `${folder.path}/${format}`;
      await file.saveAs(path);
      return [file, await readFile(path, "utf8")];
    };
    const [markdown, text] = await download("Markdown");
    expect(markdown.suggestedFilename()).toBe("海淀区的面积.md");
    expect(text).toMatch(/^# 海淀区的面积\n[^]*\n> 海淀区的面积\n\nYou said: 海淀区的面积\n$/);
    const [json, content] = await download("JSON");
    expect(json.suggestedFilename()).toBe("海淀区的面积.json");
    expect(JSON.parse(content)).toMatchObject({
      session: { title: "海淀区的面积", turns: 1 },
      turns: [{ number: 1, answer: { content: "You said: 海淀区的面积" } }],
    });
    await answers(page).waitFor();
  });
});
