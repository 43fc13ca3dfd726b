import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { errorStatuses } from "turnkeep";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The text of every test, and of the contracts that the tests of others are made of. */
async function testTexts(): Promise<string[]> {
  const texts = ["test", "src/testing"].map(async (folder) => {
    const paths = await readdir(join(root, folder), { recursive: true });
    const sources = paths.filter(
      (path) =>
        path.endsWith(".ts") && !path.startsWith("fixtures") && basename(path) !== "errors.test.ts",
    );
    return Promise.all(sources.map((path) => readFile(join(root, folder, path), "utf8")));
  });
  return (await Promise.all(texts)).flat();
}

test("every error code is asserted by a test", async () => {
  // An error that a test throws itself shows nothing.
  const texts = (await testTexts()).map((text) =>
    text.replaceAll(/new TurnkeepError\(\s*"\w+"/g, ""),
  );
  const missing = Object.keys(errorStatuses).filter(
    (code) => !texts.some((text) => new RegExp(`["^]${code}\\b`).test(text)),
  );
  expect(missing).toEqual([]);
});
