import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** The field for messages. */
export const messageField = (page: Page): Locator => page.locator("#message");

/** The answers that are shown. */
export const answers = (page: Page): Locator => page.getByRole("article", { name: /answered$/ });

/** The questions that are shown. */
export const questions = (page: Page): Locator => page.getByRole("article", { name: "You said" });

/** The links to the sessions that are listed. */
export const sessionLinks = (page: Page): Locator =>
  page.getByRole("navigation", { name: "Chats" }).getByRole("link");

export const button = (page: Page | Locator, name: string | RegExp): Locator =>
  page.getByRole("button", { name });

/** The note above the message field, where it says this. */
export const note = (page: Page, text: string): Locator => page.getByRole("main").getByText(text);

/** Writes a message and sends it. */
export async function send(page: Page, text: string): Promise<void> {
  await messageField(page).fill(text);
  await messageField(page).press("Enter");
}

/** Waits until the field for messages holds this text. */
export async function holds(page: Page, text: string): Promise<void> {
  await expect.poll(() => messageField(page).inputValue(), { timeout: 30_000 }).toBe(text);
}

/** Sends a message, and waits for its whole answer. */
export async function ask(page: Page, text: string): Promise<void> {
  const before = await answers(page).count();
  await send(page, text);
  await answers(page).nth(before).waitFor();
  await whole(page);
}

/** Waits until no answer is told any more. */
export async function whole(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      document.querySelector("article[aria-busy=true]") === null &&
      document.querySelector("article") !== null,
  );
}

/** The address of the page, behind its host. */
export function pathOf(page: Page): string {
  const { pathname, search } = new URL(page.url());
  return pathname + search;
}

/** Files to send along. */
export const picture = {
  name: "map.png",
  mimeType: "image/png",
  buffer: Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  ),
};
export const notes = { name: "笔记.txt", mimeType: "text/plain", buffer: Buffer.from("431 km²") };
