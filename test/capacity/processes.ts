import { readdir, readFile } from "node:fs/promises";

/** What processes have used since they began. */
export interface Use {
  /** In milliseconds of one core. */
  readonly cpu: number;
  /** Bytes that were handed to the system to be written to files; of a server, also some that went to clients. */
  readonly written: number;
}

// Of the kernel's clock, in which it counts what processes use: a hundred a second.
const tick = 10;

/** What a process and its children have used. */
export async function useOf(pid: number): Promise<Use> {
  const pids = [pid, ...(await childrenOf(pid))];
  const uses = await Promise.all(
    pids.map(async (each): Promise<Use> => {
      const fields = await statOf(each);
      const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields
        .slice(11, 15)
        .map(Number);
      const ended = each === pid ? childrenUser + childrenSystem : 0;
      const io = await readFile(`/proc/${each}/io`, "utf8").catch(() => "");
      return {
        cpu: (user + system + ended) * tick,
        written: Number(/^wchar: (\d+)$/m.exec(io)?.[1] ?? 0),
      };
    }),
  );
  return {
    cpu: uses.reduce((sum, { cpu }) => sum + cpu, 0),
    written: uses.reduce((sum, { written }) => sum + written, 0),
  };
}

/** The server process that was started with a port among its arguments. */
export async function findServer(port: number): Promise<number> {
  for (const pid of await pidsOf()) {
    const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const [program = "", ...parameters] = text.split("\0");
    if (!/(?:mariadbd|mysqld|postgres)$/.test(program)) continue;
    if (parameters.some((each) => each === `--port=${port}` || each === String(port))) return pid;
  }
  throw new Error(`No database server was started for the port ${port}.`);
}

async function childrenOf(pid: number): Promise<number[]> {
  const pids = await pidsOf();
  const parents = await Promise.all(pids.map(async (each) => Number((await statOf(each))[1])));
  return pids.filter((_, index) => parents[index] === pid);
}

async function pidsOf(): Promise<number[]> {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** The fields of a process's state that follow its name. */
async function statOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name of the program, in parentheses, may hold spaces.
  return text.replace(/^.*\) /s, "").split(" ");
}
