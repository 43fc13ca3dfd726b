import type { Work } from "../statements/store-statements.ts";
import { lastTimeOf } from "../time-step.ts";

/**
 * The time that all that is added to a session must come after, for the time of its newest row as
 * it is stored. They differ where the table of messages keeps times less exactly than records have them.
 */
export async function exactNewest(
  { transaction, statements, timeStep }: Work,
  sessionId: string,
  newest: string | null,
): Promise<string | null> {
  if (newest === null || timeStep === 1) return newest;
  const { rows } = await transaction.executeQuery(
    statements.messages.lastIdsAt({ sessionId, time: newest }),
  );
  const ids = rows.flatMap(({ id }) => (id === null ? [] : [id]));
  return lastTimeOf(newest, ids, timeStep);
}
