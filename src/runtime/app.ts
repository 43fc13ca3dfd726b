import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { describe, TurnkeepError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { toFailureEnvelope } from "../protocols/envelope.ts";
import { loadProtocols } from "../protocols/load-protocols.ts";
import type { ProtocolHost } from "../protocols/protocol.ts";
import { toFailure, toLoggable } from "../run/failure.ts";
import { describeAPI } from "./openapi.ts";

/**
 * The web application of a runtime: every protocol's routes, `/openapi.json`, and an answer in the
 * envelope for what no route takes.
 */
export async function createApp(host: ProtocolHost, logger: Logger): Promise<Hono> {
  const app = new Hono();
  const protocols = await loadProtocols();
  for (const protocol of protocols) protocol.mount(app, host);
  const description = describeAPI(protocols);
  app.get("/openapi.json", (context) => context.json(description));

  app.notFound((context) => {
    throw new TurnkeepError(
      "not_found",
      `There is nothing at ${describe(context.req.path)}. The service's paths are listed at /openapi.json.`,
    );
  });
  app.onError((error, context) => {
    const requestId = randomUUID();
    const failure = toFailure(error, requestId);
    if (failure.status >= 500) {
      logger.error({ requestId, error: toLoggable(error, []) }, "a request failed");
    }
    return context.json(toFailureEnvelope(failure), failure.status as ContentfulStatusCode);
  });
  return app;
}
