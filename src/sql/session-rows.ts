import type { SessionInfo } from "../session/session-index.ts";
import { inOneForm } from "./message-rows.ts";
import type { SessionRow } from "./tables.ts";

/** What is known of the session of a row. */
export function toInfo(row: SessionRow): SessionInfo {
  return {
    sessionId: row.session_id,
    userId: row.user_id ?? undefined,
    title: row.title ?? undefined,
    turns: row.turn_count,
    createdAt: inOneForm(row.created_at),
    updatedAt: inOneForm(row.updated_at),
    deleted: Boolean(row.deleted),
  };
}

/** Whether a session belongs to a user. */
export function isOf(session: Pick<SessionRow, "user_id">, userId: string | undefined): boolean {
  return session.user_id === (userId ?? null);
}

/** Whether a session belongs to a user and is not deleted. */
export function isShown(
  session: Pick<SessionRow, "user_id" | "deleted">,
  userId: string | undefined,
): boolean {
  return isOf(session, userId) && !session.deleted;
}
