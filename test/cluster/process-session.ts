import { readdir, readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

interface FoundProcess {
  readonly pid: number;
  readonly session: number;
}

/**
 * Ends a program that was started as the first of a session of processes, with all that it started, at
 * once; fulfilled when none of them is left.
 */
export async function killSession(session: number): Promise<void> {
  for (;;) {
    const found = (await findProcesses()).filter((each) => each.session === session);
    if (found.length === 0) return;
    for (const { pid } of found) signal(pid, "SIGKILL");
    await setTimeout(10);
  }
}

/** Sends a signal to a process, where it is still there. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** All processes but those that have ended. */
async function findProcesses(): Promise<readonly FoundProcess[]> {
  const found: FoundProcess[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const text = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    // The name of the program, in parentheses, may hold spaces.
    const [state = "Z", , , session] = text.replace(/^.*\) /s, "").split(" ");
    if (text !== "" && state !== "Z") found.push({ pid: Number(name), session: Number(session) });
  }
  return found;
}
