import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Report, Use } from "../servers/reporting.ts";

/** A server in a process of its own. Disposing of it ends it. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** What it has used since it was last asked. */
  use(): Promise<Use>;
}

/** How a {@link ServerProcess} is started. */
export interface ServerOptions {
  /** The one core that it may use; all of them by default. */
  readonly core?: number;
}

/** Starts a program of `servers/`; fulfilled when it listens. */
export async function startServer(
  program: string,
  args: readonly string[],
  { core }: ServerOptions = {},
): Promise<ServerProcess> {
  const path = fileURLToPath(new URL(`../servers/${program}.ts`, import.meta.url));
  const node = [process.execPath, "--expose-gc"];
  const pinned = core === undefined ? node : ["taskset", "-c", String(core), ...node];
  const [execPath = "", ...execArgv] = pinned;
  const child = fork(path, args, {
    execPath,
    execArgv,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let errors = "";
  child.stderr?.on("data", (chunk) => (errors += String(chunk)));
  const ended = once(child, "exit").then((): never => {
    throw new Error(`The server ${program} has ended: ${errors.slice(-2000)}`);
  });
  ended.catch(() => undefined);
  const hear = async (): Promise<Report> => {
    const [report] = (await Promise.race([once(child, "message"), ended])) as [Report];
    return report;
  };
  const first = await hear();
  if (!("url" in first)) throw new Error(`The server ${program} did not tell where it listens.`);
  return {
    url: first.url,
    pid: child.pid ?? 0,
    async use() {
      child.send("use");
      const report = await hear();
      if (!("use" in report)) throw new Error(`The server ${program} did not tell what it used.`);
      return report.use;
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
