import type { SessionInfo, SessionsQuery } from "../session-index.ts";
import { titleHolds } from "../session-title.ts";

/** A page of sessions, the most recently used first. */
export function listByUse(
  sessions: readonly SessionInfo[],
  { before, limit, search }: Pick<SessionsQuery, "before" | "limit" | "search">,
): readonly SessionInfo[] {
  return sessions
    .filter((info) => before === undefined || byUse(before, info) < 0)
    .filter(({ title }) => search === undefined || titleHolds(title, search))
    .toSorted(byUse)
    .slice(0, limit);
}

/** Orders sessions: the most recently used first. */
function byUse(
  one: Pick<SessionInfo, "updatedAt" | "sessionId">,
  other: Pick<SessionInfo, "updatedAt" | "sessionId">,
): number {
  if (one.updatedAt !== other.updatedAt) return one.updatedAt > other.updatedAt ? -1 : 1;
  if (one.sessionId !== other.sessionId) return one.sessionId > other.sessionId ? -1 : 1;
  return 0;
}
