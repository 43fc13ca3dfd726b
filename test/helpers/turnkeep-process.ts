import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** How a command is run. */
export interface ProcessOptions {
  readonly cwd: string;
  /** Variables beside those that every process needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** The program and its first arguments; the command line's source by default. */
  readonly command?: readonly [string, ...string[]];
}

/** What a process wrote, and how it ended. */
export interface Ended {
  /** The exit code, or null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A server process. Disposing of it kills it. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  /** Such as `http://127.0.0.1:40000`. */
  readonly url: string;
  /** What it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly signal: (name: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
}

/** A file of the project, as an absolute path. */
export function projectFile(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

const commandLine: readonly [string, ...string[]] = [
  process.execPath,
  "--conditions=turnkeep-source",
  projectFile("src/cli/bin.ts"),
];

/** Runs a command to its end. */
export async function runProcess(args: readonly string[], options: ProcessOptions): Promise<Ended> {
  return start(args, options).ended;
}

/** Starts a server with `--port 0`, and waits until it has told its URL. */
export async function startServer(
  args: readonly string[],
  options: ProcessOptions,
): Promise<ServerProcess> {
  const { child, ended, stdout, stderr } = start([...args, "--port", "0"], options);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const match = /^ {2}URL +(\S+)[^]*\n$/m.exec(stdout());
      if (match?.[1] !== undefined) resolve(match[1]);
    });
    void ended.then((end) => reject(new Error(`no server: ${JSON.stringify(end)}`)));
  });
  return {
    pid: child.pid ?? 0,
    url,
    stdout,
    stderr,
    signal: (name) => child.kill(name),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function start(
  args: readonly string[],
  { cwd, env = {}, command = commandLine }: ProcessOptions,
): {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly stdout: () => string;
  readonly stderr: () => string;
} {
  const [program, ...first] = command;
  const child = spawn(program, [...first, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code]: (number | null)[]): Ended => {
    return { code: code ?? null, stdout, stderr };
  });
  return { child, ended, stdout: () => stdout, stderr: () => stderr };
}

/** Starts the command line, to be killed. Disposing of it kills it. */
export function startCommandLine(
  args: readonly string[],
): AsyncDisposable & { readonly kill: () => void; readonly ended: Promise<Ended> } {
  const { child, ended } = start(args, { cwd: projectFile(".") });
  const kill = (): void => void child.kill("SIGKILL");
  return {
    kill,
    ended,
    async [Symbol.asyncDispose]() {
      kill();
      await ended;
    },
  };
}
