import { destination, pino } from "pino";
import type { Logger } from "../logger.ts";

/** The default logger: JSON lines on standard error, from level `info`. */
export function createLogger(): Logger {
  return pino({ name: "turnkeep" }, destination({ dest: 2, sync: true }));
}
