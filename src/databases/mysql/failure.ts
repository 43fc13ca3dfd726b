import type { DatabaseFailure } from "../../sql/database.ts";
import { PoolTimeout } from "../../sql/server/connection-pool.ts";
import { isNetworkError, isTlsError } from "../../sql/server/network-failure.ts";
import {
  CommitBroken,
  ConnectionBroken,
  PacketTooLarge,
  TransactionFailed,
  UnusableHost,
} from "./connection-errors.ts";

// https://mariadb.com/kb/en/mariadb-error-code-reference/ and MySQL's, which share these numbers.
const rollbacks = new Set([
  1213, // ER_LOCK_DEADLOCK: also of a transaction that another node of a cluster came before
]);
/** ER_LOCK_WAIT_TIMEOUT */
const lockTimeout = 1205;
const conflicts = new Set([
  ...rollbacks,
  1020, // ER_CHECKREAD: another changed the row meanwhile
  1062, // ER_DUP_ENTRY: another transaction inserted the same meanwhile
  lockTimeout,
  1317, // ER_QUERY_INTERRUPTED
  1412, // ER_TABLE_DEF_CHANGED
  1615, // ER_NEED_REPREPARE
  3572, // ER_LOCK_NOWAIT
]);
const lostNumbers = new Set([
  1040, // ER_CON_COUNT_ERROR
  1047, // ER_UNKNOWN_COM_ERROR: a node that is cut off from its cluster
  1053, // ER_SERVER_SHUTDOWN
  1079, // ER_NORMAL_SHUTDOWN
  1080, // ER_FORCING_CLOSE
  1135, // ER_CANT_CREATE_THREAD
  1152, // ER_ABORTING_CONNECTION
  1184, // ER_NEW_ABORTING_CONNECTION
  1203, // ER_TOO_MANY_USER_CONNECTIONS
  1226, // ER_USER_LIMIT_REACHED
  1243, // ER_UNKNOWN_STMT_HANDLER: of a server behind another that took its place
  1927, // ER_CONNECTION_KILLED
  2002,
  2003,
  2006, // CR_SERVER_GONE_ERROR
  2013, // CR_SERVER_LOST
  3169, // ER_SESSION_WAS_KILLED
  4031, // ER_CLIENT_INTERACTION_TIMEOUT
]);
const readOnlyNumbers = new Set([
  1792, // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
  1836, // ER_READ_ONLY_MODE
  1874, // ER_INNODB_READ_ONLY
  3100, // ER_RUN_HOOK_ERROR: a group takes no writes
]);
/** ER_OPTION_PREVENTS_STATEMENT: of several options, one of which is that nothing is written. */
const optionPrevents = 1290;
const schemaNumbers = new Set([
  1051, // ER_BAD_TABLE_ERROR
  1054, // ER_BAD_FIELD_ERROR
  1146, // ER_NO_SUCH_TABLE
]);
const deniedNumbers = new Set([
  1044, // ER_DBACCESS_DENIED_ERROR
  1045, // ER_ACCESS_DENIED_ERROR
  1049, // ER_BAD_DB_ERROR
  1129, // ER_HOST_IS_BLOCKED
  1130, // ER_HOST_NOT_PRIVILEGED
  1142, // ER_TABLEACCESS_DENIED_ERROR
  1227, // ER_SPECIFIC_ACCESS_DENIED_ERROR
  1251, // ER_NOT_SUPPORTED_AUTH_MODE
  1698, // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
  1820, // ER_MUST_CHANGE_PASSWORD
  1862, // ER_MUST_CHANGE_PASSWORD_LOGIN
]);
const packetNumbers = new Set([
  1153, // ER_NET_PACKET_TOO_LARGE
  45_046, // ER_MAX_ALLOWED_PACKET of the driver
]);
/** ER_SERVER_SSL_DISABLED of the driver. */
const withoutTls = 45_023;
// What the driver says of certificates under a code of its own.
const tlsTexts = /certificate|self.signed/i;
/** The driver's own numbers begin here. */
const firstOfDriver = 45_000;

/** Whether the connection broke, or could not be had. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isConnectionLost);
  if (!(error instanceof Error)) return false;
  if (
    error instanceof ConnectionBroken ||
    error instanceof CommitBroken ||
    error instanceof UnusableHost
  ) {
    return true;
  }
  const { number, sqlState } = partsOf(error);
  if (isTlsProblem(error) || packetNumbers.has(number) || deniedNumbers.has(number)) return false;
  return lostNumbers.has(number) || sqlState.startsWith("08") || isNetworkError(error);
}

/** Whether the server takes no writes. */
export function isReadOnly(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { number } = partsOf(error);
  return (
    readOnlyNumbers.has(number) || (number === optionPrevents && /read.only/i.test(error.message))
  );
}

/** Whether an error says for certain that the transaction was rolled back. */
export function isRolledBack(error: unknown): boolean {
  return error instanceof Error && rollbacks.has(partsOf(error).number);
}

/** Whether a statement has waited for others as long as it may. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && partsOf(error).number === lockTimeout;
}

/** Whether an error came from a server that answers, not from one that cannot be reached. */
export function isAnswer(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { number } = partsOf(error);
  return number > 0 && number < firstOfDriver;
}

/**
 * What an error of the server or of its driver means; undefined where it is neither's.
 * @param place what the database is called, without secrets.
 * @param hasOthers whether there are other hosts, of which one may take writes.
 */
export function explainFailure(
  error: unknown,
  place: string,
  hasOthers: boolean,
): DatabaseFailure | undefined {
  if (error instanceof TransactionFailed) return explainFailure(error.cause, place, hasOthers);
  if (error instanceof PoolTimeout) {
    return unavailable(
      "lost",
      `All connections to ${place} are in use. Raise ?pool_size=<number>, or wait longer with ?pool_timeout=<seconds>.`,
    );
  }
  if (!(error instanceof Error)) return undefined;
  const reason = reasonOf(error);
  if (isConnectionLost(error)) {
    return unavailable(
      "lost",
      `${place} cannot be reached (${reason}). Check that it runs and takes connections.`,
    );
  }
  if (error instanceof PacketTooLarge || packetNumbers.has(partsOf(error).number)) {
    return unavailable(
      "refused",
      `${place} takes no value that large (${reason}). Raise max_allowed_packet of the server, to 64M say, or lower messageLimit of the runtime.`,
    );
  }
  if (isTlsProblem(error)) {
    return unavailable(
      "outage",
      `${place} cannot be reached over TLS (${reason}). Let the server have a certificate, name the authority of it with ?tls_ca=<file>, and the host by the name that it is for.`,
    );
  }
  const { number } = partsOf(error);
  if (isReadOnly(error)) {
    return {
      code: "database_read_only",
      message: `${place} takes no writes (${reason}). Name the primary server, or all servers, with commas between them.`,
      kind: hasOthers ? "lost" : "outage",
    };
  }
  if (conflicts.has(number)) {
    return unavailable(
      "conflict",
      `${place} rolled a transaction back again and again (${reason}). Try again later.`,
    );
  }
  if (schemaNumbers.has(number)) {
    return {
      code: "database_schema_mismatch",
      message: `${place} has not the tables it should have (${reason}). Open the store again, so that missing ones are made.`,
      kind: "refused",
    };
  }
  if (deniedNumbers.has(number)) {
    return unavailable(
      "outage",
      `${place} refused the connection (${reason}). Check the user, the password, the name of the database and what the user may do in it.`,
    );
  }
  return number > 0
    ? unavailable("refused", `${place} refused a statement (${reason}).`)
    : undefined;
}

function unavailable(kind: DatabaseFailure["kind"], message: string): DatabaseFailure {
  return { code: "database_unavailable", message, kind };
}

function isTlsProblem(error: Error): boolean {
  // The driver's own errors have codes too, which say nothing of encryption.
  return partsOf(error).number === withoutTls || isTlsError(error) || tlsTexts.test(error.message);
}

/** What an error says; where several hosts were tried, what each of them said. */
function reasonOf(error: Error): string {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  return [...new Set(errors.map(textOf))].join("; ");
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // The driver's message also has the statement.
  const text =
    "sqlMessage" in error && typeof error.sqlMessage === "string"
      ? error.sqlMessage
      : error.message;
  return text === "" ? partsOf(error).code : text;
}

function partsOf(error: Error): {
  readonly number: number;
  readonly code: string;
  readonly sqlState: string;
} {
  const { errno, code, sqlState } = error as Error & Record<"errno" | "code" | "sqlState", unknown>;
  return {
    number: typeof errno === "number" ? errno : 0,
    code: typeof code === "string" ? code : "",
    sqlState: typeof sqlState === "string" ? sqlState : "",
  };
}
