import type { JSONValue } from "../json.ts";
import type { Failure } from "../run/failure.ts";

/**
 * The JSON envelope of every answer that is not a protocol's own: `code` 0 with a `result`, or a
 * code with a `message` (AppBuilder's form).
 */
export interface Envelope {
  readonly code: number;
  readonly message: string;
  readonly result: JSONValue;
}

/** The envelope of an answer. */
export function toEnvelope(result: JSONValue): Envelope {
  return { code: 0, message: "", result };
}

/** The envelope of a failure: the number that the error came with, else the HTTP status. */
export function toFailureEnvelope({ number, status, message }: Failure): Envelope {
  return { code: number ?? status, message, result: null };
}
