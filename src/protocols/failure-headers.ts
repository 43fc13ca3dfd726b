import type { ErrorCode } from "../errors.ts";
import type { Failure } from "../run/failure.ts";
import { requestIdHeader, toHeaderText } from "./caller.ts";

/**
 * After how many seconds a refused request is worth sending again, where it is the server's load
 * or its end that refused it.
 */
const retryAfter: Partial<Record<ErrorCode, number>> = {
  queue_full: 2,
  too_many_runs: 2,
  claim_lost: 2,
  run_aborted: 5,
  database_unavailable: 5,
};

/** The headers of a failure's answer. */
export function toFailureHeaders({ code }: Failure, requestId: string): Record<string, string> {
  const seconds = retryAfter[code];
  return {
    "Cache-Control": "no-store",
    [requestIdHeader]: toHeaderText(requestId),
    ...(seconds === undefined ? {} : { "Retry-After": String(seconds) }),
  };
}
