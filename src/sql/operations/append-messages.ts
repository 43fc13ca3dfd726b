import type { SessionRecord } from "../../session/session-record.ts";
import type { TurnMessages } from "../../session/session-store.ts";
import { type PendingMessages, toStoredMessages } from "../message-rows.ts";
import type { Work } from "../statements/store-statements.ts";

/** Stores messages: see `appendTurn` of `SessionStore`. */
export async function appendMessages(
  { transaction, statements, clock }: Work,
  { sessionId, requestId }: Pick<TurnMessages, "sessionId" | "requestId">,
  messages: PendingMessages,
): Promise<readonly SessionRecord[]> {
  const found = await transaction.executeQuery(statements.messages.newestTime({ sessionId }));
  const { newest = null, last_time: lastTime = null, deleted = false } = found.rows[0] ?? {};
  const { rows, records } = toStoredMessages(messages, {
    sessionId,
    requestId,
    now: clock(),
    lastTime,
    newest,
    deleted: Boolean(deleted),
  });
  await statements.messages.inserts.insert(transaction, rows);
  const time = records.at(-1)?.updatedAt;
  if (lastTime !== null && time !== undefined) {
    await transaction.executeQuery(statements.sessions.setLastTime({ sessionId, time }));
  }
  return records;
}
