import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPlace, type Place } from "./place.ts";
import { answers, ask, button, send, whole } from "./steps.ts";

/** A part that is folded, by what stands on it. */
const fold = (within: Locator, title: string): Locator =>
  within.locator("details").filter({ has: within.page().locator("summary", { hasText: title }) });

describe("what stands beside an answer's text", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("is folded where it was told, opens at a click, and is there after a reload", async () => {
    place.answer("everything", function* everything() {
      yield { type: "reasoning", text: "The area is\nin the register." };
      yield { type: "tool", id: "1", name: "register", input: { district: "海淀区" } };
      yield { type: "tool", id: "1", output: { area: 431 } };
      yield { type: "tool", id: "2", name: "map", input: "Haidian" };
      yield { type: "tool", id: "2", error: "The map is away." };
      yield "The area is 431 km²";
      yield { type: "source", url: "https://example.com/haidian", title: "Haidian" };
      yield ".";
      yield { type: "source", mediaType: "application/pdf", filename: "register.pdf" };
      yield { type: "source", url: "javascript:alert(1)", title: "Not an address" };
      yield { type: "data", name: "chart", data: { rows: [431] } };
      yield {
        type: "file",
        mediaType: "text/csv",
        url: "data:text/csv;base64,YQ==",
        filename: "a.csv",
      };
      yield { type: "file", mediaType: "text/plain", url: "data:text/plain;base64,YQ==" };
    });
    await using visitor = await place.visit();
    const { page } = visitor;
    await ask(page, "everything");
    for (const time of ["at once", "after a reload"]) {
      if (time === "after a reload") await page.reload();
      const answer = answers(page);
      await answer.getByText("The area is 431 km².").waitFor();
      const titles = await answer.locator("summary").allInnerTexts();
      expect(titles.map((title) => title.trim())).toEqual([
        "Reasoning",
        "Used register",
        "map failed",
        "Data: chart",
        "3 sources",
      ]);
      expect(await answer.locator("details[open]").count()).toBe(0);
      await fold(answer, "Reasoning").locator("summary").click();
      expect(await answer.locator(".reasoning-text").innerText()).toBe(
        "The area is\nin the register.",
      );
      const register = fold(answer, "Used register");
      await register.locator("summary").click();
      expect(await register.locator("pre").allInnerTexts()).toEqual([
        '{\n  "district": "海淀区"\n}',
        '{\n  "area": 431\n}',
      ]);
      await fold(answer, "map failed").locator("summary").click();
      expect(await fold(answer, "map failed").locator("pre").allInnerTexts()).toEqual([
        "Haidian",
        "The map is away.",
      ]);
      const sources = fold(answer, "3 sources");
      await sources.locator("summary").click();
      expect(await sources.getByRole("listitem").allInnerTexts()).toEqual([
        "Haidian",
        "register.pdf",
        "Not an address",
      ]);
      const links = await sources.getByRole("link").all();
      expect(await Promise.all(links.map((link) => link.getAttribute("href")))).toEqual([
        "https://example.com/haidian",
      ]);
      const files = answer.locator("a.file");
      expect(await files.allInnerTexts()).toEqual(["a.csv", "File (text/plain)"]);
      expect(await files.first().getAttribute("href")).toBe("data:text/csv;base64,YQ==");
      expect(await files.first().getAttribute("download")).toBe("a.csv");
    }
  });

  test("stays where it is when it is opened at the end of a long page, and leads back there", async () => {
    const paragraphs = (name: string) =>
      Array.from({ length: 30 }, (_, index) => `${name} ${index}.\n\n`).join("");
    place.answer("long", function* long() {
      yield paragraphs("Before");
      yield { type: "reasoning", text: "A thought.\n".repeat(40) };
      yield "The end.";
    });
    await using visitor = await place.visit();
    const { page } = visitor;
    await ask(page, "long");
    const summary = fold(answers(page), "Reasoning").locator("summary");
    await expect
      .poll(() => summary.boundingBox().then((box) => box !== null && box.y < 800))
      .toBe(true);
    const before = await summary.boundingBox();
    await summary.click();
    await button(page, "Scroll to the newest message").waitFor();
    expect(await summary.boundingBox()).toEqual(before);
    await button(page, "Scroll to the newest message").click();
    await answers(page).getByText("The end.").click();
    expect(await button(page, "Scroll to the newest message").count()).toBe(0);
  });

  test("shows what goes on, while it goes on", async () => {
    const source = place.source("slowly");
    await using visitor = await place.visit();
    const { page } = visitor;
    await send(page, "slowly");
    source.give({ type: "reasoning", text: "Let me " });
    const answer = answers(page);
    await answer.getByText("Thinking it through…").click();
    await expect.poll(() => answer.locator(".reasoning-text").innerText()).toBe("Let me ");
    source.give({ type: "reasoning", text: "see." });
    await expect.poll(() => answer.locator(".reasoning-text").innerText()).toBe("Let me see.");
    source.give({ type: "tool", id: "1", name: "search", input: 1 });
    await answer.getByText("Using search…").waitFor();
    await expect.poll(() => answer.locator("summary").first().innerText()).toBe("Reasoning");
    expect(await answer.locator("details[open]").count()).toBe(1);
    source.give({ type: "tool", id: "1", output: 2 });
    await answer.getByText("Used search").waitFor();
    await page.reload();
    await answer.getByText("Used search").waitFor();
    source.give("Done.");
    source.end();
    await answer.getByText("Done.").waitFor();
    await whole(page);
    expect(await answer.locator("summary").allInnerTexts()).toEqual(["Reasoning", "Used search"]);
  });
});
