import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Architecture, findViolations } from "./rules.ts";
import { parseSourceFile, readSourceTree } from "./source-tree.ts";

const root = new URL("../../", import.meta.url);
const { dependencies, peerDependencies = {} } = JSON.parse(
  readFileSync(new URL("package.json", root), "utf8"),
) as { dependencies: Record<string, string>; peerDependencies?: Record<string, string> };

const architecture: Architecture = {
  groups: ["databases", "models", "protocols"],
  layers: [
    { folders: ["message"], never: ["component", "session", "run", "models"] },
    {
      folders: ["message", "session", "component", "run"],
      never: ["sql", "databases", "components", "protocols", "runtime", "testing", "cli"],
    },
    {
      folders: ["models", "components", "sql", "databases"],
      never: ["protocols", "runtime", "testing", "cli"],
    },
    { folders: ["protocols"], never: ["sql", "databases", "runtime", "testing", "cli"] },
    { folders: ["runtime", "", "testing"], never: ["cli"] },
  ],
  words: ["sessions"],
  namings: [
    {
      path: "cli/serve.ts",
      text: "sqlite:///user_session.db",
      reason: "the default database, as the document has it",
    },
    {
      path: "protocols/caller.ts",
      text: "X-Appbuilder-",
      reason: "the headers by which callers of every protocol name themselves and their runs",
    },
    {
      path: "protocols/caller.ts",
      text: "AppBuilder token",
      reason: "the credential that a caller brings",
    },
    {
      path: "protocols/caller.ts",
      text: "appbuilder",
      reason: "the model provider that the credential is for",
    },
    {
      path: "runtime/http-runtime.ts",
      text: "sqlite:///user_session.db",
      reason: "the default database, as the document has it",
    },
    {
      path: "cli/welcome.ts",
      text: "X-Appbuilder-Authorization",
      reason: "the command to try, which is of the protocol that the document's clients speak",
    },
    {
      path: "models/model-reference.ts",
      text: "openai-compatible/qwen3:8b",
      reason: "an example of a reference, for whoever wrote one wrongly",
    },
    {
      path: "sql/tables.ts",
      text: "appbuilder_session",
      reason:
        "the name of the original's table, shared with Python, and the beginning of the others",
    },
    {
      path: "testing/store-contract/history.ts",
      text: "appbuilder_session_messages",
      reason: "an id that would end that table, where a store did not escape it",
    },
  ],
  packages: Object.keys({ ...dependencies, ...peerDependencies }),
  maxLines: 400,
};

test("the source keeps to its architecture", () => {
  const files = readSourceTree(fileURLToPath(new URL("src", root)));
  expect(files.length).toBeGreaterThan(50);
  expect(findViolations(files, architecture)).toEqual([]);
});

describe("the rules catch", () => {
  const sound = {
    "index.ts": 'export { open } from "./store/open.ts";',
    "store/open.ts":
      "/** Opens it. */\nexport const open = (name: string) => import(`../databases/${name}/index.ts`);",
    "databases/dialect.ts": "export interface Dialect { readonly quote: string }",
    "databases/one-base/index.ts":
      'import type { Dialect } from "../dialect.ts";\nimport { quote } from "./quote.ts";\nexport default { quote } satisfies Dialect;',
    "databases/one-base/quote.ts": "export const quote = 'oneBase';",
    "databases/other/index.ts": "export default { quote: '`' };",
  };
  const rules: Architecture = {
    groups: ["databases"],
    layers: [{ folders: ["store"], never: ["served"] }],
    words: [],
    namings: [],
    packages: ["kept", "@scope/kept"],
    maxLines: 10,
  };

  const violations = (
    changes: Readonly<Record<string, string>>,
    changed: Partial<Architecture> = {},
  ) =>
    findViolations(
      Object.entries({ ...sound, ...changes }).map(([path, text]) => parseSourceFile(path, text)),
      { ...rules, ...changed },
    );

  test("nothing in a sound tree", () => {
    expect(violations({})).toEqual([]);
  });

  test.each([
    ["a static import", 'import base from "./databases/one-base/index.ts"; base();'],
    ["an import of a type", 'import type base from "./databases/one-base/index.ts";'],
    ["a type in an expression", 'type Base = import("./databases/one-base/index.ts").default;'],
    ["a dynamic import", 'await import("./databases/one-base/index.ts");'],
    ["an export", 'export { quote as a } from "./databases/one-base/index.ts";'],
  ])("an implementation that is imported: %s", (_case, text) => {
    expect(violations({ "user.ts": text })).toEqual([
      "user.ts imports databases/one-base/index.ts, an implementation: resolve it by its folder's name",
    ]);
  });

  test("siblings that import each other", () => {
    const text = 'import { quote } from "../one-base/quote.ts";\nexport default { quote };';
    expect(violations({ "databases/other/index.ts": text })).toEqual([
      "databases/other/index.ts imports databases/one-base/quote.ts, an implementation: resolve it by its folder's name",
    ]);
  });

  test.each([
    ["a text", 'if (dialect === "one-base") quote();', '"one-base"'],
    ["a part of a text", 'throw new Error("use one-base or other");', '"use one-base or other"'],
    ["an identifier", "class OneBaseStore {}", "OneBaseStore"],
    ["a private identifier", "class Store { #one_base = 1; }", "one_base"],
    ["a template", "const text = `ONE_BASE ${1}`;", "ONE_BASE "],
    ["a regular expression", "const form = /^one-base:/;", "/^one-base:/"],
    [
      "an import put together",
      "await import(`./databases/one-base/${file}`);",
      "./databases/one-base/",
    ],
  ])("an implementation that is named: %s", (_case, text, word) => {
    expect(violations({ "user.ts": text })).toContain(
      `user.ts names one-base, an implementation: ${word}`,
    );
  });

  test("an implementation that its sibling names", () => {
    expect(violations({ "databases/one-base/quote.ts": "export const quote = 'other';" })).toEqual([
      "databases/one-base/quote.ts names other, an implementation: 'other'",
    ]);
  });

  test("no name in a comment, nor one that is allowed", () => {
    const namings = [{ path: "user.ts", text: "one-base://", reason: "an example" }];
    const text = "// one-base\n/* other */ export const url = 'one-base://';";
    expect(violations({ "user.ts": text }, { namings })).toEqual([]);
  });

  test("no name that is a word of the project's own", () => {
    const text = "export const other = 1;";
    expect(violations({ "user.ts": text })).toEqual([
      "user.ts names other, an implementation: other",
    ]);
    expect(violations({ "user.ts": text }, { words: ["other"] })).toEqual([]);
  });

  test("an allowance that nothing needs", () => {
    const namings = [{ path: "user.ts", text: "one-base://", reason: "an example" }];
    expect(violations({}, { namings })).toEqual([
      "user.ts does not hold one-base://, which the allow-list grants it",
    ]);
  });

  test("a folder that imports one above it", () => {
    const text = 'import { port } from "../served/port.ts"; port();';
    expect(
      violations({ "store/count.ts": text, "served/port.ts": "export const port = 1;" }),
    ).toEqual(["store/count.ts imports served/port.ts, which lies above it"]);
  });

  test("files that import each other, also of types, also through a third", () => {
    expect(
      violations({
        "a.ts": 'import type { B } from "./b.ts";\nexport type A = B;',
        "b.ts": 'export type { C as B } from "./c.ts";',
        "c.ts": 'import { type A } from "./a.ts";\nexport type C = A;',
      }),
    ).toEqual(["a.ts imports itself: a.ts -> b.ts -> c.ts -> a.ts"]);
  });

  test.each(["stray", "@scope/stray", "stray/part", "fs"])("the package %s", (specifier) => {
    expect(violations({ "user.ts": `import "${specifier}";` })).toEqual([
      `user.ts imports ${specifier}, which is not among the package's dependencies`,
    ]);
  });

  test("no package that is a dependency, and nothing of Node's", () => {
    const text = 'import "kept"; import "@scope/kept/part"; import "node:fs";';
    expect(violations({ "user.ts": text })).toEqual([]);
  });

  test("a file that is too long", () => {
    expect(violations({ "long.ts": "//\n".repeat(11) })).toEqual([
      "long.ts has 11 lines, more than 10",
    ]);
  });

  test("a default export where no folder is loaded by name", () => {
    const text = "export default 1;";
    expect(
      violations({ "user.ts": text, "databases/index.ts": text, "databases/other/user.ts": text }),
    ).toEqual([
      "user.ts has a default export: export it by name",
      "databases/index.ts has a default export: export it by name",
      "databases/other/user.ts has a default export: export it by name",
    ]);
  });

  test.each([
    ["a function", "export function open() {}"],
    ["a class", "export abstract class open {}"],
    ["a type", "/** Another. */\nexport type next = 1;\nexport type open = 1;"],
    ["a name exported further down", "function open() {}\nexport { open };"],
    ["a name that is not there", "/** Another. */\nexport const close = 1;"],
  ])("a public name without a doc comment: %s", (_case, text) => {
    expect(violations({ "store/open.ts": text })).toEqual([
      "index.ts exports open, which has no doc comment",
    ]);
  });

  test("a public name without a doc comment, behind a second file", () => {
    expect(
      violations({
        "store/open.ts": 'export { begin as open } from "./begin.ts";',
        "store/begin.ts": "export const begin = 1;",
      }),
    ).toEqual(["index.ts exports open, which has no doc comment"]);
  });

  test("an index that exports all of a file", () => {
    expect(violations({ "index.ts": 'export * from "./store/open.ts";' })).toEqual([
      "index.ts exports all of store/open.ts: list the names",
    ]);
  });
});
