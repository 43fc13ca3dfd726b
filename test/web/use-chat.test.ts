import { once } from "node:events";
import { readFile, symlink } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { chromium, type Locator, type Page } from "playwright-core";
import { defineComponent, HttpRuntime, MessageStream, UserSession } from "turnkeep";
import { build } from "vite";
import { afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { readCodeBlocks } from "../docs/code-blocks.ts";
import { ControlledSource } from "../helpers/controlled-source.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { projectFile } from "../helpers/turnkeep-process.ts";
import { visit, type VisitOptions } from "./place.ts";
import { button } from "./steps.ts";

describe("the page of one's own in docs/chat-page.md, with the unmodified useChat,", () => {
  let script: string;
  let opened: AsyncDisposableStack;
  let source: (question: string) => ControlledSource;
  let open: (options?: VisitOptions) => Promise<Page>;
  let stopped: string[];

  beforeAll(async () => {
    script = await bundle();
  });

  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    stopped = [];
    const folder = opened.use(await temporaryFolder());
    const sources = new Map<string, ControlledSource>();
    source = (question) => {
      const made = new ControlledSource();
      sources.set(question, made);
      return made;
    };
    const runtime = opened.use(
      new HttpRuntime({
        component: defineComponent<string>({
          async *run(message, { signal }) {
            const session = new UserSession();
            const { content } = message;
            signal.addEventListener("abort", () => stopped.push(content));
            const history = await session.getHistory("query", { limit: 10 });
            const asked = [...history.map(({ content: before }) => before), content].join(", ");
            const answer = MessageStream.from(sources.get(content) ?? [`Asked: ${asked}`]);
            await session.append({ query: message, answer });
            yield* answer;
          },
        }),
        userSessionConfig: `sqlite:///${folder.path}/sessions.db`,
        chunkInterval: 20,
        shutdownGrace: 0,
        bodyLimit: 2_000,
        logger: recordingLogger(),
      }),
    );
    const url = opened.use(await host(runtime, script)).url;
    const browser = await chromium.connect(inject("browser"));
    opened.defer(() => browser.close());
    open = async (options = {}) => opened.use(await visit(browser, url, options)).page;
  });
  afterEach(() => opened.disposeAsync());

  test("sends, and shows the answer as it is said", async () => {
    const page = await open();
    const said = source("Hello");
    await send(page, "Hello");
    said.give("One, ");
    await shows(page, ["Hello", "One, "]);
    await expect.poll(() => button(page, "Send").isDisabled()).toBe(true);
    said.give("two.");
    said.end();
    await shows(page, ["Hello", "One, two."]);
    await send(page, "And then?");
    await shows(page, ["Hello", "One, two.", "And then?", "Asked: Hello, And then?"]);
  });

  test("goes on with an answer after a reload, and in a second tab", async () => {
    const page = await open();
    const said = source("Hello");
    await send(page, "Hello");
    said.give("One, ");
    await shows(page, ["Hello", "One, "]);
    await page.reload();
    await shows(page, ["Hello", "One, "]);
    const second = await page.context().newPage();
    await second.goto(page.url());
    await shows(second, ["Hello", "One, "]);
    said.give("two.");
    said.end();
    for (const tab of [page, second]) {
      await shows(tab, ["Hello", "One, two."]);
      await isReady(tab);
      await tab.reload();
      await shows(tab, ["Hello", "One, two."]);
      await isReady(tab);
    }
  });

  test("stops: the text stays, the component ends", async () => {
    const page = await open();
    const said = source("Hello");
    await send(page, "Hello");
    said.give("So far");
    await shows(page, ["Hello", "So far"]);
    await button(page, "Stop").click();
    await isReady(page);
    expect(stopped).toEqual(["Hello"]);
    await page.reload();
    await shows(page, ["Hello", "So far"]);
    await send(page, "More");
    await shows(page, ["Hello", "So far", "More", "Asked: Hello, More"]);
  });

  test("has an answer made again, and changes a message: the history follows", async () => {
    const page = await open();
    const first = source("One");
    first.give("Wrong");
    first.end();
    await send(page, "One");
    await shows(page, ["One", "Wrong"]);
    const again = source("One");
    again.give("Right");
    again.end();
    await button(page, "Answer again").click();
    await shows(page, ["One", "Right"]);
    await send(page, "Two");
    await shows(page, ["One", "Right", "Two", "Asked: One, Two"]);
    page.once("dialog", (dialog) => void dialog.accept("Changed"));
    await button(page, "Edit").first().click();
    await shows(page, ["Changed", "Asked: Changed"]);
    await send(page, "Three");
    const changed = ["Changed", "Asked: Changed", "Three", "Asked: Changed, Three"];
    await shows(page, changed);
    await page.reload();
    await shows(page, changed);
    // Both as the list has it, by the ids that the server gave.
    page.once("dialog", (dialog) => void dialog.accept("Last"));
    await button(page, "Edit").last().click();
    await shows(page, [...changed.slice(0, 2), "Last", "Asked: Changed, Last"]);
  });

  test("says why an answer failed, and why a message was refused, and can go on", async () => {
    const page = await open({ expected: /413/ });
    const said = source("Hello");
    said.give("A part");
    said.fail(new Error("a secret"));
    await send(page, "Hello");
    const alert = page.getByRole("alert");
    await alert.getByText("InternalServerError: the component failed.").waitFor();
    expect(await alert.innerText()).not.toContain("secret");
    await shows(page, ["Hello", "A part"]);
    await send(page, "long ".repeat(1_000));
    await alert.getByText("The body is larger than 2000 bytes").waitFor();
    await page.reload();
    await send(page, "Again");
    await expect.poll(() => texts(page).last().innerText()).toBe("Asked: Again");
    expect(await alert.count()).toBe(0);
  });
});

/** What is said on the page, question by answer. */
const texts = (page: Page): Locator => page.locator("article > p");

async function shows(page: Page, expected: readonly string[]): Promise<void> {
  await expect.poll(() => texts(page).allTextContents(), { timeout: 30_000 }).toEqual(expected);
}

async function send(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await button(page, "Send").click();
}

/** Waits until nothing is being answered, and so nothing can be stopped. */
async function isReady(page: Page): Promise<void> {
  await expect.poll(() => button(page, "Stop").isDisabled(), { timeout: 30_000 }).toBe(true);
}

/** The script of the document's page, with all that it imports. */
async function bundle(): Promise<string> {
  const page = readCodeBlocks("docs/chat-page.md").find(({ language }) => language === "tsx");
  await using folder = await temporaryFolder({ "page.tsx": page?.text ?? "" });
  await symlink(projectFile("node_modules"), `${folder.path}/node_modules`);
  await build({
    root: folder.path,
    configFile: false,
    logLevel: "error",
    build: {
      outDir: "out",
      target: "esnext",
      rolldownOptions: {
        input: `${folder.path}/page.tsx`,
        output: { entryFileNames: "page.js", codeSplitting: false },
      },
    },
  });
  return readFile(`${folder.path}/out/page.js`, "utf8");
}

/** Serves the page beside the API, at one origin. */
async function host(
  runtime: HttpRuntime,
  script: string,
): Promise<AsyncDisposable & { readonly url: string }> {
  const app = new Hono();
  const icon = '<link rel="icon" href="data:,">';
  app.get("/", (context) =>
    context.html(
      `<!doctype html><html lang="en"><title>Chat</title>${icon}<div id="root"></div><script type="module" src="page.js"></script></html>`,
    ),
  );
  app.get("/page.js", (context) =>
    context.body(script, 200, { "Content-Type": "text/javascript; charset=utf-8" }),
  );
  app.mount("/", runtime.fetch);
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}
