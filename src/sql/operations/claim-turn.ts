import { claimLost } from "../../session/turn-refusals.ts";
import type { Claims, TurnRecord } from "../../session/turn-store.ts";
import type { Work } from "../statements/store-statements.ts";
import { toStanding } from "../statements/turn-standing.ts";
import { toTurn } from "../turn-rows.ts";
import { interruptTurns } from "./interrupt-turns.ts";

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
  const [turn] = (await transaction.executeQuery(turns.turn({ requestId }))).rows;
  if (turn?.replica !== replica || turn.lapsed === 1) throw claimLost(requestId, replica);
  const record = toTurn(turn);
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
    await transaction.executeQuery(sessions.setUsed({ sessionId, time }));
  }
  return { ...record, state };
}

/** Renews all claims of a replica: see `renewClaims` of `TurnStore`. */
export async function renewClaims(
  { transaction, statements }: Work,
  replica: string,
  claimTime: number,
): Promise<Claims> {
  const { rows } = await transaction.executeQuery(statements.turns.held({ replica }));
  if (rows.length > 0) {
    await transaction.executeQuery(statements.turns.renew({ replica, claimTime }));
  }
  return {
    held: rows.map((row) => row.request_id),
    stopRequested: rows.filter((row) => Boolean(row.stop_requested)).map((row) => row.request_id),
  };
}
