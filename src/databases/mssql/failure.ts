import type { DatabaseFailure } from "../../sql/database.ts";
import { PoolTimeout } from "../../sql/server/connection-pool.ts";
import { codeOf, isNetworkError, isTlsError, reasonOf } from "../../sql/server/network-failure.ts";
import {
  CommitBroken,
  ConnectionBroken,
  TransactionFailed,
  UnusableHost,
} from "./connection-errors.ts";

// https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
/** The transaction gave way to another, and is gone. */
const deadlock = 1205;
const withoutTransaction = new Set([
  3902, // commit without a transaction: it was rolled back by the server
  3903, // rollback without a transaction
  3930, // the transaction cannot be committed
  3971, // the transaction is not there any more
  3998, // the transaction could not be committed at the end of a batch
]);
const lockTimeout = 1222;
const conflicts = new Set([
  deadlock,
  1204, // there is no room for another lock
  lockTimeout,
  2601, // another transaction inserted the same meanwhile: of a unique index
  2627, // the same, of a key
  3960, // another changed the row since the transaction's version of it
  3961, // a table was changed meanwhile
  ...withoutTransaction,
]);
const lostNumbers = new Set([
  596, // the session was ended
  615, // the database is somewhere else by now
  921, // the database is being recovered
  922,
  926,
  945,
  952, // the database is being brought up or down
  976, // this replica may not be read
  978, // this replica may only be read
  979,
  983, // the replica is not there yet
  988, // there is no quorum
  4221, // the replica is not ready for logins
  6005, // the server is being shut down
  10928, // Azure's limits of what a database may use at once
  10929,
  17142, // the server is paused
  17187, // the server is not ready yet
  17188, // the server is being shut down
  17809, // there are too many connections
  18401, // the server is being upgraded
  40143, // Azure moves the database
  40166,
  40197,
  40501, // Azure is busy
  40540,
  40613, // the database is not available at the moment
  42108, // the database is paused
  42109,
  49918, // Azure is busy
  49919,
  49920,
]);
const readOnlyNumbers = new Set([
  3906, // the database is read-only
  3908,
]);
const schemaNumbers = new Set([
  207, // no such column
  208, // no such table
  1911, // no such column, for an index
  4902, // no such table, to be altered
]);
const deniedNumbers = new Set([
  229, // no permission on a table
  230,
  262, // no permission to make a table
  297,
  300,
  916, // the login is no user of the database
  4060, // no such database, or it may not be opened
  4064,
  15_151,
  18_452, // a login that is not trusted
  18_456, // login failed
  18_470, // the login is disabled
  18_486, // the login is locked
  18_487, // the password has expired
  18_488, // the password must be changed
  40_532, // Azure lets nobody in from there
  40_615, // Azure's firewall
  40_914,
]);
/** A null where none may be. */
const nullRefused = 515;
const truncations = new Set([2628, 8152]);

/** Codes of the driver's own errors that mean that the connection broke, or could not be had. */
const lostCodes = new Set(["ESOCKET", "ECLOSE", "EINVALIDSTATE"]);
/** The server has encryption, and the client not, or the other way round. */
const unencrypted = "EENCRYPT";
/** A connection or a statement that took too long. */
const timeout = "ETIMEOUT";

/** Whether the connection broke, or could not be had. */
export function isConnectionLost(error: unknown): boolean {
  const errors = partsOf(error);
  return errors.length > 0 && errors.every(isLost);
}

/** Whether the server takes no writes. */
export function isReadOnly(error: unknown): boolean {
  return hasNumber(error, readOnlyNumbers);
}

/** Whether an error says for certain that the transaction was rolled back. */
export function isRolledBack(error: unknown): boolean {
  return hasNumber(error, new Set([deadlock, ...withoutTransaction]));
}

/** Whether a statement has waited for others as long as it may. */
export function isLockTimeout(error: unknown): boolean {
  return hasNumber(error, new Set([lockTimeout]));
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
  if (partsOf(error).some(isTlsProblem)) {
    return unavailable(
      "outage",
      `${place} cannot be reached over TLS (${reason}). Name the authority of its certificate with ?tls_ca=<file>, and the host by the name that it is for; ?tls=no-verify trusts any certificate, and ?tls=off encrypts nothing.`,
    );
  }
  return explainAnswer(error, reason, place, hasOthers);
}

function explainAnswer(
  error: Error,
  reason: string,
  place: string,
  hasOthers: boolean,
): DatabaseFailure | undefined {
  if (isReadOnly(error)) {
    return {
      code: "database_read_only",
      message: `${place} takes no writes (${reason}). Name the primary server, or all servers, with commas between them.`,
      kind: hasOthers ? "lost" : "outage",
    };
  }
  if (hasNumber(error, conflicts)) {
    return unavailable(
      "conflict",
      `${place} rolled a transaction back again and again (${reason}). Try again later.`,
    );
  }
  if (hasNumber(error, schemaNumbers)) {
    return {
      code: "database_schema_mismatch",
      message: `${place} has not the tables it should have (${reason}). Open the store again, so that missing ones are made.`,
      kind: "refused",
    };
  }
  if (hasNumber(error, deniedNumbers)) {
    return unavailable(
      "outage",
      `${place} refused the connection (${reason}). Check the user, the password, the name of the database and what the user may do in it.`,
    );
  }
  if (hasNumber(error, new Set([nullRefused, ...truncations]))) {
    return unavailable(
      "refused",
      `${place} cannot keep a value in the column that it is for (${reason}). Where that is a VARCHAR, it holds the characters of its code page alone: make it an NVARCHAR.`,
    );
  }
  const parts = partsOf(error);
  if (parts.some((each) => codeOf(each) === timeout)) {
    return unavailable(
      "refused",
      `${place} did not answer a statement in time (${reason}). Look what it waits for, or wait longer with ?statement_timeout=<seconds>.`,
    );
  }
  return parts.some((each) => numberOf(each) > 0 || codeOf(each) === "ELOGIN")
    ? unavailable("refused", `${place} refused a statement (${reason}).`)
    : undefined;
}

function unavailable(kind: DatabaseFailure["kind"], message: string): DatabaseFailure {
  return { code: "database_unavailable", message, kind };
}

function isLost(error: Error): boolean {
  if (
    error instanceof ConnectionBroken ||
    error instanceof CommitBroken ||
    error instanceof UnusableHost
  ) {
    return true;
  }
  if (isTlsProblem(error)) return false;
  const code = codeOf(error) ?? "";
  return (
    lostCodes.has(code) ||
    // A statement that was given up in time leaves its connection as it was.
    (code === timeout && !isOfStatement(error)) ||
    lostNumbers.has(numberOf(error)) ||
    isNetworkError(error)
  );
}

/** Encryption that one side has not, or a certificate that is not trusted: the driver keeps what it said. */
function isTlsProblem(error: Error): boolean {
  return codeOf(error) === unencrypted || (codeOf(error) === "ESOCKET" && isTlsError(error.cause));
}

/** Whether a statement was given up, and not a connection. */
function isOfStatement(error: Error): boolean {
  return error.constructor.name === "RequestError";
}

/** The errors that several hosts answered, or that one statement raised; else the error itself. */
function partsOf(error: unknown): readonly Error[] {
  if (error instanceof AggregateError) return error.errors.flatMap(partsOf);
  return error instanceof Error ? [error] : [];
}

function hasNumber(error: unknown, numbers: ReadonlySet<number>): boolean {
  return partsOf(error).some((each) => numbers.has(numberOf(each)));
}

function numberOf(error: Error): number {
  return "number" in error && typeof error.number === "number" ? error.number : 0;
}
