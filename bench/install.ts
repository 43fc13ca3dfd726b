// Installs what the benchmark measures beside turnkeep, where that is missing or another version.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
if (!isInstalled()) {
  process.stderr.write("Installing the packages that turnkeep is measured against.\n");
  const { status } = spawnSync("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"], {
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  // What is there can be measured all the same: the others are named in the report.
  if (status !== 0) process.stderr.write("npm ci has failed: peers will be missing.\n");
}

/** Whether npm has last installed what the lock file says. */
function isInstalled(): boolean {
  const [wanted, found] = ["package-lock.json", "node_modules/.package-lock.json"].map((path) =>
    readPackages(`${folder}/${path}`),
  );
  return (
    wanted !== undefined &&
    Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === "" || optional === true || found?.[path]?.version === version,
    )
  );
}

interface Entry {
  readonly version?: string;
  readonly optional?: boolean;
}

function readPackages(path: string): { readonly [path: string]: Entry } | undefined {
  try {
    return (JSON.parse(readFileSync(path, "utf8")) as { readonly packages: Record<string, Entry> })
      .packages;
  } catch {
    return undefined;
  }
}
