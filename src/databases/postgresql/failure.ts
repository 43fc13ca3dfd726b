import type { DatabaseFailure } from "../../sql/database.ts";
import { codeOf, isNetworkError, isTlsError, reasonOf } from "../../sql/server/network-failure.ts";
import { PoolTimeout } from "../../sql/server/connection-pool.ts";

// https://www.postgresql.org/docs/current/errcodes-appendix.html
/** lock_not_available */
const lockTimeout = "55P03";
const conflicts = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  lockTimeout,
  "23505", // unique_violation: another transaction inserted the same meanwhile
]);
const lostStates = new Set([
  "25P03", // idle_in_transaction_session_timeout
  "53300", // too_many_connections
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "57P05", // idle_session_timeout
]);
const readOnlyStates = new Set(["25006"]);
const schemaStates = new Set(["42P01", "42703", "3F000"]);
const deniedStates = new Set(["28000", "28P01", "3D000"]);

// What the driver says of connections has no code.
const driverTexts =
  /^(?:Connection terminated|timeout expired|Query read timeout|Client has encountered|Client was closed|Client network socket disconnected)/;

/** Whether the connection broke, or could not be had. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isConnectionLost);
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  if (code === undefined) return driverTexts.test(error.message) || error.name === "ReadOnlyHost";
  return lostStates.has(code) || code.startsWith("08") || isNetworkError(error);
}

/** Whether a statement has waited for a lock as long as it may. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && codeOf(error) === lockTimeout;
}

/** Whether the server takes no writes. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof Error && readOnlyStates.has(codeOf(error) ?? "");
}

/**
 * What an error of PostgreSQL or of its driver means; undefined where it is neither's.
 * @param place what the database is called, without secrets.
 * @param hasOthers whether there are other hosts, of which one may take writes.
 */
export function explainFailure(
  error: unknown,
  place: string,
  hasOthers: boolean,
): DatabaseFailure | undefined {
  if (error instanceof PoolTimeout) {
    return lost(
      `All connections to ${place} are in use. Raise ?pool_size=<number>, or wait longer with ?pool_timeout=<seconds>.`,
    );
  }
  if (!(error instanceof Error)) return undefined;
  const reason = reasonOf(error);
  if (isConnectionLost(error)) {
    return lost(
      `${place} cannot be reached (${reason}). Check that it runs and takes connections.`,
    );
  }
  const code = codeOf(error);
  if (isTlsError(error)) {
    return outage(
      `${place} cannot be reached over TLS (${reason}). Name the authority of its certificate with ?tls_ca=<file>, and the host by the name that it is for.`,
    );
  }
  if (code === undefined) return undefined;
  if (isReadOnly(error)) {
    return {
      code: "database_read_only",
      message: `${place} takes no writes (${reason}). Name the primary server, or all servers, with commas between them.`,
      kind: hasOthers ? "lost" : "outage",
    };
  }
  if (conflicts.has(code)) {
    return {
      code: "database_unavailable",
      message: `${place} rolled a transaction back again and again (${reason}). Try again later.`,
      kind: "conflict",
    };
  }
  if (schemaStates.has(code)) {
    return {
      code: "database_schema_mismatch",
      message: `${place} has not the tables it should have (${reason}). Open the store again, so that missing ones are made.`,
      kind: "refused",
    };
  }
  if (deniedStates.has(code)) {
    return outage(
      `${place} refused the connection (${reason}). Check the user, the password and the name of the database in its URL.`,
    );
  }
  return /^[0-9A-Z]{5}$/.test(code)
    ? {
        code: "database_unavailable",
        message: `${place} refused a statement (${reason}).`,
        kind: "refused",
      }
    : undefined;
}

function lost(message: string): DatabaseFailure {
  return { code: "database_unavailable", message, kind: "lost" };
}

function outage(message: string): DatabaseFailure {
  return { code: "database_unavailable", message, kind: "outage" };
}
