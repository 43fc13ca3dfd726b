import { constants } from "node:os";

/**
 * How long signals count as one, in milliseconds: Ctrl+C under npm arrives twice, from the terminal
 * and from npm.
 */
const sameSignal = 500;

/**
 * Fulfilled at the first SIGINT or SIGTERM, with its name. From then on a further one ends the
 * process at once, with the exit code that shells give it.
 */
export function untilTerminated(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (first === undefined) {
        first = performance.now();
        resolve(signal);
      } else if (performance.now() - first > sameSignal) {
        process.exit(128 + constants.signals[signal]);
      }
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
}
