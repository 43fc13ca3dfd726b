import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPlace, type Place } from "./place.ts";
import { answers, button, holds, messageField, questions, send, whole } from "./steps.ts";

describe("writing a message", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("Enter sends, Shift and Enter start a new line, nothing is not sent", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    expect(await button(page, "Send").isDisabled()).toBe(true);
    await messageField(page).press("Enter");
    await messageField(page).fill("   ");
    await messageField(page).press("Enter");
    expect(await questions(page).count()).toBe(0);
    await messageField(page).fill("");
    await messageField(page).pressSequentially("one");
    await messageField(page).press("Shift+Enter");
    await messageField(page).pressSequentially("two");
    await messageField(page).press("Enter");
    await page.getByText(/^You said: one\s*two$/).waitFor();
    expect(place.messages.at(-1)?.content).toBe("one\ntwo");
  });

  test("Enter while an input method composes ends the word, and does not send", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await messageField(page).focus();
    const keyboard = await visitor.context.newCDPSession(page);
    await keyboard.send("Input.imeSetComposition", {
      text: "haidian",
      selectionStart: 7,
      selectionEnd: 7,
    });
    // What browsers send for the Enter that ends a word of an input method.
    const ofInputMethod = { key: "Process", code: "Enter", windowsVirtualKeyCode: 229 } as const;
    await keyboard.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...ofInputMethod });
    await messageField(page).evaluate((field) => {
      const init = { key: "Enter", bubbles: true, cancelable: true };
      field.dispatchEvent(new KeyboardEvent("keydown", { ...init, isComposing: true }));
      field.dispatchEvent(new KeyboardEvent("keydown", { ...init, keyCode: 229 }));
    });
    await keyboard.send("Input.insertText", { text: "海淀" });
    await holds(page, "海淀");
    expect(await questions(page).count()).toBe(0);
    await messageField(page).press("Enter");
    await page.getByText("You said: 海淀").waitFor();
    expect(await questions(page).count()).toBe(1);
  });

  test("what is written during an answer waits until it has ended", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    const source = place.source("Slow");
    await send(page, "Slow");
    source.give("Still ");
    await page.getByText("Still").waitFor();
    await messageField(page).fill("Next");
    await messageField(page).press("Enter");
    await holds(page, "Next");
    expect(await questions(page).count()).toBe(1);
    source.end();
    await whole(page);
    await messageField(page).press("Enter");
    await page.getByText("You said: Next").waitFor();
    expect(await answers(page).count()).toBe(2);
  });
});
