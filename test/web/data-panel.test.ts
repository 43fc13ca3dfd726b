import type { Page } from "playwright-core";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPlace, type Place } from "./place.ts";
import { ask, button } from "./steps.ts";

const panel = (page: Page) => page.getByRole("complementary", { name: "Stored data" });
const rows = (page: Page) => panel(page).getByRole("row");

/** What the panel's table shows, row by row. */
const shown = async (page: Page): Promise<string[][]> =>
  Promise.all(
    (await rows(page).all()).slice(1).map((row) => row.getByRole("cell").allInnerTexts()),
  );

describe("the data panel", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("shows the session's rows as the SQL beside them does, and goes with them", async () => {
    await using visitor = await place.visit({ viewport: { width: 1500, height: 900 } });
    const { page, context } = visitor;
    await ask(page, "海淀区的面积");
    await button(page, "Show the stored data").click();
    await expect.poll(() => rows(page).count()).toBe(3);
    await ask(page, "And its people?");
    await expect.poll(() => rows(page).count()).toBe(5);
    const sql = await panel(page).locator("figure pre").innerText();
    using database = new DatabaseSync(place.database, { readOnly: true });
    const stored = database.prepare(sql).all();
    const cells = await shown(page);
    expect(cells).toEqual(stored.map((row) => Object.values(row).map(String)));
    expect(cells.map((row) => row[3])).toEqual(["answer", "query", "answer", "query"]);
    expect(JSON.parse(cells[3]?.[4] ?? "")).toMatchObject({ content: "海淀区的面积" });
    expect(await panel(page).getByText("4 rows").count()).toBe(1);

    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await button(panel(page), "Copy the SQL").click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(sql);

    const [newest] = cells[0] ?? [];
    using writer = new DatabaseSync(place.database);
    writer
      .prepare("UPDATE appbuilder_session_messages SET deleted = 1 WHERE id = ?")
      .run(newest ?? "");
    await button(panel(page), "Refresh").click();
    await expect.poll(async () => (await shown(page))[0]?.at(-1)).toBe("1");
    expect(await panel(page).locator("tr.deleted").count()).toBe(1);
    await button(panel(page), "Hide the stored data").click();
    await expect.poll(() => panel(page).count()).toBe(0);
  });

  test("shows the rows of the one session alone, page by page", async () => {
    await using visitor = await place.visit({ viewport: { width: 1500, height: 900 } });
    const { page, context } = visitor;
    for (let turn = 0; turn < 60; turn += 1) {
      await context.request.post(`${place.url}/chat`, {
        data: { message: `turn ${turn}`, session_id: "many" },
      });
    }
    await page.goto(`${place.url}/?session=many`);
    await button(page, "Show the stored data").click();
    await panel(page).getByText("the first 50 rows").waitFor();
    await button(panel(page), "Show more rows").click();
    await panel(page).getByText("the first 100 rows").waitFor();
    await button(panel(page), "Show more rows").click();
    await panel(page).getByText("120 rows").waitFor();
    const cells = await shown(page);
    expect(new Set(cells.map(([id]) => id)).size).toBe(120);
    expect(new Set(cells.map((row) => row[1]))).toEqual(new Set(["many"]));

    await using stranger = await place.visit();
    const response = await stranger.context.request.get(`${place.url}/sessions/many/rows`);
    expect(response.status()).toBe(404);
  });
});
