import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { pathToFileURL } from "node:url";
import { Hono } from "hono";
import { ChatRuntime, type ChatRuntimeOptions, MemoryStore, type PageOptions } from "turnkeep";
import { afterEach, describe, expect, test } from "vitest";
import { readPageFiles } from "../../../src/runtime/page/page-files.ts";
import { recordingLogger } from "../../helpers/recording-logger.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { turnkeepError } from "../../helpers/turnkeep-error.ts";
import { echo } from "../../protocols/replicas.ts";

const runtimes: ChatRuntime[] = [];
const open = (options: Partial<ChatRuntimeOptions> = {}): ChatRuntime => {
  const runtime = new ChatRuntime({
    component: echo,
    userSessionConfig: new MemoryStore(),
    logger: recordingLogger(),
    ...options,
  });
  runtimes.push(runtime);
  return runtime;
};
afterEach(async () => {
  await Promise.all(runtimes.splice(0).map((runtime) => runtime.close()));
});

const get = (runtime: ChatRuntime, path: string, headers: Readonly<Record<string, string>> = {}) =>
  runtime.fetch(new Request(`http://chat.test${path}`, { headers }));
const configurationIn = (html: string): unknown =>
  JSON.parse(
    /<script type="application\/json" id="configuration">([^<]*)<\/script>/.exec(html)?.[1] ?? "",
  );

describe("the chat page", () => {
  test("is shown with its configuration, and a strict policy", async () => {
    const runtime = open();
    for (const path of ["/", "/index.html"]) {
      const response = await get(runtime, path);
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-type": "text/html; charset=utf-8",
        "cache-control": "private, no-cache",
        "content-security-policy":
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      });
      expect(configurationIn(await response.text())).toEqual({
        title: "turnkeep",
        starters: [],
        colors: {},
        language: "auto",
        attachments: { maxBytes: 10_485_760, maxCount: 10, accept: "" },
        ownsDatabase: false,
      });
    }
  });

  test("has what the options say, and nothing in it can end its script block", async () => {
    const page: PageOptions = {
      title: { "zh-CN": "</script><script>alert(1)</script>", en: "<!-- Title $& $1" },
      logo: "data:image/svg+xml,<svg/>",
      welcome: "Hello",
      starters: { "zh-CN": ["海淀区的面积是多少"], en: [{ title: "Area", message: "How large?" }] },
      colors: { accent: "#0b57d0" },
      language: "zh-CN",
      attachments: { maxBytes: 1, maxCount: 0, accept: "image/*" },
      frameAncestors: ["https://example.com", "http://localhost:3000"],
    };
    const response = await get(open({ page, userSessionConfig: "sqlite://" }), "/");
    expect(response.headers.get("content-security-policy")).toContain(
      "frame-ancestors 'self' https://example.com http://localhost:3000",
    );
    const { frameAncestors: _frameAncestors, ...shown } = page;
    const question = "海淀区的面积是多少";
    expect(configurationIn(await response.text())).toEqual({
      ...shown,
      starters: {
        "zh-CN": [{ title: question, message: question }],
        en: [{ title: "Area", message: "How large?" }],
      },
      ownsDatabase: true,
    });
  });

  test.each<[unknown, ...string[]]>([
    [{ title: "" }, "page.title must be a text of 1 to 100 characters", '""'],
    [{ title: { en: "only" } }, "page.title", "an object"],
    [{ title: 7 }, "page.title", "7"],
    [{ logo: "https://example.com/logo.png" }, "page.logo must be a data: URL", "https://ex"],
    [{ logo: "//example.com/logo.png" }, "page.logo", "//example.com"],
    [{ logo: "javascript:alert(1)" }, "page.logo", "javascript"],
    [{ welcome: "w".repeat(2001) }, "page.welcome must be a text of 1 to 2000"],
    [{ starters: Array.from({ length: 13 }, () => "q") }, "up to 12 texts", "a list of 13"],
    [{ starters: [{ title: "no message" }] }, "page.starters"],
    [{ colors: { accent: "red; background: url(x)" } }, "page.colors must be"],
    [{ language: "fr" }, "page.language must be auto, zh-CN or en", '"fr"'],
    [{ attachments: { maxBytes: -1 } }, "page.attachments must be"],
    [{ frameAncestors: ["https://a.example; script-src *"] }, "page.frameAncestors"],
    [{ frameAncestors: ["*"] }, "page.frameAncestors"],
    [{ colour: "red" }, 'The page has no option "colour": it has title, logo'],
    ["title", "The option page must be an object", '"title"'],
  ])("is not made with %j", (page, ...says) => {
    expect(() => open({ page: page as PageOptions })).toThrow(
      turnkeepError("invalid_argument", ...says),
    );
  });

  test("has assets that stay, in as small a form as the browser takes", async () => {
    const runtime = open();
    const html = await (await get(runtime, "/")).text();
    const [, script = ""] = /src="\.\/(assets\/[^"]+\.js)"/.exec(html) ?? [];
    const plain = await get(runtime, `/${script}`);
    const bytes = Buffer.from(await plain.arrayBuffer());
    expect(Object.fromEntries(plain.headers)).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
      vary: "Accept-Encoding",
    });
    expect(plain.headers.get("content-encoding")).toBe(null);
    const forms = [
      ["gzip, deflate, br", "br", brotliDecompressSync],
      ["gzip;q=1.0, br;q=0", "gzip", gunzipSync],
    ] as const;
    for (const [accepted, encoding, decompress] of forms) {
      const response = await get(runtime, `/${script}`, { "Accept-Encoding": accepted });
      expect(response.headers.get("content-encoding")).toBe(encoding);
      const compressed = Buffer.from(await response.arrayBuffer());
      expect(compressed.length).toBeLessThan(bytes.length);
      expect(decompress(compressed).equals(bytes)).toBe(true);
    }
  });

  test.each(["/assets/none.js", "/package.json", "/%2e%2e/package.json", "/other"])(
    "has nothing at %s",
    async (path) => {
      const response = await get(open(), path);
      expect([response.status, response.headers.get("content-type")]).toEqual([
        404,
        "application/json",
      ]);
    },
  );

  test("says what to do where it has not been built", async () => {
    await using folder = await temporaryFolder();
    await expect(readPageFiles(pathToFileURL(`${folder.path}/web/`))).rejects.toEqual(
      turnkeepError(
        "page_missing",
        `there is no ${folder.path}/web/index.html`,
        "npm run build:web",
      ),
    );
    await expect(readPageFiles(pathToFileURL(`${folder.path}/`))).rejects.toEqual(
      turnkeepError("page_missing"),
    );
  });

  test("works below any path of another server", async () => {
    const app = new Hono();
    app.mount("/assistant", open().fetch);
    const page = await app.request("http://chat.test/assistant/");
    const html = await page.text();
    const [, script = ""] = /src="\.\/(assets\/[^"]+\.js)"/.exec(html) ?? [];
    expect((await app.request(`http://chat.test/assistant/${script}`)).status).toBe(200);
    expect((await app.request("http://chat.test/assistant/healthz")).status).toBe(200);
  });
});
