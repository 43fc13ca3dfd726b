import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import type { MessageSource } from "turnkeep";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPlace, type Place } from "./place.ts";
import {
  answers,
  ask,
  button,
  holds,
  messageField,
  notes,
  pathOf,
  picture,
  send,
  whole,
} from "./steps.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** All that is shown stands on the screen: axe does not tell the contrast of what is scrolled away. */
const tall = { width: 1500, height: 3000 };

/** An answer with all that can stand beside a text. */
const parts: readonly MessageSource[] = [
  { type: "reasoning", text: "The area is in the register." },
  { type: "tool", id: "1", name: "register", input: { district: "海淀区" } },
  { type: "tool", id: "1", output: { area: 431 } },
  { type: "tool", id: "2", name: "map", input: "Haidian" },
  { type: "tool", id: "2", error: "The map is away." },
  "The area is 431 km².",
  { type: "source", url: "https://example.com/haidian", title: "Haidian" },
  { type: "source", mediaType: "application/pdf", filename: "register.pdf" },
  { type: "data", name: "chart", data: { rows: [431] } },
  {
    type: "file",
    mediaType: "image/png",
    url: `data:image/png;base64,${picture.buffer.toString("base64")}`,
    filename: "map.png",
  },
  { type: "file", mediaType: "text/csv", url: "data:text/csv;base64,YQ==", filename: "a.csv" },
  { type: "file", mediaType: "text/html", url: "https://example.com/a.html" },
];

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** What axe finds wrong in the page as it is now. */
async function violationsOf(page: Page): Promise<readonly string[]> {
  // Nothing half faded in: its contrast is not what the reader sees.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter(({ effect }) => effect?.getTiming().iterations !== Infinity)
        .map(({ finished }) => finished.catch(() => undefined)),
    ),
  );
  // Evaluated by the debugger: the page's policy keeps it from loading such a script.
  const results = await page.evaluate<AxeResults>(
    `${axe};axe.run(document, { runOnly: ${JSON.stringify(rules)}, resultTypes: ["violations"] })`,
  );
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}

describe("accessibility", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace({ page: { starters: ["How large is Haidian?"] } });
  });
  afterAll(() => place[Symbol.asyncDispose]());

  for (const colorScheme of ["light", "dark"] as const) {
    test(`axe finds nothing in any state, in ${colorScheme} colors`, async () => {
      const expected = /404|net::ERR/;
      await using visitor = await place.visit({ colorScheme, viewport: tall, expected });
      const { context, page } = visitor;
      const found: Record<string, readonly string[]> = {};
      const look = async (state: string): Promise<void> => {
        found[state] = await violationsOf(page);
      };
      await messageField(page).waitFor();
      await look("new session");
      place.answer("A rich answer", () => [
        "# Heading\n\nText with `code`, **bold** and a [link](https://example.com/).\n\n",
        "| a | b |\n| --- | ---: |\n| 1 | 2 |\n\n- [x] done\n- [ ] not yet\n\n",
        "```ts\nconst area = 430.77;\n```\n\n> A quote\n\n$$a^2$$",
      ]);
      await ask(page, "A rich answer");
      await answers(page).hover();
      await look("answer");
      const source = place.source("In the midst");
      await send(page, "In the midst");
      await page.getByText("Thinking…").waitFor();
      await look("before an answer");
      source.give("Some text");
      await page.getByText("Some text").waitFor();
      await look("in an answer");
      await page.keyboard.press("Escape");
      await whole(page);
      await look("stopped answer");
      place.answer("Fail", () => {
        throw new Error("no");
      });
      await send(page, "Fail");
      await page.locator(".failure").waitFor();
      await look("failed answer");
      await button(page, "Edit the message").last().click();
      await look("edited message");
      await button(page, "Cancel").click();
      await button(page.getByRole("main"), /^Actions for/).click();
      await look("menu");
      await page.getByRole("menuitem", { name: "Rename" }).click();
      await look("rename");
      await page.keyboard.press("Escape");
      await button(page, "Settings").click();
      await look("settings");
      await page.keyboard.press("Escape");
      await context.route(/\/api\/chat$/, (route) => route.abort());
      await send(page, "Is anybody there?");
      await page.getByText("The server cannot be reached.").first().waitFor();
      await look("server away");
      await page.goto(`${place.url}/?session=${crypto.randomUUID()}`);
      await page.getByRole("alert").waitFor();
      await look("missing session");
      await page.setViewportSize({ width: 390, height: 844 });
      await button(page, "Show chats").click();
      await look("drawer");
      await button(page, "Settings").click();
      await look("settings from the drawer");
      const counts = Object.entries(found).map(([state, all]) => `${state} ${all.length}`);
      process.stdout.write(`axe, ${colorScheme}: ${counts.join(", ")}\n`);
      expect(Object.values(found).flat()).toEqual([]);
    });
  }

  for (const colorScheme of ["light", "dark"] as const) {
    test(`axe finds nothing in parts, files, versions, feedback and data, in ${colorScheme} colors`, async () => {
      await using visitor = await place.visit({ colorScheme, viewport: tall });
      const { page } = visitor;
      const found: Record<string, readonly string[]> = {};
      const look = async (state: string): Promise<void> => {
        found[state] = await violationsOf(page);
      };
      const unfold = async (): Promise<void> => {
        const closed = answers(page).locator("details:not([open]) > summary");
        while ((await closed.count()) > 0) await closed.first().click();
      };
      await button(page, "Attach files").waitFor();
      await page.locator("input[type=file]").setInputFiles([picture, notes]);
      await page.getByRole("list", { name: "Attached files" }).waitFor();
      await look("attached files");
      place.answer("With parts", () => parts);
      await ask(page, "With parts");
      await look("parts, folded");
      await unfold();
      await look("parts, open");
      const source = place.source("Going on");
      await send(page, "Going on");
      source.give({ type: "reasoning", text: "Let me see." });
      source.give({ type: "tool", id: "1", name: "map", input: { district: "海淀区" } });
      await page.getByText("Using map…").waitFor();
      await unfold();
      await look("parts that go on");
      source.end();
      await whole(page);
      await ask(page, "Of two versions");
      await button(answers(page).last(), "Answer again").click();
      await page.getByRole("group", { name: "Version 2 of 2" }).waitFor();
      await whole(page);
      await look("versions");
      await button(answers(page).last(), "Bad answer").click();
      await page.locator(".feedback-form").waitFor();
      await look("feedback form");
      await page.locator(".feedback-form textarea").fill("Too short.");
      await look("feedback written");
      await button(page.locator(".feedback-form"), "Send").click();
      await page.locator(".feedback-form").waitFor({ state: "detached" });
      await look("feedback given");
      await button(page, "Show the stored data").click();
      await page
        .getByRole("complementary", { name: "Stored data" })
        .getByRole("row")
        .nth(2)
        .waitFor();
      await look("data panel");
      await page.setViewportSize({ width: 390, height: 3000 });
      await page.getByRole("dialog", { name: "Stored data" }).getByRole("row").nth(2).waitFor();
      await look("data panel on a phone");
      const counts = Object.entries(found).map(([state, all]) => `${state} ${all.length}`);
      process.stdout.write(`axe, ${colorScheme}: ${counts.join(", ")}\n`);
      expect(Object.values(found).flat()).toEqual([]);
    });
  }

  test("everything can be done with the keyboard", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await messageField(page).waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.type("By the keyboard");
    await page.keyboard.press("Enter");
    await page.getByText("You said: By the keyboard").waitFor();
    await whole(page);
    const first = pathOf(page);

    await page.keyboard.press("Control+Shift+O");
    await page.keyboard.type("In a new one");
    await holds(page, "In a new one");
    await page.keyboard.press("Enter");
    await page.getByText("You said: In a new one").waitFor();
    expect(pathOf(page)).not.toBe(first);

    await page.keyboard.press("Control+K");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("You said: By the keyboard").waitFor();
    expect(pathOf(page)).toBe(first);
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("title");

    await button(page.getByRole("main"), /^Actions for/).focus();
    await page.keyboard.press("Enter");
    expect(await focusedText(page)).toBe("Rename");
    await page.keyboard.press("ArrowUp");
    expect(await focusedText(page)).toBe("Delete");
    await page.keyboard.press("Escape");
    expect(await page.getByRole("menu").count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.ariaLabel)).toMatch(/^Actions for/);
  });

  test("what happens is said aloud", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    const said = (): Promise<string | null> => page.locator("#announcement").textContent();
    const source = place.source("Say it");
    await send(page, "Say it");
    await expect.poll(said).toBe("The answer is being written.");
    source.give("It is said.");
    source.end();
    await whole(page);
    await expect.poll(said).toBe("The answer is complete.");
    place.answer("Fail aloud", () => {
      throw new Error("no");
    });
    await send(page, "Fail aloud");
    await expect.poll(said).toBe("The answer failed.");
    const headings = await page.getByRole("main").locator("h1, h2, h3").allTextContents();
    expect(headings).toEqual([
      "Say it",
      "You said",
      "turnkeep answered",
      "You said",
      "turnkeep answered",
    ]);
  });
});

async function focusedText(page: Page): Promise<string | null | undefined> {
  return await page.evaluate(() => document.activeElement?.textContent);
}
