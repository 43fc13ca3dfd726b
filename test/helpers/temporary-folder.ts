import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectFile } from "./turnkeep-process.ts";

/** A folder of its own for a test. Disposing of it removes it. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes files into it, by their paths, and gives its path. */
  readonly write: (files: Readonly<Record<string, string>>) => Promise<string>;
}

/** Makes a folder with the given files. */
export async function temporaryFolder(
  files: Readonly<Record<string, string>> = {},
): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), "turnkeep-test-"));
  const write = async (more: Readonly<Record<string, string>>): Promise<string> => {
    for (const [name, text] of Object.entries(more)) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
    }
    return path;
  };
  await write(files);
  return {
    path,
    write,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/**
 * Makes a folder with the given files, in which the package, from its source, and what it depends
 * on can be imported as if installed.
 */
export async function consumerFolder(
  files: Readonly<Record<string, string>> = {},
): Promise<TemporaryFolder> {
  const folder = await temporaryFolder({ "package.json": '{ "type": "module" }', ...files });
  const { dependencies } = JSON.parse(await readFile(projectFile("package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const packages = { turnkeep: projectFile(".") };
  for (const name of Object.keys(dependencies)) {
    Object.assign(packages, { [name]: projectFile(`node_modules/${name}`) });
  }
  for (const [name, target] of Object.entries(packages)) {
    const link = join(folder.path, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(target, link);
  }
  return folder;
}
