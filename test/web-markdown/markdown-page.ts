import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { markdown } from "../../web/markdown-plugin.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".woff2": "font/woff2",
};

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

/** A tab that shows Markdown. */
export interface Tab {
  readonly page: Page;
  /** What other hosts were asked for. */
  readonly outside: readonly string[];
  /** Errors that nobody caught, and what the console said. */
  readonly complaints: readonly string[];
}

/** Markdown's part of the page, built as the page is and under its policy, in a browser. */
export interface MarkdownPage extends AsyncDisposable {
  open(options?: BrowserContextOptions): Promise<Tab>;
  /** The built files, with their sizes in bytes when they are packed. */
  readonly files: ReadonlyMap<string, number>;
}

/** Builds it, serves it and starts the browser. */
export async function openMarkdownPage(): Promise<MarkdownPage> {
  const files = await buildPage();
  const server = createServer((request, response) => {
    const name = (request.url ?? "/").slice(1) || "index.html";
    const body = files.get(name);
    response.writeHead(body === undefined ? 404 : 200, {
      "content-type": types[extname(name)] ?? "text/plain",
      "content-security-policy": policy,
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  return {
    files: new Map(
      Array.from(files, ([name, body]) => [name, gzipSync(body, { level: 9 }).length]),
    ),
    open: async (options) => {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const outside: string[] = [];
      const complaints: string[] = [];
      page.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(origin) && !url.startsWith("data:")) outside.push(url);
      });
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      await page.goto(origin);
      return { page, outside, complaints };
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function buildPage(): Promise<ReadonlyMap<string, Buffer>> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    root: fileURLToPath(new URL("page", import.meta.url)),
    base: "./",
    plugins: [markdown()],
    build: { write: false, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  });
  if (!("output" in result)) throw new Error("The build of the test page made no files.");
  return new Map(
    result.output.map((file) => [
      file.fileName,
      Buffer.from(file.type === "chunk" ? file.code : file.source),
    ]),
  );
}
