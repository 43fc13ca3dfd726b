import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPlace, type Place } from "./place.ts";
import { answers, ask, button, pathOf, send, sessionLinks, whole } from "./steps.ts";

describe("the sessions", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("are listed without a login, each visitor's own, from the first message on", async () => {
    await using visitor = await place.visit();
    await using other = await place.visit();
    const { page } = visitor;
    await page.getByText("Your chats will be listed here.").waitFor();
    const source = place.source("Is this listed?");
    await send(page, "Is this listed?");
    await page.waitForFunction(() => location.search !== "");
    expect(await sessionLinks(page).allTextContents()).toEqual(["Is this listed?"]);
    expect(await sessionLinks(page).getAttribute("aria-current")).toBe("page");
    source.give("Yes.");
    source.end();
    await whole(page);
    await ask(other.page, "Somebody else's");
    for (const { page: tab } of [visitor, other]) await tab.reload();
    await sessionLinks(page).waitFor();
    expect(await sessionLinks(page).allTextContents()).toEqual(["Is this listed?"]);
    expect(await sessionLinks(other.page).allTextContents()).toEqual(["Somebody else's"]);
    const cookies = await visitor.context.cookies();
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: "Lax" }]);
  });

  test("have a URL each: back, forward and reload show what they showed", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await ask(page, "The first");
    const first = pathOf(page);
    expect(first).toMatch(/^\/\?session=[\da-f-]{36}$/);
    await page.getByRole("link", { name: "New chat" }).click();
    expect(pathOf(page)).toBe("/");
    await page.getByRole("heading", { name: "New chat", level: 1 }).waitFor();
    await ask(page, "The second");
    const second = pathOf(page);
    await sessionLinks(page).getByText("The first").click();
    await page.getByText("You said: The first").waitFor();
    expect(pathOf(page)).toBe(first);
    await page.goBack();
    await page.getByText("You said: The second").waitFor();
    expect(pathOf(page)).toBe(second);
    await page.goForward();
    await page.getByText("You said: The first").waitFor();
    await page.reload();
    await page.getByText("You said: The first").waitFor();
    await page.getByRole("heading", { name: "The first", level: 1 }).waitFor();
    expect(await page.title()).toBe("The first · turnkeep");
  });

  test("go on where they were, page by page from the newest message", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await ask(page, "Message 1");
    const sessionId = new URL(page.url()).searchParams.get("session") ?? "";
    for (let number = 2; number <= 25; number += 1) {
      const response = await page.request.post(`${place.url}/chat`, {
        data: { message: `Message ${number}`, session_id: sessionId },
      });
      expect(response.status()).toBe(200);
    }
    await page.reload();
    await page.getByText("You said: Message 25").waitFor();
    expect(await answers(page).count()).toBe(20);
    const scrolled = page.getByRole("region", { name: "Conversation" });
    const fromEnd = await scrolled.evaluate((element) => {
      return element.scrollHeight - element.scrollTop - element.clientHeight;
    });
    expect(fromEnd).toBeLessThan(2);
    await button(page, "Show earlier messages").click();
    await page.getByText("You said: Message 1", { exact: true }).waitFor();
    expect(await answers(page).count()).toBe(25);
    expect(await button(page, "Show earlier messages").count()).toBe(0);
    await ask(page, "Message 26");
    expect(await answers(page).count()).toBe(26);
  });

  test("of others, and those that are gone, are not shown", async () => {
    await using visitor = await place.visit();
    await ask(visitor.page, "Mine");
    await using other = await place.visit({ path: pathOf(visitor.page).slice(1), expected: /404/ });
    const { page } = other;
    await page.getByRole("alert").getByText("This chat is not here").waitFor();
    expect(await page.getByText("Mine").count()).toBe(0);
    await page.getByRole("alert").getByRole("link", { name: "New chat" }).click();
    await ask(page, "A new one");
    expect(pathOf(page)).not.toBe(pathOf(visitor.page));
  });

  test("stand under the days on which they were used", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await ask(page, "Asked today");
    for (const [question, days] of [
      ["Asked yesterday", 1],
      ["Asked long ago", 9],
    ] as const) {
      await page.goto(`${place.url}/`);
      await ask(page, question);
      shift(place.database, new URL(page.url()).searchParams.get("session") ?? "", days);
    }
    await page.reload();
    const navigation = page.getByRole("navigation", { name: "Chats" });
    await navigation.getByRole("link").first().waitFor();
    expect(await navigation.locator("h3, a").allTextContents()).toEqual([
      "Today",
      "Asked today",
      "Yesterday",
      "Asked yesterday",
      "Earlier",
      "Asked long ago",
    ]);
  });

  test("are found by their titles, renamed, deleted and restored", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    for (const question of ["About apples", "About pears"]) {
      await page.goto(`${place.url}/`);
      await ask(page, question);
    }
    const search = page.getByRole("searchbox", { name: "Search chats" });
    await search.fill("APPLE");
    await expect.poll(() => sessionLinks(page).allTextContents()).toEqual(["About apples"]);
    await search.fill("plums");
    await page.getByText("No chat is called “plums”.").waitFor();
    await search.fill("");
    await expect.poll(() => sessionLinks(page).count()).toBe(2);

    await button(page, "Actions for “About apples”").click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("苹果");
    await page.keyboard.press("Enter");
    await sessionLinks(page).getByText("苹果").waitFor();

    await button(
      page.getByRole("navigation", { name: "Chats" }),
      "Actions for “About pears”",
    ).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete this chat?" });
    await button(dialog, "Cancel").click();
    expect(await sessionLinks(page).count()).toBe(2);
    await button(
      page.getByRole("navigation", { name: "Chats" }),
      "Actions for “About pears”",
    ).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await button(dialog, "Delete").click();
    await page.getByText("Deleted “About pears”.").waitFor();
    expect(pathOf(page)).toBe("/");
    expect(await sessionLinks(page).allTextContents()).toEqual(["苹果"]);
    await button(page, "Undo").click();
    await page.getByText("You said: About pears").waitFor();
    await page.reload();
    await sessionLinks(page).first().waitFor();
    expect((await sessionLinks(page).allTextContents()).toSorted()).toEqual([
      "About pears",
      "苹果",
    ]);
  });

  test("come in pages", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await ask(page, "Session 0");
    for (let number = 1; number <= 40; number += 1) {
      await page.request.post(`${place.url}/chat`, { data: { message: `Session ${number}` } });
    }
    await page.reload();
    await sessionLinks(page).first().waitFor();
    expect(await sessionLinks(page).count()).toBe(30);
    await sessionLinks(page).last().scrollIntoViewIfNeeded();
    await expect.poll(() => sessionLinks(page).count()).toBe(41);
    expect(await sessionLinks(page).last().textContent()).toBe("Session 0");
  });
});

/** Puts the time of a session's last use back. */
function shift(database: string, sessionId: string, days: number): void {
  using connection = new DatabaseSync(database);
  const changed = connection
    .prepare(
      "UPDATE appbuilder_sessions SET updated_at = strftime('%Y-%m-%d %H:%M:%f000', updated_at, ?) WHERE session_id = ?",
    )
    .run(`-${days} days`, sessionId);
  expect(changed.changes).toBe(1);
}
