import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { describe, TurnkeepError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { requestIdOf } from "../protocols/caller.ts";
import { toFailureEnvelope } from "../protocols/envelope.ts";
import { toFailureHeaders } from "../protocols/failure-headers.ts";
import { loadProtocols } from "../protocols/load-protocols.ts";
import { allowMethods } from "../protocols/methods.ts";
import type { ProtocolHost } from "../protocols/protocol.ts";
import { toFailure, toLoggable } from "../run/failure.ts";
import { healthPaths, healthRoutes } from "./health.ts";
import { describeAPI } from "./openapi.ts";

/**
 * The web application of a runtime: every protocol's routes, health, `/openapi.json`, and an answer
 * in the envelope for what no route takes and for what a route throws.
 */
export async function createApp(host: ProtocolHost, logger: Logger): Promise<Hono> {
  const app = new Hono();
  const protocols = await loadProtocols();
  for (const protocol of protocols) protocol.mount(app, host);
  healthRoutes(app, host, logger);
  const description = describeAPI([...protocols.map(({ paths }) => paths), healthPaths]);
  app.get("/openapi.json", (context) => context.json(description));
  allowMethods(app, "/openapi.json", ["GET"]);

  app.notFound((context) => {
    throw new TurnkeepError(
      "not_found",
      `There is nothing at ${describe(context.req.path)}. The service's paths are listed at /openapi.json.`,
    );
  });
  app.onError((error, context) => {
    const requestId = nameOf(context.req.raw);
    const failure = toFailure(error, requestId);
    if (failure.status >= 500) {
      logger.error({ requestId, error: toLoggable(error, []) }, "a request failed");
    }
    return context.json(
      toFailureEnvelope(failure),
      failure.status as ContentfulStatusCode,
      toFailureHeaders(failure, requestId),
    );
  });
  return app;
}

/** What a failed request is called in its answer and in the log. */
function nameOf({ headers }: Request): string {
  try {
    return requestIdOf(headers) ?? randomUUID();
  } catch {
    return randomUUID();
  }
}
