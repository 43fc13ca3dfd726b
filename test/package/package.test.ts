import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chatRequest, throughSocket } from "../helpers/http-client.ts";
import { projectFile, runProcess, startServer } from "../helpers/turnkeep-process.ts";
import { installPacked, type PackedPackage, plainEnvironment } from "./packed-package.ts";

const run = promisify(execFile);

const javascript = `
import { defineComponent, UserSession } from "turnkeep";
export default defineComponent({
  async *run(message) {
    const session = new UserSession();
    const earlier = await session.getHistory("query");
    await session.append({ query: message });
    yield earlier.map(({ content }) => content).concat(message.content).join(", ");
  },
});`;

const typescript = `
import { Component, type Message, Playground, type RunOptions, UserSession } from "turnkeep";
export default class Echo extends Component<string, string> {
  readonly #playground = new Playground({ model: "offline/echo" });
  override async run(message: Message<string>, { stream = false }: RunOptions = {}) {
    const answer = await this.#playground.run(message, { stream });
    await new UserSession().append({ query: message, answer });
    return answer;
  }
}`;

describe("the packed package", () => {
  let packed: PackedPackage;
  const opened = new AsyncDisposableStack();
  let bin: readonly [string];

  beforeAll(async () => {
    packed = opened.use(await installPacked());
    bin = [join(packed.project.path, "node_modules/.bin/turnkeep")];
    await packed.project.write({ "component.mjs": javascript, "component.ts": typescript });
  }, 180_000);
  afterAll(() => opened.disposeAsync());

  test("ships what a user needs, and nothing else", () => {
    const page = packed.files.filter((path) => path.startsWith("dist/web/"));
    const others = packed.files.filter(
      (path) => !page.includes(path) && !/^dist\/.*\.(js|d\.ts)$/.test(path),
    );
    expect(others).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "README.zh-CN.md",
      "package.json",
    ]);
    expect(packed.files).toContain("dist/index.d.ts");
    expect(page).toEqual(expect.arrayContaining(["dist/web/index.html", "dist/web/licenses.md"]));
    expect(page.filter((path) => !/\.(html|md|js|css|woff2)$/.test(path))).toEqual([]);
    const tests = packed.files.filter((path) => /\.test\.|databases\/.*fixture/.test(path));
    expect(tests).toEqual([]);
  });

  test("imports no TypeScript file", async () => {
    for (const path of packed.files.filter((name) => name.endsWith(".js"))) {
      const text = await readFile(join(packed.path, path), "utf8");
      const imports = text.match(/(?:\bfrom|\bimport|\bimport\()\s*["'][^"']+\.ts["']/g);
      expect({ path, imports }).toEqual({ path, imports: null });
    }
  });

  test("exports under plain Node what the source does", async () => {
    const { exports } = JSON.parse(await readFile(join(packed.path, "package.json"), "utf8")) as {
      readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
    };
    for (const [key, target] of Object.entries(exports)) {
      const specifier = `turnkeep${key.slice(1)}`;
      const found = await importPacked(specifier);
      const source = typeof target === "string" ? undefined : target["turnkeep-source"];
      const expected: Record<string, unknown> =
        source === undefined
          ? { default: true }
          : ((await import(projectFile(source))) as Record<string, unknown>);
      expect({ specifier, names: found }).toEqual({
        specifier,
        names: Object.keys(expected).toSorted(),
      });
    }
  });

  async function importPacked(specifier: string): Promise<unknown> {
    const options = specifier.endsWith(".json") ? ', { with: { type: "json" } }' : "";
    const program = `
      const module = await import("${specifier}"${options});
      console.log(JSON.stringify(Object.keys(module).sort()));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: packed.project.path,
      env: plainEnvironment(),
    });
    return JSON.parse(stdout);
  }

  test.each([
    ["postgresql://user:hunter2@127.0.0.1:9/chat", "pg"],
    ["mysql://user:hunter2@127.0.0.1:9/chat", "mariadb"],
    ["mssql://user:hunter2@127.0.0.1:9/chat", "tedious"],
  ])("says what to install for %s", async (url, name) => {
    const program = `
      import { openSqlStore } from "turnkeep";
      const { code, message } = await openSqlStore(process.argv[1]).catch((error) => error);
      console.log(JSON.stringify({ code, message }));`;
    const { stdout } = await run(
      process.execPath,
      ["--input-type=module", "--eval", program, url],
      { cwd: packed.project.path, env: plainEnvironment() },
    );
    expect(JSON.parse(stdout)).toEqual({
      code: "database_driver_missing",
      message: `The package ${name}, which speaks to this database, is not installed. Install it: npm install ${name}`,
    });
  });

  test("has types that check in a strict project, libraries included", async () => {
    await packed.project.write({
      "tsconfig.json": JSON.stringify({
        compilerOptions: {
          target: "es2023",
          lib: ["es2024", "esnext.disposable"],
          module: "nodenext",
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          skipLibCheck: false,
          noEmit: true,
          types: ["node"],
          typeRoots: [projectFile("node_modules/@types")],
        },
        files: ["component.ts", "use.ts", "json-schema.d.ts"],
      }),
      // The types of @ai-sdk/provider import these, which it does not bring along.
      "json-schema.d.ts":
        'declare module "json-schema" { export type JSONSchema7 = object; export type JSONSchema7Definition = object; }',
      "use.ts": `
        import { Message, UserSession } from "turnkeep";
        import Echo from "./component.js";
        const answer = await new Echo().run(new Message("a"), { stream: true });
        for await (const { content } of "finalMessage" in answer ? answer : []) content.trim();
        // @ts-expect-error -- content is a text
        new Message("a").content.toFixed();
        new UserSession() satisfies { readonly sessionId: string };`,
    });
    const options = { cwd: packed.project.path };
    expect(
      await runProcess(["--project", "."], {
        ...options,
        command: [projectFile("node_modules/.bin/tsc")],
      }),
    ).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("has the command turnkeep, which serves JavaScript and TypeScript", async () => {
    const options = { cwd: packed.project.path, env: plainEnvironment(), command: bin };
    const help = await runProcess(["--help"], options);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toMatch(/^Usage: turnkeep /);

    await using server = await startServer(["serve", "component.mjs"], options);
    const send = throughSocket(server.url);
    const ask = async (message: string) =>
      (await send(chatRequest({ message, session_id: "s" }))).json();
    expect(await ask("one")).toMatchObject({ result: { answer_message: { content: "one" } } });
    expect(await ask("two")).toMatchObject({ result: { answer_message: { content: "one, two" } } });

    await using typed = await startServer(["serve", "component.ts"], options);
    const response = await throughSocket(typed.url)(chatRequest({ message: "hi", stream: true }));
    const events = response.events() as { result: { answer_message: { content: string } } }[];
    expect(events.map(({ result }) => result.answer_message.content).join("")).toContain("hi");
    typed.signal("SIGTERM");
    expect((await typed.ended).code).toBe(0);
  });

  test("stays small", () => {
    const megabytes = packed.size / 1_000_000;
    const { length } = packed.packages;
    process.stdout.write(`installed: ${megabytes.toFixed(1)} MB in ${length} packages\n`);
    expect(megabytes).toBeLessThan(30);
    expect(length).toBeLessThan(30);
    // What the page is made of, and what other pages are, is for development alone.
    expect(packed.packages.filter((name) => /react|\/ai$/.test(name))).toEqual([]);
  });
});
