import { type ErrorCode, errorStatuses, isTurnkeepError, TurnkeepError } from "../errors.ts";

/** What a caller is told of a failure: nothing else of the error leaves the server. */
export interface Failure {
  /** The HTTP status. */
  readonly status: number;
  /** turnkeep's code for it. */
  readonly code: ErrorCode;
  /** The number that the error itself came with: the model server's code, or the error's `code`. */
  readonly number: number | undefined;
  /** What happened and what to do, safe to show. */
  readonly message: string;
}

/** An error as it is logged: no property but these, so that no secret an error carries gets in. */
export interface LoggableError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly details?: Readonly<Record<string, string | number>>;
  readonly cause?: LoggableError;
}

/**
 * What to tell the caller of an error that ended its run or refused its request. An error of the
 * caller's own making (a status below 500) is shown with its message; of any other only that it
 * happened, and the request id under which the log has the rest.
 */
export function toFailure(error: unknown, requestId: string): Failure {
  const code = isTurnkeepError(error) ? error.code : "component_failed";
  const status = errorStatuses[code];
  return {
    status,
    code,
    number: numberOf(error),
    message:
      isTurnkeepError(error) && status < 500
        ? error.message
        : `${what(status)} The service's log has the details under the request id ${requestId}.`,
  };
}

/** The error that a failure is to a caller within the program, where the error itself is gone. */
export function toError({ code, message, number }: Failure): TurnkeepError {
  return new TurnkeepError(code, message, {
    details: number === undefined ? {} : { providerCode: number },
  });
}

/**
 * An error for the log, with its causes. Each of the given secrets is blotted out of every text.
 */
export function toLoggable(error: unknown, secrets: readonly string[], depth = 0): LoggableError {
  const blot = (text: string): string =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text);
  if (!(error instanceof Error)) {
    return { type: typeof error, message: blot(String(error)) };
  }
  const code = "code" in error ? error.code : undefined;
  return {
    type: error.name,
    message: blot(error.message),
    ...(error.stack === undefined ? {} : { stack: blot(error.stack) }),
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(isTurnkeepError(error) && Object.keys(error.details).length > 0
      ? { details: error.details }
      : {}),
    ...(error.cause === undefined || depth >= 5
      ? {}
      : { cause: toLoggable(error.cause, secrets, depth + 1) }),
  };
}

function what(status: number): string {
  switch (status) {
    case 502:
      return "The model failed.";
    case 503:
      return "The service cannot answer now: try again later.";
    case 504:
      return "The answer took too long.";
    default:
      return "InternalServerError: the component failed.";
  }
}

function numberOf(error: unknown): number | undefined {
  const code: unknown = isTurnkeepError(error)
    ? error.details["providerCode"]
    : typeof error === "object" && error !== null && "code" in error
      ? error.code
      : undefined;
  const number = typeof code === "string" && /^\d{1,15}$/.test(code) ? Number(code) : code;
  return typeof number === "number" && Number.isSafeInteger(number) && number !== 0
    ? number
    : undefined;
}
