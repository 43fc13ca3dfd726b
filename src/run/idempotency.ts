import { createHash } from "node:crypto";
import { describe, TurnkeepError } from "../errors.ts";
import type { RunRequest } from "./run-request.ts";

/**
 * What a store knows an idempotent request by: the hash of its key within its scope (user and
 * session, as the request gave them), and the hash of what it asks: the message but for its id, with
 * its files, the arguments, and the turn that is run again or gets another version. Whether the
 * answer is wanted piece by piece is no part of that.
 * @throws TurnkeepError `invalid_request` for a key that is not 1 to 255 printable ASCII characters.
 */
export function toIdempotency(
  { idempotencyKey, userId, sessionId, message, arguments: rest = {}, version }: RunRequest,
  retryOf: string | undefined,
): { readonly key: string; readonly bodyHash: string } | undefined {
  if (idempotencyKey === undefined) return undefined;
  if (!/^[\u0020-\u007e]{1,255}$/.test(idempotencyKey)) {
    throw new TurnkeepError(
      "invalid_request",
      `The idempotency key is ${describe(idempotencyKey)}: send 1 to 255 printable ASCII characters, such as a UUID.`,
    );
  }
  const { content, name, fields } = message;
  return {
    key: hash([userId ?? null, sessionId ?? null, idempotencyKey]),
    bodyHash: hash({
      // The turn's own message was looked up, and may be another one when the request comes again.
      message: version?.isAgain === true ? undefined : { content, name, fields },
      arguments: rest,
      version: version?.named,
      retryOf,
    }),
  };
}

function hash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value, sorted)).digest("hex");
}

/** Objects by their sorted keys, so that the order in which a client writes them does not count. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
}
