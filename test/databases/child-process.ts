import { type ChildProcessByStdio, spawn, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

/** A program that runs beside the test. Disposing of it kills it. */
export interface Child extends AsyncDisposable {
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** The lines that it has written so far. */
  readonly lines: readonly string[];
  /** Fulfilled with the next line that it writes; rejected where it ends without one. */
  nextLine(): Promise<string>;
  /** Fulfilled when it has ended and all that it wrote is in `lines`. */
  readonly ended: Promise<{ readonly code: number | null; readonly errors: string }>;
}

/** Runs a program of the folder `processes` in a process of its own. */
export function startChild(
  program: string,
  parameters: readonly string[],
  options: SpawnOptions = {},
): Child {
  const path = fileURLToPath(new URL(`processes/${program}`, import.meta.url));
  const command = [process.execPath, "--conditions=turnkeep-source", path] as const;
  return startCommand([...command, ...parameters], options);
}

/** Runs a command in a process of its own. */
export function startCommand(
  [command = "", ...parameters]: readonly string[],
  options: SpawnOptions = {},
): Child {
  const child = spawn(command, parameters, { ...options, stdio: ["pipe", "pipe", "pipe"] });
  const lines: string[] = [];
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const reader = createInterface(child.stdout).on("line", (line) => lines.push(line));
  const read = once(reader, "close");
  const ended = once(child, "close").then(async ([code]) => {
    await read;
    return { code: code as number | null, errors };
  });
  return {
    process: child,
    lines,
    ended,
    async nextLine() {
      const line = once(reader, "line").then(([text]) => String(text));
      return Promise.race([
        line,
        ended.then((end) => Promise.reject(new Error(`it ended: ${JSON.stringify(end)}`))),
      ]);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
