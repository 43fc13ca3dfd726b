import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPlace, type Place } from "./place.ts";
import {
  answers,
  ask,
  button,
  holds,
  messageField,
  note,
  questions,
  send,
  whole,
} from "./steps.ts";

describe("an answer", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("is shown while it is told, and the message was cleared", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    const source = place.source("How large is Haidian?");
    await send(page, "How large is Haidian?");
    expect(await questions(page).textContent()).toContain("How large is Haidian?");
    await holds(page, "");
    await page.getByText("Thinking…").waitFor();
    source.give("Haidian has ");
    await page.getByText("Haidian has", { exact: true }).waitFor();
    expect(await answers(page).getAttribute("aria-busy")).toBe("true");
    source.give("430.77 km².");
    source.end();
    await page.getByText("Haidian has 430.77 km².").waitFor();
    await whole(page);
    await button(page, "Send").waitFor();
  });

  test("goes on after a reload, and in a second tab", async () => {
    await using visitor = await place.visit();
    const { context, page } = visitor;
    const source = place.source("A long answer");
    await send(page, "A long answer");
    source.give("One, ");
    await page.getByText("One,").waitFor();
    await page.reload();
    await page.getByText("One,").waitFor();
    source.give("two, ");
    await page.getByText("One, two,").waitFor();
    const second = await context.newPage();
    await second.goto(page.url());
    await second.getByText("One, two,").waitFor();
    source.give("three.");
    source.end();
    for (const tab of [page, second]) {
      await tab.getByText("One, two, three.").waitFor();
      await whole(tab);
      expect(await answers(tab).count()).toBe(1);
      expect(await questions(tab).count()).toBe(1);
    }
  });

  test("that another tab asks for is shown where its session is open", async () => {
    await using visitor = await place.visit();
    const { context, page } = visitor;
    await ask(page, "First");
    const second = await context.newPage();
    await second.goto(page.url());
    await second.getByText("You said: First").waitFor();
    const source = place.source("From the other tab");
    await send(second, "From the other tab");
    source.give("To both");
    await page.getByText("To both").waitFor();
    source.end();
    await Promise.all([whole(page), whole(second)]);
    expect(await answers(page).count()).toBe(2);
  });

  test("goes on when the connection was lost", async () => {
    await using visitor = await place.visit({ expected: /ERR_INTERNET_DISCONNECTED|net::ERR/ });
    const { context, page } = visitor;
    const source = place.source("On the train");
    await send(page, "On the train");
    source.give("Before the tunnel, ");
    await page.getByText("Before the tunnel,").waitFor();
    await context.setOffline(true);
    place.proxy.cut();
    await note(page, "The connection broke.").waitFor();
    source.give("in it, ");
    source.give("after it.");
    source.end();
    await context.setOffline(false);
    await page.getByText("Before the tunnel, in it, after it.").waitFor();
    await whole(page);
    expect(await note(page, "The connection broke.").isVisible()).toBe(false);
    expect(place.timesAsked("On the train")).toBe(1);
  });

  test("can be stopped, with the key Esc too: the text stays, the component ends", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    for (const [question, stop] of [
      ["By the button", () => button(page, "Stop answering").click()],
      ["By the key", () => messageField(page).press("Escape")],
    ] as const) {
      const ended = Promise.withResolvers<boolean>();
      place.answer(question, async function* (_message, { signal }) {
        yield `${question}: some text`;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        ended.resolve(signal.aborted);
      });
      await send(page, question);
      await page.getByText(`${question}: some text`).waitFor();
      await stop();
      expect(await ended.promise).toBe(true);
      await whole(page);
      expect(await answers(page).last().textContent()).toContain("Stopped.");
    }
    await page.reload();
    await whole(page);
    expect(await answers(page).allTextContents()).toEqual([
      expect.stringContaining("By the button: some text"),
      expect.stringContaining("By the key: some text"),
    ]);
  });

  test("lets its reader scroll away while it is told quickly, and back to its end", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    const enough = new AbortController();
    place.answer("Quickly", async function* quickly() {
      for (let number = 0; !enough.signal.aborted && number < 5_000; number += 1) {
        yield `Line ${number}.\n\n`;
        await sleep(4);
      }
    });
    await send(page, "Quickly");
    await answers(page).getByText("Line 60.").waitFor();
    const area = page.locator(".conversation");
    const away = (): Promise<number> =>
      area.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
    expect(await away()).toBeLessThan(100);
    await area.hover();
    await page.mouse.wheel(0, -120);
    await button(page, "Scroll to the newest message").waitFor();
    const top = await area.evaluate((element) => element.scrollTop);
    await answers(page).getByText("Line 200.").waitFor({ state: "attached" });
    expect(await area.evaluate((element) => element.scrollTop)).toBe(top);
    await button(page, "Scroll to the newest message").click();
    await expect.poll(away).toBeLessThan(100);
    enough.abort();
    await whole(page);
    expect(await away()).toBeLessThan(2);
  });

  test("that fails keeps its part, and says why", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    place.answer("Fail", async function* () {
      yield "The beginning of ";
      throw new Error("out of paper");
    });
    await ask(page, "Fail");
    const answer = answers(page).last();
    for (const _ of ["now", "after a reload"]) {
      expect(await answer.textContent()).toContain("The beginning of");
      expect(await answer.textContent()).toContain("The answer failed");
      expect(await answer.textContent()).toContain("the component failed");
      expect(await answer.textContent()).not.toContain("paper");
      await page.reload();
      await whole(page);
    }
  });
});

describe("a message", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace({ bodyLimit: 5_000 });
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("that is not sent yet outlives a reload", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await messageField(page).fill("Half a th");
    await page.reload();
    await holds(page, "Half a th");
    await ask(page, "Half a thought");
    await messageField(page).fill("In this session alone");
    await page.goto(`${place.url}/`);
    await holds(page, "");
    await page.goBack();
    await holds(page, "In this session alone");
  });

  test("waits while the server is away, also over a reload, and is sent once", async () => {
    await using visitor = await place.visit({ expected: /net::ERR/ });
    const { context, page } = visitor;
    await ask(page, "Are you there?");
    await context.route(/\/api\/chat$/, (route) => route.abort());
    await send(page, "Still there?");
    await note(page, "The server cannot be reached.").waitFor();
    await page.reload();
    await note(page, "The server cannot be reached.").waitFor();
    expect(await questions(page).last().textContent()).toContain("Still there?");
    await context.unroute(/\/api\/chat$/);
    await page.getByText("You said: Still there?").waitFor();
    await whole(page);
    expect(place.timesAsked("Still there?")).toBe(1);
    expect(await questions(page).count()).toBe(2);
    await page.reload();
    await whole(page);
    expect(place.timesAsked("Still there?")).toBe(1);
  });

  test("that began a session waits, too, and can be taken back", async () => {
    await using visitor = await place.visit({ expected: /net::ERR|404/ });
    const { context, page } = visitor;
    await context.route(/\/api\/chat$/, (route) => route.abort());
    await send(page, "Nobody hears this");
    await note(page, "The server cannot be reached.").waitFor();
    await page.reload();
    await note(page, "The server cannot be reached.").waitFor();
    await button(page, "Cancel").click();
    await holds(page, "Nobody hears this");
    expect(await questions(page).count()).toBe(0);
    expect(place.timesAsked("Nobody hears this")).toBe(0);
  });

  test("that the server refuses is not lost", async () => {
    await using visitor = await place.visit({ expected: /413/ });
    const { page } = visitor;
    await ask(page, "Short");
    await send(page, "long ".repeat(1_000));
    await page.getByText("The message was not sent").waitFor();
    expect(await answers(page).last().textContent()).toContain("larger than 5000 bytes");
    await button(page, "Back to writing").click();
    await holds(page, "long ".repeat(1_000).trim());
    await expect.poll(() => questions(page).count()).toBe(1);
    await ask(page, "Short again");
    expect(await answers(page).last().textContent()).toContain("You said: Short again");
  });
});
