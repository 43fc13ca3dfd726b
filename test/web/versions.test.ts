import { DatabaseSync } from "node:sqlite";
import type { Locator, Page } from "playwright-core";
import { defineComponent, Message, UserSession } from "turnkeep";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPlace, type Place } from "./place.ts";
import { answers, ask, button, note, questions, send, whole } from "./steps.ts";

const versions = (page: Page): Locator => page.getByRole("group", { name: /^Version/ });

async function shows(page: Page, texts: readonly string[]): Promise<void> {
  await expect
    .poll(async () => (await answers(page).locator(".markdown").allTextContents()).map(trim), {
      timeout: 30_000,
    })
    .toEqual(texts);
  await whole(page);
}

const trim = (text: string): string => text.trim();

/** Edits a message that was sent. */
async function edit(page: Page, from: string, to: string): Promise<void> {
  await button(questions(page).filter({ hasText: from }), "Edit the message").click();
  const field = page.getByRole("textbox", { name: "Edit the message" });
  await field.fill(to);
  await field.press("Enter");
}

/** Rows of the database's own, as any client reads them. */
function rowsOf(place: Place, sql: string): unknown[] {
  const database = new DatabaseSync(place.database, { readOnly: true });
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => Object.assign({}, row));
  } finally {
    database.close();
  }
}

describe("versions", () => {
  const failing = new Set(["Fail"]);
  let place: Place;
  beforeAll(async () => {
    const times = new Map<string, number>();
    place = await openPlace({
      // It answers with the questions that its history has, and how often it was asked.
      component: defineComponent<string>({
        async *run(message) {
          const session = new UserSession();
          const time = (times.get(message.content) ?? 0) + 1;
          times.set(message.content, time);
          const history = await session.getHistory("query", { limit: 10 });
          const told = [...history.map(({ content }) => content), message.content].join(", ");
          if (failing.has(message.content)) throw new Error("out of paper");
          yield `${told}: ${time}`;
          await session.append({ query: message, answer: new Message(`${told}: ${time}`) });
        },
      }),
    });
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("of an answer are made, gone through, and stay over a reload; the history follows", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await ask(page, "One");
    await ask(page, "Two");
    expect(await versions(page).count()).toBe(0);
    await button(answers(page).last(), "Answer again").click();
    await shows(page, ["One: 1", "One, Two: 2"]);
    await versions(page).getByText("2/2").waitFor();
    await page.reload();
    await shows(page, ["One: 1", "One, Two: 2"]);
    await versions(page).getByText("2/2").waitFor();
    await button(versions(page), "Previous version").click();
    await shows(page, ["One: 1", "One, Two: 1"]);
    await versions(page).getByText("1/2").waitFor();
    await ask(page, "Three");
    await button(versions(page), "Next version").click();
    await shows(page, ["One: 1", "One, Two: 2"]);
    await page.reload();
    await shows(page, ["One: 1", "One, Two: 2"]);
    await button(versions(page), "Previous version").click();
    await shows(page, ["One: 1", "One, Two: 1", "One, Two, Three: 1"]);
    const [session] = new URL(page.url()).searchParams.values();
    const shown = rowsOf(
      place,
      `SELECT json_extract(message_value, '$.content') AS content FROM appbuilder_session_messages
        WHERE session_id = '${session}' AND message_key = 'answer' AND deleted = 0
        ORDER BY updated_at`,
    );
    expect(shown).toEqual([
      { content: "One: 1" },
      { content: "One, Two: 1" },
      { content: "One, Two, Three: 1" },
    ]);
  });

  test("that wait while the server is away stand in the message's place, also over a reload", async () => {
    await using visitor = await place.visit({ expected: /net::ERR/ });
    const { context, page } = visitor;
    await ask(page, "Kept");
    await ask(page, "Old");
    await context.route(/\/api\/chat$/, (route) => route.abort());
    await edit(page, "Old", "New");
    for (const time of ["now", "after a reload"]) {
      if (time === "after a reload") await page.reload();
      await note(page, "The server cannot be reached.").waitFor();
      expect(await questions(page).allInnerTexts()).toEqual([
        expect.stringContaining("Kept"),
        expect.stringContaining("New"),
      ]);
      expect(await answers(page).count()).toBe(2);
    }
    await context.unroute(/\/api\/chat$/);
    await shows(page, ["Kept: 1", "Kept, New: 1"]);
    expect(await questions(page).count()).toBe(2);
    expect(await versions(page).innerText()).toContain("2/2");
  });

  test("of a message are made by editing it, and what followed goes with the one before", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    for (const text of ["First", "Second", "Third"]) await ask(page, text);
    await edit(page, "Second", "Another");
    await shows(page, ["First: 1", "First, Another: 1"]);
    expect(await questions(page).count()).toBe(2);
    await ask(page, "Fourth");
    await shows(page, ["First: 1", "First, Another: 1", "First, Another, Fourth: 1"]);
    await page.reload();
    await shows(page, ["First: 1", "First, Another: 1", "First, Another, Fourth: 1"]);
    await button(versions(page), "Previous version").click();
    await shows(page, ["First: 1", "First, Second: 1", "First, Second, Third: 1"]);
    expect(await questions(page).filter({ hasText: "Second" }).count()).toBe(1);
  });

  test("that another tab makes and chooses are shown where their session is open", async () => {
    await using visitor = await place.visit();
    const { context, page } = visitor;
    await ask(page, "Alone");
    const second = await context.newPage();
    await second.goto(page.url());
    await shows(second, ["Alone: 1"]);
    await button(answers(second), "Answer again").click();
    await shows(second, ["Alone: 2"]);
    await shows(page, ["Alone: 2"]);
    await versions(page).getByText("2/2").waitFor();
  });

  test("that fail leave the one before chosen, and can be asked for again", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await ask(page, "Sound");
    await edit(page, "Sound", "Fail");
    await answers(page).getByText("The answer failed").waitFor();
    failing.clear();
    await button(answers(page), "Try again").click();
    // One that says nothing was begun three times.
    await shows(page, ["Fail: 4"]);
    await versions(page).getByText("3/3").waitFor();
    failing.add("Fail");
    await edit(page, "Fail", "Fail");
    await answers(page).getByText("The answer failed").waitFor();
    await page.reload();
    await shows(page, ["Fail: 4"]);
    await versions(page).getByText("3/4").waitFor();
  });
});

test("what one thinks of an answer is kept, with a comment, where SQL finds it", async () => {
  await using place = await openPlace();
  await using visitor = await place.visit();
  const { page } = visitor;
  const stored = () =>
    rowsOf(place, "SELECT feedback, feedback_comment AS comment FROM appbuilder_session_turns");
  await ask(page, "Judge me");
  await button(page, "Good answer").click();
  await expect.poll(stored).toEqual([{ feedback: "up", comment: null }]);
  await page.reload();
  await whole(page);
  expect(await button(page, "Good answer").getAttribute("aria-pressed")).toBe("true");
  await button(page, "Bad answer").click();
  await expect.poll(stored).toEqual([{ feedback: "down", comment: null }]);
  const comment = page.getByRole("textbox", { name: /^What could be better/ });
  await comment.fill("再长一点");
  await comment.press("Enter");
  await expect.poll(stored).toEqual([{ feedback: "down", comment: "再长一点" }]);
  await page.reload();
  await whole(page);
  await button(page, "Bad answer").click();
  await expect.poll(stored).toEqual([{ feedback: null, comment: null }]);
  await send(page, "And more");
  await whole(page);
});
