import type { ServerFacts } from "./server-facts.ts";

/** How long a transaction of a process that hangs, or was cut off, keeps others waiting, in seconds. */
const idleInTransaction = 10;
/** How long the server keeps a connection that nothing is asked on, in seconds: longer than a pool does. */
const idle = 600;
// As far as the server counts: a step of a recursive query is one key of a session.
const maxSteps = 4_294_967_295;

/**
 * Begins a transaction. Without automatic commits, since what the server does after it has rolled one
 * back (for a deadlock, say) would be committed by itself otherwise, statement by statement: they are
 * sent before the answer to the one that failed is there.
 */
export const beginning: string = `set autocommit = 0, wait_timeout = ${idleInTransaction}`;

/** Follows the end of a transaction. */
export const ending: string = `set autocommit = 1, wait_timeout = ${idle}`;

/**
 * The statements that a connection begins with, so that it is the same whatever the server's defaults are.
 * @param statementTimeout in milliseconds; 0 for a statement that may take as long as it likes.
 */
export function toSettings(
  { isMariaDB, isNode }: ServerFacts,
  statementTimeout: number,
): readonly string[] {
  const seconds = statementTimeout === 0 ? 3600 : Math.max(1, Math.ceil(statementTimeout / 1000));
  const settings = [
    "autocommit = 1",
    `wait_timeout = ${idle}`,
    // Times are cut off to what a column keeps, as MariaDB does by itself.
    `sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION${isMariaDB ? "" : ",TIME_TRUNCATE_FRACTIONAL"}'`,
    // The clock of claims must not stand still or jump when summer time ends.
    "time_zone = '+00:00'",
    `lock_wait_timeout = ${seconds}`,
    `innodb_lock_wait_timeout = ${seconds}`,
    ...(isMariaDB
      ? [
          `max_statement_time = ${statementTimeout / 1000}`,
          `max_recursive_iterations = ${maxSteps}`,
        ]
      : [`max_execution_time = ${statementTimeout}`, `cte_max_recursion_depth = ${maxSteps}`]),
  ];
  // A node waits until it has what was committed on others before. Within a transaction only the
  // first statement does.
  if (isNode) settings.push("wsrep_sync_wait = 7");
  return ["set session transaction isolation level read committed", `set ${settings.join(", ")}`];
}
