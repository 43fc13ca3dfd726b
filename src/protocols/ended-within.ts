import type { Run } from "../run/run.ts";

/** How long the answer to a stop waits for the run to end, in milliseconds. */
const stopWait = 2000;

/** Fulfilled when a run that was asked to stop has ended, or has had the time to. */
export async function endedWithin(run: Run): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const time = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, stopWait);
  });
  await Promise.race([run.ended(), time]);
  clearTimeout(timer);
}
