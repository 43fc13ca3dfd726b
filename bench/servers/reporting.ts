import { monitorEventLoopDelay } from "node:perf_hooks";

/** What a server process tells of itself. */
export interface Use {
  /** In milliseconds of one core, since the last time it was asked. */
  readonly cpu: number;
  /** In bytes: what it has in memory, after a collection of garbage where that can be had. */
  readonly memory: number;
  /** How long the event loop was held up at the most in 99 of 100 turns, in milliseconds. */
  readonly loopDelay: number;
}

/** What a server process says to the one that started it. */
export type Report = { readonly url: string } | { readonly use: Use };

/** How often the loop's delay is looked at, in milliseconds: it is part of what is measured. */
const resolution = 1;

/**
 * Tells the process that started this one where it listens, answers each of its messages with what
 * was used since the last, and ends where that process does.
 */
export function report(url: string): void {
  const loop = monitorEventLoopDelay({ resolution });
  loop.enable();
  let used = process.cpuUsage();
  const send = (message: Report): void => void process.send?.(message);
  process.on("message", () => {
    const { user, system } = process.cpuUsage(used);
    used = process.cpuUsage();
    const loopDelay = Math.max(0, loop.percentile(99) / 1e6 - resolution);
    globalThis.gc?.();
    send({
      use: { cpu: (user + system) / 1000, memory: process.memoryUsage.rss(), loopDelay },
    });
    loop.reset();
  });
  process.once("disconnect", () => process.exit(0));
  send({ url });
}
