import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { text } from "../work.ts";

/** What a load has shown. */
export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** The session before that of the next request. */
let first = 0;

const script = fileURLToPath(new URL("chat.lua", import.meta.url));

/**
 * Sends `POST /chat` for so many whole seconds, through so many connections, going through so many
 * sessions, each of which has had a rest when it is its turn again.
 */
export async function loadChat(
  url: string,
  {
    connections,
    seconds,
    sessions,
  }: { readonly connections: number; readonly seconds: number; readonly sessions: number },
): Promise<Load> {
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", script];
  const { stdout } = await promisify(execFile)("wrk", [
    ...args,
    url,
    "--",
    String(sessions),
    String(first),
    text,
  ]).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error("wrk is not installed. Install it: apt-get install wrk", { cause: error });
  });
  const summary = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as {
    readonly requests: number;
    readonly microseconds: number;
    readonly failed: number;
    readonly p50: number;
    readonly p99: number;
  };
  const { requests, microseconds, failed, p50, p99 } = summary;
  if (failed > 0) throw new Error(`${failed} of ${requests} requests failed.`);
  first = (first + requests) % sessions;
  return { requests, perSecond: requests / (microseconds / 1e6), p50: p50 / 1000, p99: p99 / 1000 };
}
