import { claimLost } from "../../session/turn-refusals.ts";
import type { Claims, TurnRecord } from "../../session/turn-store.ts";
import { readerOf, type Work } from "../statements/store-statements.ts";
import { toStanding } from "../statements/turn-standing.ts";
import { toTurns } from "../turn-places.ts";
import { interruptTurns } from "./interrupt-turns.ts";
import { lockSessionOf } from "./lock-session.ts";

/** A replica's claim on a turn. */
export interface Claim {
  readonly requestId: string;
  readonly replica: string;
  /** In milliseconds. */
  readonly claimTime: number;
}

/** Lets a queued turn run where it may: see `claimTurn` of `TurnStore`. */
export async function claimTurn(
  work: Work,
  { requestId, replica, claimTime }: Claim,
): Promise<TurnRecord> {
  const { transaction, statements } = work;
  const { turns, sessions } = statements;
  const [, found] = await Promise.all([
    lockSessionOf(work, requestId),
    transaction.executeQuery(turns.turn({ requestId })),
  ]);
  const [turn] = found.rows;
  if (turn?.replica !== replica || turn.lapsed === 1) throw claimLost(requestId, replica);
  const [record] = await toTurns(readerOf(work), statements, [turn]);
  if (record === undefined) throw claimLost(requestId, replica);
  const { sessionId, number } = record;
  const { rows } = await transaction.executeQuery(turns.standing({ sessionId }));
  const standing = toStanding(rows);
  const isNext = standing?.live.every((other) => other.number >= number) === true;
  const state = isNext ? "running" : record.state;
  const { numAffectedRows } = await transaction.executeQuery(
    turns.claim({ session_id: sessionId, number, replica, claimTime, state }),
  );
  // The claim lapsed between two statements.
  if (numAffectedRows !== 1n) throw claimLost(requestId, replica);
  if (standing !== undefined && standing.lapsed.length > 0) {
    const { time } = await interruptTurns(work, sessionId, standing);
    await transaction.executeShared(sessions.setUsed, { sessionId, time });
  }
  return { ...record, state };
}

/** Renews all claims of a replica: see `renewClaims` of `TurnStore`. */
export async function renewClaims(
  { transaction, statements: { turns } }: Work,
  replica: string,
  claimTime: number,
): Promise<Claims> {
  const { rows } = await transaction.executeQuery(turns.held({ replica }));
  if (rows.length > 0) {
    if (turns.lockHeld === undefined) {
      await transaction.executeQuery(turns.renew({ replica, claimTime }));
    } else {
      // Waiting for those that others are writing to, row by row, could end in a deadlock.
      const locked = await transaction.executeQuery(turns.lockHeld({ replica }));
      const requestIds = locked.rows.map((row) => row.request_id);
      for (const query of turns.renewSome(requestIds, { replica, claimTime })) {
        await transaction.executeQuery(query);
      }
    }
  }
  return {
    held: rows.map((row) => row.request_id),
    stopRequested: rows.filter((row) => Boolean(row.stop_requested)).map((row) => row.request_id),
  };
}
