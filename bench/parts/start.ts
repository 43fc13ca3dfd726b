import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../../src/sql/server/server-fixture.ts";
import { atMost, round } from "../goals.ts";
import { interleave, median } from "../measure/rounds.ts";
import type { Part } from "../part.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const component = "export default { run: async (message) => message };\n";
/** How long a server is left alone before its memory is looked at, in milliseconds. */
const rest = 1000;

const part: Part = {
  title: "Start",
  async run(bench) {
    const folder = await mkdtemp(join(tmpdir(), "turnkeep-bench-"));
    try {
      bench.say("start: installing the packed package");
      await install(folder);
      const size = (await sizeOf(join(folder, "node_modules"))) / 1e6;
      bench.say("start: starting it");
      const memory: number[] = [];
      const rounds = await interleave(bench.rounds, {
        "node alone": () => timeNode(folder),
        "turnkeep serve": async () => {
          const started = await startOnce(folder);
          memory.push(started.memory);
          return started.time;
        },
      });
      const time = median(rounds["turnkeep serve"] ?? []);
      const alone = median(rounds["node alone"] ?? []);
      return {
        tables: [
          {
            title: "From the packed package",
            columns: ["", ""],
            rows: [
              ["`turnkeep serve` until it answers", `${round(time)} ms`],
              ["Node alone, until it has ended", `${round(alone)} ms`],
              ["memory when idle", `${round(median(memory))} MB`],
              ["installed with its dependencies", `${round(size)} MB`],
            ],
          },
        ],
        goals: [
          atMost(7, "`turnkeep serve` until it answers", 400, time, "ms"),
          atMost(7, "memory when idle", 90, median(memory), "MB"),
          atMost(7, "installed for a user", 25, size, "MB"),
        ],
        figures: { "start, ms": rounds, "memory when idle, MB": { turnkeep: memory } },
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

export default part;

async function install(folder: string): Promise<void> {
  const run = promisify(execFile);
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: root,
    maxBuffer: 2 ** 26,
  });
  // What the build says comes before it.
  const name = /"filename": "([^"]+)"/.exec(stdout)?.[1] ?? "";
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await writeFile(join(folder, "component.js"), component);
  await run("npm", ["install", "--omit=dev", "--no-audit", "--no-fund", `./${name}`], {
    cwd: folder,
  });
}

async function timeNode(folder: string): Promise<number> {
  const began = performance.now();
  await once(spawn(process.execPath, ["-e", "0"], { cwd: folder, stdio: "ignore" }), "exit");
  return performance.now() - began;
}

/** Starts the server on an empty database; how long it took to answer, and what it has in memory. */
async function startOnce(
  folder: string,
): Promise<{ readonly time: number; readonly memory: number }> {
  const port = await freePort();
  await rm(join(folder, "sessions.db"), { force: true });
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [
      "node_modules/turnkeep/dist/cli/bin.js",
      "serve",
      "component.js",
      "--database",
      "sqlite:///sessions.db",
      "--port",
      String(port),
    ],
    { cwd: folder, stdio: "ignore" },
  );
  const ended = once(child, "exit");
  try {
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`turnkeep serve ended with ${child.exitCode}.`);
      await setTimeout(2);
    }
    const time = performance.now() - began;
    await setTimeout(rest);
    const status = await readFile(`/proc/${child.pid}/status`, "utf8");
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(status) ?? [];
    return { time, memory: Number(kilobytes) / 1000 };
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    const { ok } = await fetch(`http://127.0.0.1:${port}/healthz`);
    return ok;
  } catch {
    return false;
  }
}

/** How many bytes the files below a folder have. */
async function sizeOf(path: string): Promise<number> {
  const stat = await lstat(path);
  if (!stat.isDirectory()) return stat.size;
  const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
