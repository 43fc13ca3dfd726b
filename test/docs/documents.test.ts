import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { consumerFolder, temporaryFolder } from "../helpers/temporary-folder.ts";
import { projectFile, runProcess } from "../helpers/turnkeep-process.ts";
import { documents, readCodeBlocks, readDocument } from "./code-blocks.ts";

const blocks = documents.flatMap((document) => readCodeBlocks(document));
const typescript = blocks.filter(({ language }) => language === "ts");
const programs = typescript.filter(
  ({ isProgram, document }) => isProgram && document !== "README.zh-CN.md",
);
const example = readFileSync(projectFile("examples/playground-with-history.ts"), "utf8");

test("both READMEs have the same code", () => {
  const english = readCodeBlocks("README.md").map(({ text }) => text);
  expect(english).toHaveLength(8);
  expect(readCodeBlocks("README.zh-CN.md").map(({ text }) => text)).toEqual(english);
});

test("both READMEs are short, and have the same sections and links", () => {
  const outline = (document: string) => {
    const text = readDocument(document);
    const links = [...text.matchAll(/\]\((?!README)([^)]+)\)/g)].map(([, link]) => link);
    return { headings: text.match(/^#+ /gm), links };
  };
  expect(outline("README.zh-CN.md")).toEqual(outline("README.md"));
  for (const document of ["README.md", "README.zh-CN.md"]) {
    expect(readDocument(document).split("\n").length).toBeLessThan(150);
  }
});

test("the README's component is the example that npm start serves", () => {
  expect(typescript[0]?.text).toBe(example);
});

test.each(documents)("the links of %s lead to files", (document) => {
  const links = [...readDocument(document).matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(
    ([, to = ""]) => to,
  );
  const broken = links.filter(
    (link) => !/^https?:/.test(link) && !existsSync(projectFile(join(dirname(document), link))),
  );
  expect(broken).toEqual([]);
});

test("all TypeScript compiles under the project's flags", async () => {
  expect(typescript.length).toBeGreaterThan(10);
  const files = Object.fromEntries(
    typescript.map(({ place, text }) => [`${place.replaceAll(/[/:]/g, "_")}.ts`, text]),
  );
  await using folder = await consumerFolder({
    ...files,
    "playground-with-history.ts": example,
    "tsconfig.json": JSON.stringify({
      extends: projectFile("tsconfig.json"),
      compilerOptions: { typeRoots: [projectFile("node_modules/@types")] },
      include: ["*.ts"],
    }),
  });
  expect(await compile(folder.path)).toEqual({ code: 0, stdout: "", stderr: "" });
});

// The page of one's own is also bundled, and used in a browser: test/web/use-chat.test.ts.
test("all TSX compiles under the page's flags", async () => {
  const pages = blocks.filter(({ language }) => language === "tsx");
  expect(pages).toHaveLength(1);
  await using folder = await temporaryFolder({
    "page.tsx": pages[0]?.text ?? "",
    "tsconfig.json": JSON.stringify({
      extends: projectFile("web/tsconfig.json"),
      compilerOptions: {
        jsxImportSource: "react",
        types: [],
        paths: { "*": [projectFile("node_modules/@types/*"), projectFile("node_modules/*")] },
      },
      include: ["*.tsx"],
    }),
  });
  expect(await compile(folder.path)).toEqual({ code: 0, stdout: "", stderr: "" });
});

function compile(folder: string): ReturnType<typeof runProcess> {
  const command = [projectFile("node_modules/.bin/tsc")] as const;
  return runProcess(["--project", "."], { cwd: folder, command });
}

describe.concurrent("the program runs, and prints what its comments say:", () => {
  test.each(programs.map((block) => [block.place, block.text]))("%s", async (_place, text) => {
    await using folder = await consumerFolder({ "program.ts": text });
    const command = [process.execPath, "--conditions=turnkeep-source", "program.ts"] as const;
    const { code, stdout, stderr } = await runProcess([], { cwd: folder.path, command });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).not.toMatch(/error/i);
    expect(stdout).not.toBe("");
    const expected = [...text.matchAll(/console\.log\(.*; \/\/ (.*)$/gm)].map(([, line]) => line);
    expect(stdout.split("\n")).toEqual(expect.arrayContaining(expected));
  });
});
