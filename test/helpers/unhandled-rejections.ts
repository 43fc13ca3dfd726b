import { setImmediate } from "node:timers/promises";

/** The reasons of the rejections that nobody handled while the work was done. */
export async function unhandledRejections(work: () => Promise<unknown>): Promise<unknown[]> {
  const reasons: unknown[] = [];
  const listeners = process.rawListeners("unhandledRejection");
  const note = (reason: unknown): void => void reasons.push(reason);
  // The test runner's own listeners would count what is only to be looked at.
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", note);
  try {
    await work();
    await setImmediate();
    await setImmediate();
  } finally {
    process.off("unhandledRejection", note);
    for (const listener of listeners) {
      process.on("unhandledRejection", listener as NodeJS.UnhandledRejectionListener);
    }
  }
  return reasons;
}
