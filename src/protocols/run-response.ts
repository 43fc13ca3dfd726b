import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Run, RunEnd } from "../run/run.ts";
import { requestIdHeader, toHeaderText } from "./caller.ts";
import { toEnvelope, toFailureEnvelope } from "./envelope.ts";
import { toEventStream } from "./event-stream.ts";
import { toFailureHeaders } from "./failure-headers.ts";
import type { ProtocolHost } from "./protocol.ts";
import { type TextSource, toTextResponse } from "./text-response.ts";

/** How a run is answered. */
export interface RunResponseOptions {
  readonly host: ProtocolHost;
  /** Whether the answer is wanted piece by piece. */
  readonly stream: boolean;
  /** The id of the request that is answered: another than the run's where an earlier one began it. */
  readonly requestId: string;
  readonly userId: string | undefined;
}

/**
 * The answer to a request for a run: whole, once the turn is stored, or as an event stream. Where
 * the client leaves before the end, the host is told, if its request began the run.
 */
export async function toRunResponse(
  context: Context,
  run: Run,
  { host, stream, requestId, userId }: RunResponseOptions,
): Promise<Response> {
  const isOwn = run.requestId === requestId;
  const onLeave =
    isOwn && host.onLeave !== undefined ? () => host.onLeave?.(run, userId) : undefined;
  const replayed = isOwn ? {} : { "Idempotency-Replayed": "true" };
  if (stream) return toStreamResponse(run, toEventStream(run, { onLeave }), replayed);

  const end = await untilEnd(run, context.req.raw, onLeave);
  if (end.type === "run-error") {
    const { failure } = end;
    return context.json(toFailureEnvelope(failure), failure.status as ContentfulStatusCode, {
      ...toFailureHeaders(failure, run.requestId),
      ...replayed,
    });
  }
  return context.json(
    toEnvelope({ answer_message: end.message.toJSON(), session_id: run.sessionId }),
    200,
    { "Cache-Control": "no-store", [requestIdHeader]: toHeaderText(run.requestId), ...replayed },
  );
}

/** The end of a run; where the client leaves before it, that is told. */
async function untilEnd(
  run: Run,
  request: Request,
  onLeave: (() => void) | undefined,
): Promise<RunEnd> {
  if (onLeave === undefined) return run.ended();
  const { signal } = request;
  if (signal.aborted) onLeave();
  signal.addEventListener("abort", onLeave);
  try {
    return await run.ended();
  } finally {
    signal.removeEventListener("abort", onLeave);
  }
}

/** The answer that carries a run's event stream. */
export function toStreamResponse(
  { requestId }: Run,
  events: TextSource,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return toTextResponse(events, {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
    [requestIdHeader]: toHeaderText(requestId),
    ...headers,
  });
}
