import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPlace, type Place } from "./place.ts";
import { answers, button, messageField, notes, picture, questions, send, whole } from "./steps.ts";

const file = (name: string, bytes: number, mimeType = "text/plain") => ({
  name,
  mimeType,
  buffer: Buffer.alloc(bytes, "x"),
});

const attached = (page: Page) =>
  page.getByRole("list", { name: "Attached files" }).getByRole("listitem");
const names = async (page: Page): Promise<string[]> => {
  const all = await attached(page).allInnerTexts();
  return all.map((text) => text.split("\n")[0] ?? "");
};

async function pick(page: Page, ...files: ReturnType<typeof file>[]): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await button(page, "Attach files").click();
  await (await chooser).setFiles(files);
}

/** Brings files to an element as a drop or a paste does. */
function bring(
  page: Page,
  selector: string,
  event: "drop" | "paste",
  { name, mimeType, buffer }: typeof picture,
): Promise<void> {
  const given = { selector, event, name, mimeType, text: buffer.toString("base64") };
  return page.evaluate(({ selector: to, event: type, name: called, mimeType: kind, text }) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.codePointAt(0) ?? 0);
    const data = new DataTransfer();
    data.items.add(new File([bytes], called, { type: kind }));
    const target = document.querySelector(to);
    if (type === "paste") {
      target?.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }),
      );
      return;
    }
    for (const step of ["dragenter", "dragover", "drop"]) {
      target?.dispatchEvent(
        new DragEvent(step, { dataTransfer: data, bubbles: true, cancelable: true }),
      );
    }
  }, given);
}

describe("attachments", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace({
      page: { attachments: { maxBytes: 1000, maxCount: 3, accept: "image/*, .txt" } },
    });
    place.answer("read", function* read({ parts }) {
      for (const part of parts) {
        if (part.type === "file") yield `- ${part.filename}: ${part.mediaType}\n`;
      }
    });
    place.answer("", function* read({ parts }) {
      yield `${parts.length} files without a word`;
    });
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("are picked, dropped and pasted, taken away again, and reach the component", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await pick(page, notes);
    await bring(page, "main", "drop", picture);
    await bring(page, "#message", "paste", { ...picture, name: "pasted.png" });
    await expect.poll(() => names(page)).toEqual(["笔记.txt", "map.png", "pasted.png"]);
    await button(page, "Remove pasted.png").click();
    await expect.poll(() => names(page)).toEqual(["笔记.txt", "map.png"]);
    await send(page, "read");
    await expect
      .poll(() => answers(page).getByRole("listitem").allInnerTexts())
      .toEqual(["笔记.txt: text/plain", "map.png: image/png"]);
    expect(await attached(page).count()).toBe(0);
    const given = place.messages.at(-1)?.parts;
    expect(given?.map((part) => part.type === "file" && part.url)).toEqual([
      `data:text/plain;base64,${notes.buffer.toString("base64")}`,
      `data:image/png;base64,${picture.buffer.toString("base64")}`,
    ]);
    await whole(page);
    await page.reload();
    const shown = questions(page).getByRole("img", { name: "Image: map.png" });
    await expect
      .poll(() => shown.evaluate((image) => (image as HTMLImageElement).naturalWidth))
      .toBe(1);
    const link = questions(page).getByRole("link", { name: "笔记.txt" });
    expect(await link.getAttribute("download")).toBe("笔记.txt");
  });

  test("can be sent without a word, and outlive a reload before that", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    await pick(page, notes);
    await expect.poll(() => names(page)).toEqual(["笔记.txt"]);
    await page.reload();
    await expect.poll(() => names(page), { timeout: 30_000 }).toEqual(["笔记.txt"]);
    await button(page, "Send").click();
    await answers(page).getByText("1 files without a word").waitFor();
    await whole(page);
  });

  test("beyond the limits are refused before they are sent, and why is said", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    expect(await button(page, "Attach files").getAttribute("title")).toMatch(
      /Up to 3 files, 1,?000 B together|Up to 3 files/,
    );
    await pick(page, file("large.txt", 1001));
    await page.getByText("large.txt is too large: all files together may have").waitFor();
    await pick(page, file("half.txt", 600));
    await pick(page, file("other.txt", 600));
    await page.getByText("other.txt is too large").waitFor();
    await bring(page, "main", "drop", file("program.exe", 1, "application/x-msdownload"));
    await page.getByText("Files such as program.exe are not taken here.").waitFor();
    await pick(page, file("a.txt", 1), file("b.txt", 1), file("c.txt", 1));
    await page.getByText("No more than 3 files at a time.").waitFor();
    await expect.poll(() => names(page)).toEqual(["half.txt", "a.txt", "b.txt"]);
  });

  test("are not there where the page takes none", async () => {
    await using without = await openPlace({ page: { attachments: { maxCount: 0 } } });
    await using visitor = await without.visit();
    const { page } = visitor;
    await messageField(page).waitFor();
    expect(await button(page, "Attach files").count()).toBe(0);
    await bring(page, "#message", "paste", picture);
    expect(await attached(page).count()).toBe(0);
  });
});
