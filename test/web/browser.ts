import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { projectFile } from "../helpers/turnkeep-process.ts";

/** Where the browser is. */
export const executablePath: string = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
/** How it is started: without what asks other hosts. */
export const flags: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the one browser that all tests of the page share, for the time of the tests. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(executablePath)) {
    throw new Error(
      `There is no ${executablePath}: install chromium, or say where it is: CHROMIUM.`,
    );
  }
  if (!existsSync(projectFile("dist/web/index.html"))) {
    throw new Error("The page is not built: npm run build:web.");
  }
  const server = await chromium.launchServer({ executablePath, args: [...flags], headless: true });
  provide("browser", server.wsEndpoint());
  return () => server.close();
}

declare module "vitest" {
  interface ProvidedContext {
    /** Where the browser of the page's tests is reached. */
    readonly browser: string;
  }
}
