import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectFile } from "../helpers/turnkeep-process.ts";
import { openPlace, type Place, type Visitor } from "./place.ts";
import { answers, messageField, send, whole } from "./steps.ts";

const kilobyte = 1_000;
const folder = projectFile("dist/web");

/** The sizes of files of the built page as they are sent, in bytes. */
function sizeOf(names: readonly string[]): number {
  return names
    .map((name) => gzipSync(readFileSync(`${folder}/assets/${name}`), { level: 9 }).length)
    .reduce((sum, size) => sum + size, 0);
}

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

describe("the page's budget", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("sizes", () => {
    const index = readFileSync(`${folder}/index.html`, "utf8");
    const all = readdirSync(`${folder}/assets`);
    const first = all.filter((name) => index.includes(`assets/${name}`));
    const ofMath = (name: string): boolean => name.startsWith("typeset-");
    const ending =
      (end: string) =>
      (name: string): boolean =>
        name.endsWith(end);
    const sizes = {
      "first JS": sizeOf(first.filter(ending(".js"))),
      "all JS but that of formulas": sizeOf(
        all.filter(ending(".js")).filter((name) => !ofMath(name)),
      ),
      "first CSS": sizeOf(first.filter(ending(".css"))),
    };
    process.stdout.write(`page, bytes of gzip: ${JSON.stringify(sizes)}\n`);
    expect(all.some(ofMath)).toBe(true);
    expect(sizes["first JS"]).toBeLessThan(50 * kilobyte);
    expect(sizes["all JS but that of formulas"]).toBeLessThan(95 * kilobyte);
    expect(sizes["first CSS"]).toBeLessThan(6 * kilobyte);
    expect(sizes["first CSS"]).toBeGreaterThan(kilobyte);
  });

  test("the first load", async () => {
    const loads = [];
    for (let count = 0; count < 5; count += 1) {
      await using visitor = await place.visit({ path: "?blank" });
      const { context, page } = visitor;
      await page.goto("about:blank");
      const network = await context.newCDPSession(page);
      await network.send("Network.enable");
      await network.send("Network.clearBrowserCache");
      await network.send("Performance.enable");
      let bytes = 0;
      const urls: string[] = [];
      network.on("Network.requestWillBeSent", ({ request }) => {
        if (!request.url.startsWith("data:")) urls.push(request.url);
      });
      network.on("Network.loadingFinished", ({ encodedDataLength }) => {
        bytes += encodedDataLength;
      });
      await page.goto(`${place.url}/`, { waitUntil: "networkidle" });
      await messageField(page).waitFor();
      const paint = await page.evaluate(
        () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
      );
      const { metrics } = await network.send("Performance.getMetrics");
      const script = metrics.find(({ name }) => name === "ScriptDuration")?.value ?? NaN;
      loads.push({ bytes, requests: urls.length, paint, script: script * 1_000 });
    }
    const [{ bytes, requests } = { bytes: NaN, requests: NaN }] = loads;
    const paint = middle(loads.map((load) => load.paint));
    const script = middle(loads.map((load) => load.script));
    process.stdout.write(
      `page, first load: ${bytes} bytes in ${requests} requests; first paint ${paint.toFixed(0)} ms, script ${script.toFixed(0)} ms (middle of 5)\n`,
    );
    expect(bytes).toBeLessThan(65 * kilobyte);
    expect(bytes).toBeGreaterThan(10 * kilobyte);
    expect(requests).toBeLessThanOrEqual(6);
  });

  test("the time for 15,000 characters of an answer", async () => {
    await using visitor = await place.visit();
    const { page } = visitor;
    const block =
      "海淀区位于**西北部**，面积 `430.77` 平方千米，参见 [网站](https://example.com/)。\n\n| 区 | 面积 |\n| --- | ---: |\n| 海淀 | 430.77 |\n\n```ts\nconst area = 430.77;\n```\n\n";
    const text = block.repeat(Math.ceil(15_000 / block.length));
    place.answer("At length", async function* () {
      for (let start = 0; start < text.length; start += 30) {
        yield text.slice(start, start + 30);
        await new Promise((resolve) => setTimeout(resolve, 4));
      }
    });
    await page.evaluate(() => {
      const tasks: number[] = [];
      Object.assign(globalThis, { tasks });
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) tasks.push(duration);
      }).observe({ type: "longtask", buffered: true });
    });
    const trace = await startTrace(visitor);
    await send(page, "At length");
    await answers(page).waitFor();
    await whole(page);
    const longest = Math.max(...(await trace.end()));
    const tasks = await page.evaluate(() => (globalThis as unknown as { tasks: number[] }).tasks);
    process.stdout.write(
      `page, ${text.length} characters streamed: the longest task ${longest.toFixed(0)} ms of the processor; ${tasks.length} tasks over 50 ms by the clock, up to ${Math.max(0, ...tasks).toFixed(0)} ms\n`,
    );
    const shown = (await answers(page).textContent()) ?? "";
    expect(shown.split("海淀区位于").length - 1).toBe(Math.ceil(15_000 / block.length));
    expect(longest).toBeGreaterThan(1);
    expect(longest).toBeLessThan(200);
  });
});

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Of the processor, in microseconds. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/**
 * Begins to measure the tasks of the page's main thread: in milliseconds of the processor, which
 * do not count what else the machine does.
 */
async function startTrace({
  context,
  page,
}: Visitor): Promise<{ readonly end: () => Promise<readonly number[]> }> {
  const session = await context.newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    events.push(...(value as unknown as TraceEvent[]));
  });
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel"] },
  });
  return {
    async end() {
      const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
      await session.send("Tracing.end");
      await complete;
      const threads = new Set(
        events
          .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
          .map(({ pid, tid }) => `${pid} ${tid}`),
      );
      return events
        .filter(({ name, pid, tid }) => name.endsWith("::RunTask") && threads.has(`${pid} ${tid}`))
        .map(({ tdur = 0 }) => tdur / 1_000);
    },
  };
}
