import { randomUUID } from "node:crypto";
import type { Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { TurnkeepError } from "../../errors.ts";
import { toFailure } from "../../run/failure.ts";
import { toEnvelope, toFailureEnvelope } from "../envelope.ts";
import { readJSONBody } from "../json-body.ts";
import type { ProtocolHost } from "../protocol.ts";
import { requestIdOf, toRunRequest } from "./chat-request.ts";
import { toEventStream } from "./event-stream.ts";

const requestIdHeader = "X-Appbuilder-Request-Id";

/** Adds `POST /chat`, and what to answer to the other methods there. */
export function chatRoute(app: Hono, host: ProtocolHost): void {
  app.post("/chat", (context) => chat(context, host));
  app.options("/chat", (context) => context.body(null, 204, { Allow: "OPTIONS, POST" }));
  app.all("/chat", (context) =>
    fail(
      context,
      new TurnkeepError(
        "method_not_allowed",
        `/chat takes POST, not ${context.req.method}: POST {"message": "..."} to it.`,
      ),
      randomUUID(),
      { Allow: "OPTIONS, POST" },
    ),
  );
}

async function chat(context: Context, host: ProtocolHost): Promise<Response> {
  let requestId: string = randomUUID();
  try {
    const { headers } = context.req.raw;
    requestId = requestIdOf(headers) ?? requestId;
    const body = await readJSONBody(context.req.raw, host.bodyLimit);
    const request = toRunRequest(headers, body, requestId, host);
    const run = await host.start(request);
    if (request.stream === true) {
      return new Response(toEventStream(run), {
        headers: {
          "Content-Type": "text/event-stream; charset=utf-8",
          "Cache-Control": "no-cache, no-transform",
          "X-Accel-Buffering": "no",
          [requestIdHeader]: requestId,
        },
      });
    }
    const message = await run.message();
    const { sessionId } = run;
    return context.json(
      toEnvelope({ answer_message: message.toJSON(), session_id: sessionId }),
      200,
      { [requestIdHeader]: requestId },
    );
  } catch (error) {
    return fail(context, error, requestId);
  }
}

function fail(
  context: Context,
  error: unknown,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const failure = toFailure(error, requestId);
  return context.json(toFailureEnvelope(failure), failure.status as ContentfulStatusCode, {
    ...headers,
    [requestIdHeader]: requestId,
  });
}
