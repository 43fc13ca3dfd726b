import { describe, TurnkeepError } from "../errors.ts";
import type { SessionStore } from "../session/session-store.ts";
import type { DatabaseConfig } from "../sql/database-config.ts";

/** Where a runtime keeps sessions: a database, by its URL or with options beside it, or an open store. */
export type SessionConfig = string | DatabaseConfig | SessionStore;

/** Whether an open store is given, which its owner closes. */
export function isStore(config: SessionConfig): config is SessionStore {
  return typeof config === "object" && "getHistory" in config;
}

/** @throws TurnkeepError `invalid_argument` where it is none of what it may be. */
export function requireSessionConfig(config: unknown): void {
  if (config === undefined || typeof config === "string") return;
  if (typeof config === "object" && config !== null) {
    if ("getHistory" in config || "url" in config) return;
  }
  throw new TurnkeepError(
    "invalid_argument",
    `userSessionConfig must be a database URL, { url, ...options } or an open store, but it is ${describe(config)}.`,
  );
}
