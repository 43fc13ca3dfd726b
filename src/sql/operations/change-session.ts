import type { SessionChange, SessionInfo } from "../../session/session-index.ts";
import { isOf, toInfo } from "../session-rows.ts";
import type { Work } from "../statements/store-statements.ts";
import type { SessionRow } from "../tables.ts";
import { lockSession } from "./lock-session.ts";

/** Changes a session of a user: see `updateSession` of `SessionIndex`. */
export async function changeSession(
  work: Work,
  sessionId: string,
  userId: string | undefined,
  { title, deleted }: SessionChange,
): Promise<SessionInfo | undefined> {
  const { transaction, statements } = work;
  const [, { rows }] = await Promise.all([
    lockSession(work, sessionId),
    transaction.executeQuery(statements.sessions.session({ sessionId })),
  ]);
  const session = rows.find((row) => isOf(row, userId));
  if (session === undefined) return undefined;
  let changed = session;
  if (title !== undefined) {
    await transaction.executeQuery(statements.sessions.setTitle({ sessionId, title }));
    changed = { ...changed, title };
  }
  if (deleted !== undefined && deleted !== Boolean(session.deleted)) {
    await (deleted ? hide(work, session) : show(work, session));
    await transaction.executeQuery(statements.sessions.setDeleted({ sessionId, deleted }));
    changed = { ...changed, deleted };
  }
  return toInfo(changed);
}

async function hide(
  { transaction, statements }: Work,
  { session_id: sessionId, live_from: from, turn_count: to }: SessionRow,
): Promise<void> {
  const { messages, turns } = statements;
  await transaction.executeQuery(messages.noteDeleted({ sessionId }));
  await transaction.executeQuery(messages.markDeleted({ sessionId }));
  await transaction.executeQuery(turns.requestStops({ sessionId, from, to }));
}

async function show(
  { transaction, statements }: Work,
  { session_id: sessionId }: SessionRow,
): Promise<void> {
  await transaction.executeQuery(statements.messages.unmarkDeleted({ sessionId }));
  await transaction.executeQuery(statements.messages.forgetDeleted({ sessionId }));
}
