import type { SourceFile } from "./source-tree.ts";

/** What the rules need to know beside the source. */
export interface Architecture {
  /** Folders of which each subfolder is an implementation that is found by its name. */
  readonly groups: readonly string[];
  /** Which folders must not import which. */
  readonly layers: readonly {
    readonly folders: readonly string[];
    readonly never: readonly string[];
  }[];
  /**
   * Implementations whose name is a word of the project's own: elsewhere it means the thing, which
   * no rule can tell from the implementation.
   */
  readonly words: readonly string[];
  /** Where an implementation may be named outside of its folder, and why. */
  readonly namings: readonly Naming[];
  /** The packages that the installed package brings along. */
  readonly packages: readonly string[];
  readonly maxLines: number;
}

/** A text that names an implementation and may stand in a file. */
export interface Naming {
  readonly path: string;
  readonly text: string;
  readonly reason: string;
}

/** What is wrong with a source tree: a line for each, that starts with the file's path. */
export function findViolations(
  files: readonly SourceFile[],
  architecture: Architecture,
): readonly string[] {
  return [
    ...implementationsImported(files, architecture),
    ...implementationsNamed(files, architecture),
    ...layersCrossed(files, architecture),
    ...cycles(files),
    ...strangePackages(files, architecture),
    ...tooLong(files, architecture),
    ...defaultExports(files, architecture),
    ...undocumented(files),
  ];
}

/** An interface never imports an implementation, and siblings never import each other. */
function implementationsImported(
  files: readonly SourceFile[],
  { groups }: Architecture,
): readonly string[] {
  return files.flatMap(({ path, imports }) =>
    imports.flatMap(({ target = "" }) => {
      const implementation = implementationOf(target, groups);
      if (implementation === undefined || implementation === implementationOf(path, groups)) {
        return [];
      }
      return [`${path} imports ${target}, an implementation: resolve it by its folder's name`];
    }),
  );
}

/** No file outside an implementation's folder names it. */
function implementationsNamed(
  files: readonly SourceFile[],
  { groups, words: ownWords, namings }: Architecture,
): readonly string[] {
  const names = new Set(
    files.flatMap(({ path }) => implementationOf(path, groups)?.split("/").at(-1) ?? []),
  );
  for (const word of ownWords) names.delete(word);
  const used = new Set<Naming>();
  const violations = files.flatMap(({ path, words }) => {
    const own = implementationOf(path, groups)?.split("/").at(-1);
    const allowed = namings.filter((naming) => naming.path === path);
    const found = new Set<string>();
    for (const word of words) {
      let rest = word;
      for (const naming of allowed) {
        if (rest.includes(naming.text)) used.add(naming);
        rest = rest.replaceAll(naming.text, "");
      }
      for (const name of names) {
        if (name !== own && plain(rest).includes(plain(name)))
          found.add(`${path} names ${name}, an implementation: ${word}`);
      }
    }
    return [...found];
  });
  const unused = namings.filter((naming) => !used.has(naming));
  return [
    ...violations,
    ...unused.map(
      ({ path, text }) => `${path} does not hold ${text}, which the allow-list grants it`,
    ),
  ];
}

function layersCrossed(files: readonly SourceFile[], { layers }: Architecture): readonly string[] {
  return layers.flatMap(({ folders, never }) =>
    files
      .filter(({ path }) => folders.includes(folderOf(path)))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ target }) => target !== undefined && never.includes(folderOf(target)))
          .map(({ target }) => `${path} imports ${target}, which lies above it`),
      ),
  );
}

function cycles(files: readonly SourceFile[]): readonly string[] {
  const targets = new Map(
    files.map(({ path, imports }) => [path, imports.flatMap(({ target }) => target ?? [])]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) {
      found.push(`${path} imports itself: ${[...trail.slice(start), path].join(" -> ")}`);
      return;
    }
    if (done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}

function strangePackages(
  files: readonly SourceFile[],
  { packages }: Architecture,
): readonly string[] {
  return files.flatMap(({ path, imports }) =>
    imports.flatMap(({ specifier, target }) => {
      if (specifier === undefined || target !== undefined || specifier.startsWith("node:"))
        return [];
      const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
      return packages.includes(name)
        ? []
        : [`${path} imports ${specifier}, which is not among the package's dependencies`];
    }),
  );
}

function tooLong(files: readonly SourceFile[], { maxLines }: Architecture): readonly string[] {
  return files
    .filter(({ lines }) => lines > maxLines)
    .map(({ path, lines }) => `${path} has ${lines} lines, more than ${maxLines}`);
}

/** A default export only where a folder is loaded by its name. */
function defaultExports(files: readonly SourceFile[], { groups }: Architecture): readonly string[] {
  return files
    .filter(({ path, hasDefaultExport }) => {
      const implementation = implementationOf(path, groups);
      return hasDefaultExport && path !== `${implementation}/index.ts`;
    })
    .map(({ path }) => `${path} has a default export: export it by name`);
}

/** Every name that `index.ts` exports has a doc comment. */
function undocumented(files: readonly SourceFile[]): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const isDocumented = (path: string, name: string): boolean => {
    const file = byPath.get(path);
    if (file === undefined) return false;
    const declared = file.declared.get(name);
    if (declared !== undefined) return declared;
    const further = file.reexported.find((each) => each.name === name);
    return further?.target !== undefined && isDocumented(further.target, name);
  };
  const entries = files.filter(({ path }) => path === "index.ts" || path === "testing/index.ts");
  return entries.flatMap(({ path, declared, reexported, reexportsAll }) => {
    const names = [...declared.keys(), ...reexported.map(({ name }) => name)];
    const all = reexportsAll.map((target) => `${path} exports all of ${target}: list the names`);
    const bare = names
      .filter((name) => !isDocumented(path, name))
      .map((name) => `${path} exports ${name}, which has no doc comment`);
    return all.concat(bare);
  });
}

/** The implementation that a path lies in, such as `databases/x`. */
function implementationOf(path: string, groups: readonly string[]): string | undefined {
  const [group = "", name, ...rest] = path.split("/");
  return groups.includes(group) && name !== undefined && rest.length > 0
    ? `${group}/${name}`
    : undefined;
}

function folderOf(path: string): string {
  return path.includes("/") ? (path.split("/")[0] ?? "") : "";
}

/** A text without the differences between `a-name`, `aName` and `A_NAME`. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
