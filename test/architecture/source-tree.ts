import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { parseAst } from "vitest/node";

/** An import of a source file: static, dynamic, or of a type alone. */
export interface Import {
  /** As it is written; undefined where it is put together when the program runs. */
  readonly specifier: string | undefined;
  /** The file it leads to, relative to the tree, where it is a relative one. */
  readonly target: string | undefined;
}

/** What a source file's syntax tells. */
export interface SourceFile {
  /** Relative to the tree, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Every identifier and every piece of literal text, but for relative imports. */
  readonly words: readonly string[];
  readonly hasDefaultExport: boolean;
  /** The names that the file itself declares and exports, and whether a doc comment is above. */
  readonly declared: ReadonlyMap<string, boolean>;
  /** The names that it exports from other files: the name there, and the file. */
  readonly reexported: readonly { readonly name: string; readonly target: string | undefined }[];
  /** The targets of `export * from`. */
  readonly reexportsAll: readonly string[];
}

type Node = { readonly type: string; readonly [key: string]: unknown };

/** All source files below `root`. */
export function readSourceTree(root: string): readonly SourceFile[] {
  return readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .toSorted()
    .map((path) => parseSourceFile(path, readFileSync(join(root, path), "utf8")));
}

/** One source file, from its text. */
export function parseSourceFile(path: string, text: string): SourceFile {
  const program = parseAst(text, { lang: "ts" }, path) as unknown as Node;
  const imports: Import[] = [];
  const words: string[] = [];
  const declared = new Map<string, boolean>();
  const reexported: { name: string; target: string | undefined }[] = [];
  const reexportsAll: string[] = [];
  let hasDefaultExport = false;

  const addImport = (source: unknown): void => {
    const specifier =
      isNode(source) && typeof source["value"] === "string" ? source["value"] : undefined;
    const target = targetOf(path, specifier);
    imports.push({ specifier, target });
    if (target === undefined) collectWords(source);
  };
  const collectWords = (node: unknown): void => {
    if (!isNode(node)) return;
    switch (node.type) {
      case "Identifier":
      case "PrivateIdentifier":
        words.push(String(node["name"]));
        break;
      case "Literal":
        words.push(String(node["raw"]));
        break;
      case "TemplateElement":
        words.push((node["value"] as { readonly raw: string }).raw);
        break;
    }
  };
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (!isNode(value)) return;
    const { source, ...parts } = value;
    switch (value.type) {
      case "ImportDeclaration":
      case "ImportExpression":
      case "TSImportType":
      case "ExportAllDeclaration":
      case "ExportNamedDeclaration":
        if (source !== null) addImport(source);
        // What an import is put together from is text like any other.
        if (isNode(source) && source.type !== "Literal") visit(source);
        for (const part of Object.values(parts)) visit(part);
        return;
      default:
        collectWords(value);
        for (const part of Object.values(value)) visit(part);
    }
  };
  visit(program["body"]);

  for (const statement of program["body"] as readonly Node[]) {
    const { source, declaration, specifiers } = statement;
    const target = isNode(source) ? targetOf(path, String(source["value"])) : undefined;
    if (statement.type === "ExportDefaultDeclaration") hasDefaultExport = true;
    if (statement.type === "ExportAllDeclaration" && target !== undefined)
      reexportsAll.push(target);
    if (statement.type !== "ExportNamedDeclaration") continue;
    const isDocumented = /\*\/\s*$/.test(text.slice(0, statement["start"] as number));
    for (const name of namesOf(declaration)) {
      declared.set(name, isDocumented || declared.get(name) === true);
    }
    for (const specifier of specifiers as readonly Node[]) {
      const name = String((specifier["local"] as Node)["name"]);
      if (target === undefined) declared.set(name, isDocumentedAt(text, name));
      else reexported.push({ name, target });
    }
  }
  return {
    path,
    lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0),
    imports,
    words,
    hasDefaultExport,
    declared,
    reexported,
    reexportsAll,
  };
}

function namesOf(declaration: unknown): string[] {
  if (!isNode(declaration)) return [];
  const { id, declarations } = declaration;
  if (isNode(id)) return [String(id["name"])];
  return ((declarations ?? []) as readonly Node[]).flatMap((each) => namesOf(each));
}

/** Whether the declaration of a name that is exported further down has a doc comment. */
function isDocumentedAt(text: string, name: string): boolean {
  return new RegExp(
    `\\*/\\s*(?:abstract |async )*(?:class|const|function|interface|type) ${name}\\b`,
  ).test(text);
}

function targetOf(path: string, specifier: string | undefined): string | undefined {
  return specifier?.startsWith(".") === true ? posix.join(dirname(path), specifier) : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}
