import { readdirSync, readFileSync } from "node:fs";
import { projectFile } from "../helpers/turnkeep-process.ts";

/** A fenced block of code in a document. */
export interface CodeBlock {
  /** The document and the line where the block begins, such as `docs/models.md:12`. */
  readonly place: string;
  readonly document: string;
  /** The first word behind the fence. */
  readonly language: string;
  /** Whether it is a program that can be run as it stands: `run` is the second word. */
  readonly isProgram: boolean;
  readonly text: string;
}

/** The project's documents, by their paths. */
export const documents: readonly string[] = [
  "README.md",
  "README.zh-CN.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...readdirSync(projectFile("docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
    .toSorted(),
];

/** A document's text. */
export function readDocument(path: string): string {
  return readFileSync(projectFile(path), "utf8");
}

/** The blocks of code in a document. */
export function readCodeBlocks(document: string): CodeBlock[] {
  const text = readDocument(document);
  return [...text.matchAll(/^```(\S*)(?: +(\S+))?\n([^]*?)^```$/gm)].map((match) => {
    const [, language = "", mark, code = ""] = match;
    const line = text.slice(0, match.index).split("\n").length;
    return {
      place: `${document}:${line}`,
      document,
      language,
      isProgram: mark === "run",
      text: code,
    };
  });
}
