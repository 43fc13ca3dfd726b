import type { Work } from "../statements/store-statements.ts";

/**
 * Lets no other transaction write to a session until this one ends: the statements behind it see
 * all that was written before. Nothing to do where a database has one writer.
 *
 * Where the session has no row there is nothing to lock: of two that insert it one fails, and is
 * done again. Need not be awaited before the next statement, which is executed after it.
 */
export async function lockSession(
  { transaction, statements }: Work,
  sessionId: string,
): Promise<"locked" | "missing" | "unneeded"> {
  const { lock } = statements.sessions;
  if (lock === undefined) return "unneeded";
  const { rows } = await transaction.executeShared(lock, { sessionId });
  return rows.length > 0 ? "locked" : "missing";
}

/**
 * Waits until no other transaction is keeping chunks of a turn, and lets none until this one ends. Need
 * not be awaited, as {@link lockSession}.
 */
export async function lockTurn(
  { transaction, statements }: Work,
  sessionId: string,
  number: number,
): Promise<void> {
  const { lock } = statements.turns;
  if (lock !== undefined) await transaction.executeQuery(lock({ session_id: sessionId, number }));
}

/** Like {@link lockSession}, for the session of a turn. */
export async function lockSessionOf(
  { transaction, statements }: Work,
  requestId: string,
): Promise<void> {
  const { lockOfTurn } = statements.sessions;
  if (lockOfTurn !== undefined) await transaction.executeQuery(lockOfTurn({ requestId }));
}
