import { setTimeout } from "node:timers/promises";
import { TurnkeepError } from "../../errors.ts";

/**
 * How long a change of a table may hold up those who use it before it lets them pass, in
 * milliseconds: what its connection has to be told before it.
 */
export const changePatience = 1000;
const attempts = 60;

/**
 * Changes a table that may be in use. For an instant no transaction may have it in use, and whoever
 * comes while the change waits for one that goes on would wait with it: so the change soon gives up,
 * and is tried again.
 * @param isTimeout whether an error says that the change gave up.
 * @param whoHolds where to find what does not end, as a sentence.
 * @throws TurnkeepError `database_unavailable` when it has given up 60 times.
 */
export async function changeTable(
  change: () => Promise<unknown>,
  table: string,
  isTimeout: (error: unknown) => boolean,
  whoHolds: string,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await change();
      return;
    } catch (error) {
      if (!isTimeout(error)) throw error;
      if (attempt === attempts) {
        throw new TurnkeepError(
          "database_unavailable",
          `The table ${table} is in use by a transaction that does not end, so that it cannot be brought up to date. ${whoHolds}`,
          { cause: error },
        );
      }
      await setTimeout(changePatience);
    }
  }
}
