/**
 * Every error turnkeep raises on purpose: its code, and the HTTP status a server answers when
 * the error reaches a caller. Statuses below 500 are the caller's to mend, and their message is
 * shown to it; those from 500 are the service's, and only the log has their message.
 */
const statusOfCode = {
  // A request that a server refuses before anything runs.
  invalid_request: 400,
  unauthorized: 401,
  origin_refused: 403,
  not_found: 404,
  session_not_found: 404,
  run_not_found: 404,
  method_not_allowed: 405,
  session_busy: 409,
  request_id_taken: 409,
  run_not_retryable: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  idempotency_conflict: 422,
  // What a caller's message makes a component refuse.
  input_invalid: 400,
  // A program that uses the library wrongly.
  invalid_argument: 500,
  component_invalid: 500,
  page_missing: 500,
  result_invalid: 500,
  message_invalid: 500,
  message_too_large: 500,
  message_key_taken: 500,
  run_missing: 500,
  run_ended: 500,
  stream_closed: 500,
  // A run.
  component_failed: 500,
  queue_full: 503,
  too_many_runs: 503,
  claim_lost: 503,
  run_interrupted: 503,
  run_aborted: 503,
  run_timeout: 504,
  // A model.
  model_reference_invalid: 500,
  model_unknown: 500,
  model_credential_missing: 500,
  model_credential_rejected: 401,
  model_failed: 502,
  model_timeout: 504,
  // A database.
  database_url_invalid: 500,
  database_unknown: 500,
  database_driver_missing: 500,
  database_unavailable: 503,
  database_read_only: 503,
  database_schema_mismatch: 503,
} as const;

/** The closed set of codes a {@link TurnkeepError} carries. */
export type ErrorCode = keyof typeof statusOfCode;

/** Facts about an error that are safe to log and to show, by name. */
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** How a {@link TurnkeepError} is made beyond its code and message. */
export interface TurnkeepErrorOptions {
  /** What raised it. Logged, never shown to a caller. */
  readonly cause?: unknown;
  /**
   * Facts beside the message: `providerCode` and `providerRequestId` where a model's server gave
   * them, `providerStatus` for its HTTP status, `modelCalls` for how often it was asked.
   */
  readonly details?: ErrorDetails;
}

const marker: unique symbol = Symbol.for("turnkeep.error");

/**
 * The one error class of turnkeep. `message` says what happened, with the value, and what to do;
 * it never holds a secret. `code` is one of a closed set; `status` is the HTTP status that goes
 * with the code; `cause` is the error behind it, where there is one.
 */
export class TurnkeepError extends Error {
  override readonly name = "TurnkeepError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: ErrorDetails;

  static {
    Object.defineProperty(this.prototype, marker, { value: true });
  }

  constructor(code: ErrorCode, message: string, options: TurnkeepErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = statusOfCode[code];
    this.details = Object.freeze({ ...options.details });
  }
}

/** Whether `value` is a {@link TurnkeepError}, also one made by another copy of the package. */
export function isTurnkeepError(value: unknown): value is TurnkeepError {
  return typeof value === "object" && value !== null && marker in value;
}

/** The codes and their HTTP statuses, for documentation and tests. */
export const errorStatuses: Readonly<Record<ErrorCode, number>> = statusOfCode;

/**
 * A short rendering of any value for an error message: its type; the value itself only where it is
 * a text, cut to 60 characters, a number or a boolean. Never throws.
 */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing (undefined)";
  if (typeof value === "string") return JSON.stringify(shorten(value));
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return "a bigint";
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  try {
    return describeObject(value);
  } catch {
    // A proxy or a getter may throw whatever it likes.
    return "an object";
  }
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === "string" && name !== "Object" && name !== ""
    ? `an object of class ${shorten(name)}`
    : "an object";
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57).toWellFormed()}...` : text;
}
