import { setTimeout } from "node:timers/promises";
import type { OpenDatabase } from "./database.ts";

const attempts = 20;
/** The longest pause between two attempts, in milliseconds. */
const maxPause = 200;

/**
 * Does work that may be done again until no other transaction has come before it, as one that makes
 * tables may where others do the same on other nodes of a cluster.
 */
export async function despiteConflicts<Result>(
  database: OpenDatabase,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || database.explain(error)?.kind !== "conflict") throw error;
    }
    await setTimeout(Math.random() * maxPause);
  }
}
