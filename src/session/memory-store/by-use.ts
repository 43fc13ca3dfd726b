import type { SessionInfo } from "../session-index.ts";

/** Orders sessions: the most recently used first. */
export function byUse(
  one: Pick<SessionInfo, "updatedAt" | "sessionId">,
  other: Pick<SessionInfo, "updatedAt" | "sessionId">,
): number {
  if (one.updatedAt !== other.updatedAt) return one.updatedAt > other.updatedAt ? -1 : 1;
  if (one.sessionId !== other.sessionId) return one.sessionId > other.sessionId ? -1 : 1;
  return 0;
}
