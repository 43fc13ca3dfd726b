import { randomUUID } from "node:crypto";
import type { Logger } from "../logger.ts";
import { requestIdOf } from "../protocols/caller.ts";
import type { ProtocolHost } from "../protocols/protocol.ts";
import { toFailure, toLoggable } from "../run/failure.ts";

/** What to tell of an error that a request met: see `explain` of `ProtocolHost`. */
export function explain(
  logger: Logger,
  { headers }: Request,
  error: unknown,
): ReturnType<ProtocolHost["explain"]> {
  const requestId = nameOf(headers);
  const failure = toFailure(error, requestId);
  if (failure.status >= 500) {
    logger.error({ requestId, error: toLoggable(error, []) }, "a request failed");
  }
  return { failure, requestId };
}

/** What a failed request is called in its answer and in the log. */
function nameOf(headers: Headers): string {
  try {
    return requestIdOf(headers) ?? randomUUID();
  } catch {
    return randomUUID();
  }
}
