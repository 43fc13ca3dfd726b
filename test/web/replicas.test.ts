import { chromium } from "playwright-core";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { type Balancer, startBalancer } from "../helpers/balancer.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { projectFile, type ServerProcess, startServer } from "../helpers/turnkeep-process.ts";
import { visit, type Visitor } from "./place.ts";
import { answers, button, questions, send, sessionLinks, whole } from "./steps.ts";

let opened: AsyncDisposableStack;
let servers: readonly ServerProcess[];
let balancer: Balancer;
let visitor: Visitor;

beforeEach(async () => {
  opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  const start = async (): Promise<ServerProcess> =>
    opened.use(
      await startServer([`sqlite:///${folder.path}/sessions.db`], {
        cwd: projectFile("."),
        command: [
          process.execPath,
          "--conditions=turnkeep-source",
          projectFile("test/web/page-server.ts"),
        ],
      }),
    );
  servers = [await start(), await start()];
  balancer = opened.use(await startBalancer(servers.map(({ url }) => url)));
  const browser = await chromium.connect(inject("browser"));
  opened.defer(() => browser.close());
  visitor = opened.use(await visit(browser, balancer.url, {}));
});
afterEach(() => opened.disposeAsync());

const upTo = (last: number): string =>
  Array.from({ length: last }, (_, index) => String(index + 1)).join(" ");

/** What the servers' components have done. */
const done = (): string => servers.map(({ stdout }) => stdout()).join("");

test("an answer goes on over reloads and in a second tab, whichever server they reach", async () => {
  const { context, page } = visitor;
  await send(page, "Count to 60");
  await answers(page).getByText("1 2 3").waitFor();
  await page.reload();
  await answers(page).getByText("1 2 3 4 5").waitFor();
  const second = await context.newPage();
  await second.goto(page.url());
  await answers(second).getByText("1 2 3 4 5").waitFor();
  await page.reload();
  for (const tab of [page, second]) {
    await answers(tab).getByText(upTo(60), { exact: true }).waitFor();
    await whole(tab);
    expect(await answers(tab).count()).toBe(1);
    expect(await questions(tab).count()).toBe(1);
    expect(await sessionLinks(tab).allTextContents()).toEqual([
      expect.stringContaining("Count to 60"),
    ]);
  }
  expect(done().match(/began Count to 60/g)?.length).toBe(1);
  expect(Math.min(...balancer.counts)).toBeGreaterThan(2);
});

test("an answer is stopped, made again and judged, whichever server makes it", async () => {
  const { page } = visitor;
  for (const [index, question] of ["Count to 998", "Count to 999"].entries()) {
    await send(page, question);
    await answers(page).nth(index).getByText("1 2 3").waitFor();
    if (index === 1) await page.reload();
    await button(page, "Stop answering").click();
    await expect.poll(done, { timeout: 30_000 }).toContain(`stopped ${question}`);
    await whole(page);
    await answers(page).nth(index).getByText("Stopped.").waitFor();
  }
  await send(page, "Count to 3");
  await answers(page).last().getByText("1 2 3", { exact: true }).waitFor();
  await whole(page);
  await button(answers(page).last(), "Answer again").click();
  const versions = page.getByRole("group", { name: "Version 2 of 2" });
  await versions.waitFor();
  await whole(page);
  await button(answers(page).last(), "Good answer").click();
  await page.reload();
  await versions.waitFor();
  await button(versions, "Previous version").click();
  await page.getByRole("group", { name: "Version 1 of 2" }).waitFor();
  await button(page.getByRole("group", { name: "Version 1 of 2" }), "Next version").click();
  await versions.waitFor();
  const good = button(answers(page).last(), "Good answer");
  expect(await good.getAttribute("aria-pressed")).toBe("true");
});
