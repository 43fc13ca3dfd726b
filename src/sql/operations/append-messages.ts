import type { SessionRecord } from "../../session/session-record.ts";
import type { TurnMessages } from "../../session/session-store.ts";
import { type PendingMessages, toStoredMessages } from "../message-rows.ts";
import { readerOf, type Work } from "../statements/store-statements.ts";
import { lockSession } from "./lock-session.ts";
import { findNewest, type NotYet, type Waiting } from "./newest-row.ts";

/** Stores messages: see `appendTurn` of `SessionStore`. */
export async function appendMessages(
  work: Work,
  { sessionId, requestId }: Pick<TurnMessages, "sessionId" | "requestId">,
  messages: PendingMessages,
  waiting: Waiting,
): Promise<readonly SessionRecord[] | NotYet> {
  const { transaction, statements, clock, timeStep, knownKeys } = work;
  const { sessions } = statements;
  const isMissing = (await lockSession(work, sessionId)) === "missing";
  if (isMissing) {
    // Of the same session's others none gets past this: it is gone again when this is committed.
    await transaction.executeQuery(
      sessions.insert({ sessionId, userId: null, title: null, createdAt: clock() }),
    );
  }
  const { deleted, last_time, ...found } = await knownKeys.find(
    readerOf(work),
    statements.messages,
    sessionId,
  );
  const lastTime = isMissing ? null : last_time;
  const place = { ...found, lastTime };
  const { newest, notYet } = await findNewest(work, sessionId, place, waiting);
  if (notYet !== undefined) {
    if (isMissing) await transaction.executeQuery(sessions.remove({ sessionId }));
    return notYet;
  }
  const { rows, records } = toStoredMessages(messages, {
    sessionId,
    requestId,
    now: clock(),
    lastTime,
    newest,
    deleted: Boolean(deleted),
    timeStep,
  });
  const time = records.at(-1)?.updatedAt;
  transaction.finishWith(
    Promise.all([
      statements.messages.inserts.insert(transaction, rows),
      isMissing && transaction.executeQuery(sessions.remove({ sessionId })),
      lastTime !== null &&
        time !== undefined &&
        transaction.executeShared(sessions.setLastTime, { sessionId, time }),
    ]),
  );
  return records;
}

/** Whether records that {@link appendMessages} answered were committed. */
export async function areStored(work: Work, records: readonly SessionRecord[]): Promise<boolean> {
  const [first] = records;
  if (first === undefined) return false;
  const { sessionId, id } = first;
  const { transaction, statements } = work;
  // The transaction in question may still be about to be committed.
  await lockSession(work, sessionId);
  const { rows } = await transaction.executeQuery(statements.messages.timeOf({ sessionId, id }));
  return rows.length > 0;
}
