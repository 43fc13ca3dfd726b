import { setTimeout } from "node:timers/promises";
import { isBusy } from "./failure.ts";

// As SQLite's own busy handler waits, in milliseconds; that one would hold up the event loop.
const waits = [1, 2, 5, 10, 15, 20, 25] as const;

/**
 * Does the work, again and again while another connection's lock stands in the way, for `timeout`
 * seconds at the most; then throws what the work threw.
 */
export async function waitWhileBusy<Result>(timeout: number, work: () => Result): Promise<Result> {
  const end = performance.now() + timeout * 1000;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= end) throw error;
      await setTimeout(waits[Math.min(attempt, waits.length - 1)]);
    }
  }
}
