import { toPart } from "../../session/turn-part.ts";
import type { Written } from "../database.ts";
import { laterOf } from "../message-rows.ts";
import type { Work } from "../statements/store-statements.ts";
import { type Standing, toStanding } from "../statements/turn-standing.ts";
import { toChunk } from "../turn-rows.ts";
import { fenceChunks } from "./fence-chunks.ts";
import { lockSession, lockTurn } from "./lock-session.ts";

/** How much interrupting the lapsed turns of a session writes, about: it is rarely more than one. */
export const interruptionSize: Written = { rows: 3, characters: 2000 };

/** Interrupts the lapsed turns of a session. The answer is how many there were. */
export async function interruptSession(work: Work, sessionId: string): Promise<number> {
  const { transaction, statements } = work;
  const [, { rows }] = await Promise.all([
    lockSession(work, sessionId),
    transaction.executeQuery(statements.turns.standing({ sessionId })),
  ]);
  const standing = toStanding(rows);
  if (standing === undefined || standing.lapsed.length === 0) return 0;
  const { count, time } = await interruptTurns(work, sessionId, standing);
  await transaction.executeShared(statements.sessions.setUsed, { sessionId, time });
  return count;
}

/**
 * Interrupts the turns of a session whose claims have lapsed. The answer is how many there were, and
 * the last time that was given to anything in the session then, which is still to be stored.
 */
export async function interruptTurns(
  work: Work,
  sessionId: string,
  { session: { last_time: lastTime }, lapsed }: Standing,
): Promise<{ readonly count: number; readonly time: string }> {
  const { transaction, statements, clock } = work;
  if (lapsed.length === 0) return { count: 0, time: lastTime };
  const endedAt = laterOf(clock(), lastTime);
  let count = 0;
  for (const { requestId, number, replica } of lapsed) {
    await lockTurn(work, sessionId, number);
    await fenceChunks(work, [requestId]);
    const { rows } = await transaction.executeQuery(
      statements.chunks.chunks({ requestId, from: 0 }),
    );
    const answer = toPart(rows.map(toChunk));
    const { numAffectedRows } = await transaction.executeQuery(
      statements.turns.interrupt({
        session_id: sessionId,
        number,
        replica,
        state: "interrupted",
        answer: answer === undefined ? null : JSON.stringify(answer),
        answer_record: null,
        error: null,
        ended_at: endedAt,
      }),
    );
    if (numAffectedRows !== 1n) continue;
    count += 1;
    if (rows.length > 0) await transaction.executeShared(statements.chunks.remove, { requestId });
  }
  return { count, time: endedAt };
}
