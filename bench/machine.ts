import { cpus, release, totalmem, type } from "node:os";
import type { BenchDatabase } from "./databases.ts";

/** Where and with what it was measured. */
export async function describeMachine(
  databases: readonly BenchDatabase[],
): Promise<readonly string[]> {
  const [cpu] = cpus();
  const versions = await Promise.all(
    databases.map((database) =>
      database.version().catch((error: unknown) => `${database.title} (${String(error)})`),
    ),
  );
  return [
    `${cpus().length} cores of ${cpu?.model ?? "an unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GB of memory`,
    `${type()} ${release()}`,
    `Node ${process.version}`,
    ...versions,
  ];
}
