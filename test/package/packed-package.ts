import { cp, mkdir, readdir, readFile, stat, symlink } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { temporaryFolder, type TemporaryFolder } from "../helpers/temporary-folder.ts";
import { projectFile, runProcess } from "../helpers/turnkeep-process.ts";

/** The package as a user gets it: packed, and installed in a project of its own. */
export interface PackedPackage extends AsyncDisposable {
  /** The project's folder. */
  readonly project: TemporaryFolder;
  /** The installed package's folder. */
  readonly path: string;
  /** The files of the archive, sorted. */
  readonly files: readonly string[];
  /** The packages that the project has now, by their folders under `node_modules`. */
  readonly packages: readonly string[];
  /** The size of `node_modules` in bytes. */
  readonly size: number;
}

/**
 * Packs the project, built anew from its source, and installs it in an empty project.
 * @param dependencies what else the project gets, by name and version.
 */
export async function installPacked(
  dependencies: Readonly<Record<string, string>> = {},
): Promise<PackedPackage> {
  await using source = await temporaryFolder();
  const { files: shipped } = JSON.parse(await readFile(projectFile("package.json"), "utf8")) as {
    readonly files: readonly string[];
  };
  const needed = ["package.json", "src", "web", "tsconfig.json", "tsconfig.build.json"];
  const texts = ["README.md", "LICENSE", ...shipped.filter((name) => name.endsWith(".md"))];
  for (const name of [...needed, ...texts]) {
    await cp(projectFile(name), join(source.path, name), { recursive: true });
  }
  await symlink(projectFile("node_modules"), join(source.path, "node_modules"));
  const packed = await npm(["pack", "--json"], source.path);
  const [archive] = JSON.parse(packed.slice(packed.search(/^\[/m))) as readonly {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  if (archive === undefined) throw new Error(`npm pack made nothing: ${packed}`);

  const project = await temporaryFolder({
    "package.json": JSON.stringify({
      name: "consumer",
      private: true,
      type: "module",
      dependencies,
      allowScripts: { node: true },
    }),
  });
  await mkdir(join(project.path, "node_modules"));
  const options = ["--prefer-offline", "--no-audit", "--no-fund"];
  await npm(["install", ...options, join(source.path, archive.filename)], project.path);
  const lock = JSON.parse(
    await readFile(join(project.path, "node_modules/.package-lock.json"), "utf8"),
  ) as { readonly packages: Readonly<Record<string, unknown>> };
  return {
    project,
    path: join(project.path, "node_modules/turnkeep"),
    files: archive.files.map(({ path }) => path).toSorted(),
    packages: Object.keys(lock.packages).toSorted(),
    size: await sizeOf(join(project.path, "node_modules")),
    [Symbol.asyncDispose]: () => project[Symbol.asyncDispose](),
  };
}

/** What a user's shell has: none of the variables that npm sets for the scripts it runs. */
export function plainEnvironment(): Record<string, string> {
  const { PATH = "", HOME = "", ...others } = process.env;
  const registry = Object.entries(others).filter(
    ([name, value]) =>
      /^(npm_config_(registry|cache|userconfig)|https?_proxy|NODE_EXTRA_CA_CERTS)$/i.test(name) &&
      value,
  );
  return {
    ...(Object.fromEntries(registry) as Record<string, string>),
    PATH: `${dirname(process.execPath)}${delimiter}${PATH}`,
    HOME,
  };
}

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await runProcess(args, {
    cwd,
    env: plainEnvironment(),
    command: ["npm"],
  });
  if (code !== 0) throw new Error(`npm ${args.join(" ")} failed:\n${stdout}\n${stderr}`);
  return stdout;
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
