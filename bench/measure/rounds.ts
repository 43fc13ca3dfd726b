/** The figure in the middle; of an even number the mean of the two. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = Number.isInteger(middle)
    ? [sorted[middle - 1], sorted[middle]]
    : [sorted[Math.floor(middle)], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** What was measured of each subject, round by round. */
export interface Rounds {
  readonly [subject: string]: readonly number[];
}

/** Measures each subject once in each round, so that what disturbs the machine disturbs all. */
export async function interleave(
  rounds: number,
  subjects: Readonly<Record<string, () => Promise<number>>>,
): Promise<Rounds> {
  const figures: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, measure] of Object.entries(subjects)) {
      (figures[name] ??= []).push(await measure());
    }
  }
  return figures;
}

/** How often in a second several callers get the work done who each do it again and again. */
export async function perSecond(
  callers: number,
  seconds: number,
  work: (caller: number) => Promise<unknown>,
): Promise<number> {
  const began = performance.now();
  const deadline = began + seconds * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (performance.now() < deadline) {
        await work(caller);
        count += 1;
      }
    }),
  );
  return count / ((performance.now() - began) / 1000);
}
