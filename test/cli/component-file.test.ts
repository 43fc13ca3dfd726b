import { describe, expect, test } from "vitest";
import { chatRequest, throughSocket } from "../helpers/http-client.ts";
import { consumerFolder } from "../helpers/temporary-folder.ts";
import { runProcess, startServer } from "../helpers/turnkeep-process.ts";

const imports = 'import { Component, defineComponent, Message } from "turnkeep";';
const shouting =
  "class Shouting extends Component { async run(m) { return new Message(m.content + '!'); } }";

describe.concurrent("the default export of a component file may be", () => {
  test.each([
    ["an instance", "a.mjs", `${imports} ${shouting} export default new Shouting();`],
    ["a class", "a.js", `${imports} ${shouting} export { Shouting as default };`],
    [
      "a class that sets run on each object",
      "a.js",
      `${imports} export default class { run = async (m) => new Message(m.content + "!"); }`,
    ],
    [
      "a function-style class",
      "a.cjs",
      `const { Message } = require("turnkeep");
       module.exports = function () {};
       module.exports.prototype.run = async (m) => new Message(m.content + "!");`,
    ],
    [
      "a function that makes a component",
      "a.mjs",
      `${imports} ${shouting} export default () => new Shouting();`,
    ],
    [
      "an async function",
      "a.ts",
      `${imports}
       export default async function make(): Promise<Component> {
         return defineComponent<string>({
           async *run(message) { yield message.content; yield "!"; },
         });
       }`,
    ],
    [
      "an object with a run",
      "a.mts",
      `import { Message, type Runnable } from "turnkeep";
       export default {
         async run(m: Message<string>) { return new Message(m.content + "!"); },
       } satisfies Runnable<string>;`,
    ],
  ])("%s", async (_case, name, text) => {
    await using folder = await consumerFolder({ [name]: text });
    await using server = await startServer(["serve", name], { cwd: folder.path });
    const response = await throughSocket(server.url)(chatRequest({ message: "好" }));
    expect(response.json()).toMatchObject({
      code: 0,
      result: { answer_message: { content: "好!" } },
    });
  });
});

const whatToExport =
  "Export a component: export default new MyComponent(), the class itself, or a function that makes one.";

describe.concurrent("a file that is no component file is refused, by its name:", () => {
  test.each([
    ["one that exports nothing", "a.mjs", "", `a.mjs exports nothing. ${whatToExport}`],
    [
      "one without a default",
      "a.mjs",
      "export const one = 1, two = 2;",
      `a.mjs exports one, two, but no default. ${whatToExport}`,
    ],
    [
      "an object without run",
      "a.mjs",
      "export default { walk() {} };",
      `The default export of a.mjs is an object, without a method run(message, { stream }). ${whatToExport}`,
    ],
    [
      "a text",
      "a.ts",
      'export default "a" satisfies string;',
      `The default export of a.ts is "a", without a method run(message, { stream }). ${whatToExport}`,
    ],
    [
      "a class without run",
      "a.mjs",
      "export default class Walker {}",
      `The default export of a.mjs is a class that makes an object of class Walker, without a method run(message, { stream }). ${whatToExport}`,
    ],
    [
      "a function that makes nothing",
      "a.mjs",
      "export default async () => {};",
      `The default export of a.mjs is a function that makes nothing (undefined), without a method run(message, { stream }). ${whatToExport}`,
    ],
    [
      "an enum",
      "a.ts",
      "export default {};\nenum Kind { One }",
      `a.ts cannot be loaded: TypeScript enum is not supported in strip-only mode`,
    ],
    ["a mistake in TypeScript", "a.ts", "export default {\n  run(a: {", "a.ts cannot be loaded: "],
    [
      "a mistake in JavaScript",
      "a.mjs",
      "export default {\n  run(a {",
      "a.mjs cannot be loaded: SyntaxError: Unexpected token '{'. Where it stands: node --check <file>.",
    ],
    [
      "a package that is not there",
      "a.mjs",
      'import "not-there";',
      "a.mjs cannot be loaded: Cannot find package 'not-there' imported from",
    ],
    [
      "a name that is not there",
      "a.ts",
      'import { nothing } from "node:fs";\nexport default nothing;',
      "a.ts cannot be loaded: SyntaxError: The requested module 'node:fs' does not provide an export named 'nothing'",
    ],
    [
      "another kind of file",
      "a.tsx",
      "",
      "A component file is JavaScript (.js, .mjs, .cjs) or TypeScript (.ts, .mts, .cts).",
    ],
    [
      "a component that turnkeep refuses",
      "a.mjs",
      `${imports} export default defineComponent({});`,
      "a.mjs cannot be loaded: defineComponent takes { run }",
    ],
  ])("%s", async (_case, name, text, message) => {
    await using folder = await consumerFolder({ [name]: text });
    const { code, stdout, stderr } = await runProcess(["serve", name], { cwd: folder.path });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).not.toContain("    at ");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("a syntax error in TypeScript, with its line and what to do", async () => {
    await using folder = await consumerFolder({ "a.ts": "export default {};\nenum Kind { One }" });
    const { stderr } = await runProcess(["serve", "a.ts"], { cwd: folder.path });
    expect(stderr).toContain("a.ts:2");
    expect(stderr).toContain("enum Kind { One }\n^^^^");
    expect(stderr).toContain("erasableSyntaxOnly");
  });

  test("a folder, and a file that is not there", async () => {
    await using folder = await consumerFolder({ "folder/a.ts": "" });
    const options = { cwd: folder.path };
    expect(await runProcess(["serve", "folder"], options)).toEqual({
      code: 2,
      stdout: "",
      stderr: "error: folder is not a file. Name a file that exports a component.\n",
    });
    expect(await runProcess(["serve", "not/there.ts"], options)).toEqual({
      code: 2,
      stdout: "",
      stderr: `error: There is no file not/there.ts: looked for ${folder.path}/not/there.ts. Name a file that exports a component.\n`,
    });
    const long = await runProcess(["serve", "a".repeat(300)], options);
    expect(long.stderr).toMatch(/^error: The file a+ cannot be read \(ENAMETOOLONG\): looked for /);
    expect(long.code).toBe(2);
  });

  test.each([
    ["while it is loaded", "function begin() { throw new TypeError('no luck'); }\nbegin();"],
    [
      "when its class is constructed",
      "export default class { constructor() { begin(); } run() {} }\nfunction begin() { throw new TypeError('no luck'); }",
    ],
    [
      "when its function is called",
      "export default async () => begin();\nfunction begin() { throw new TypeError('no luck'); }",
    ],
  ])("its own error %s, with the place", async (_case, text) => {
    await using folder = await consumerFolder({ "a.mjs": text });
    const { code, stderr } = await runProcess(["serve", "a.mjs"], { cwd: folder.path });
    expect(stderr).toMatch(
      /^error: a\.mjs failed while it was loaded:\nTypeError: no luck\n {4}at begin \(.*a\.mjs/,
    );
    expect(code).toBe(1);
  });

  test("an error that nothing foresees, with the place", async () => {
    await using folder = await consumerFolder({
      "a.mjs": "export default { get run() { throw new TypeError('no luck'); } };",
    });
    const { code, stderr } = await runProcess(["serve", "a.mjs"], { cwd: folder.path });
    expect(stderr).toMatch(/^error: TypeError: no luck\n {4}at get run .*a\.mjs/);
    expect(code).toBe(1);
  });
});
