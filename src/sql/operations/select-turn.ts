import { sessionBusy } from "../../session/turn-refusals.ts";
import type { TurnFeedback, TurnRecord } from "../../session/turn-store.ts";
import { isShown } from "../session-rows.ts";
import { readerOf, type Work } from "../statements/store-statements.ts";
import { toStanding } from "../statements/turn-standing.ts";
import { readTree, toTurns } from "../turn-places.ts";
import { choosePath } from "./choose-path.ts";
import { interruptTurns } from "./interrupt-turns.ts";
import { lockSessionOf } from "./lock-session.ts";

/** Makes a turn's path the chosen one: see `selectTurn` of `TurnStore`. */
export async function selectTurn(
  work: Work,
  requestId: string,
  userId: string | undefined,
): Promise<TurnRecord | undefined> {
  const { transaction, statements } = work;
  const turn = await findTurn(work, requestId, userId);
  if (turn === undefined) return undefined;
  const { session_id: sessionId, number } = turn;
  const { rows } = await transaction.executeQuery(statements.turns.standing({ sessionId }));
  const standing = toStanding(rows);
  if (standing === undefined) return undefined;
  const { session, live, lapsed } = standing;
  if (live.length > 0) throw sessionBusy(sessionId);
  if (lapsed.length > 0) {
    const { time } = await interruptTurns(work, sessionId, standing);
    await transaction.executeShared(statements.sessions.setUsed, { sessionId, time });
  }
  if (session.head !== null) {
    const tree = await readTree(readerOf(work), statements, sessionId);
    if (!tree.isOn(number, session.head)) {
      const to = tree.newestEnd(number, session.turn_count);
      await choosePath(work, sessionId, tree, { from: session.head, to });
    }
  }
  return readTurn(work, requestId);
}

/** Keeps what the user thinks of a turn's answer: see `setFeedback` of `TurnStore`. */
export async function setFeedback(
  work: Work,
  requestId: string,
  userId: string | undefined,
  feedback: TurnFeedback | undefined,
): Promise<TurnRecord | undefined> {
  const { transaction, statements } = work;
  const turn = await findTurn(work, requestId, userId);
  if (turn === undefined) return undefined;
  await transaction.executeQuery(
    statements.turns.setFeedback({
      session_id: turn.session_id,
      number: turn.number,
      feedback: feedback?.value ?? null,
      feedback_comment: feedback?.comment ?? null,
    }),
  );
  return readTurn(work, requestId);
}

async function findTurn(work: Work, requestId: string, userId: string | undefined) {
  const { transaction, statements } = work;
  const [, { rows }] = await Promise.all([
    lockSessionOf(work, requestId),
    transaction.executeQuery(statements.turns.turn({ requestId })),
  ]);
  return rows.find((row) => isShown(row, userId));
}

async function readTurn(work: Work, requestId: string): Promise<TurnRecord | undefined> {
  const { transaction, statements } = work;
  const { rows } = await transaction.executeQuery(statements.turns.turn({ requestId }));
  return (await toTurns(readerOf(work), statements, rows))[0];
}
