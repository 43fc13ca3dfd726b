import { parseTime } from "../i18n/format.ts";
import type { Session } from "../wire/sessions.ts";

/** When sessions were used last, as the list has it. */
export type Period = "today" | "yesterday" | "earlier";

/** Sessions by the days on which they were used last; periods without any are left out. */
export function groupByPeriod(
  sessions: readonly Session[],
  now: Date = new Date(),
): readonly { readonly period: Period; readonly sessions: readonly Session[] }[] {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  const periodOf = ({ updated_at }: Session): Period => {
    const time = parseTime(updated_at);
    return time >= today ? "today" : time >= yesterday ? "yesterday" : "earlier";
  };
  return (["today", "yesterday", "earlier"] as const)
    .map((period) => ({
      period,
      sessions: sessions.filter((session) => periodOf(session) === period),
    }))
    .filter((group) => group.sessions.length > 0);
}
