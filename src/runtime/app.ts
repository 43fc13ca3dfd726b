import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { describe, TurnkeepError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { toFailureEnvelope } from "../protocols/envelope.ts";
import { toFailureHeaders } from "../protocols/failure-headers.ts";
import { loadProtocols } from "../protocols/load-protocols.ts";
import { allowMethods } from "../protocols/methods.ts";
import type { AttachmentLimits, OpenRuntime, ProtocolHost } from "../protocols/protocol.ts";
import { healthPaths, healthRoutes } from "./health.ts";
import { describeAPI } from "./openapi.ts";

/** What a runtime serves to people, beside its protocols. */
export interface Front {
  /** What files a message may bring along. */
  readonly attachments: AttachmentLimits;
  /**
   * Makes ready what it serves.
   * @throws TurnkeepError where that is not there.
   */
  load(): Promise<void>;
  /** Adds its routes, once it is loaded. They come before all others. */
  mount(app: Hono, host: ProtocolHost): void;
  /** Who sends a request, where the runtime's options have no way to know. */
  identify(request: Request, open: () => Promise<OpenRuntime>): Promise<string | undefined>;
}

/**
 * The web application of a runtime: every protocol's routes, health, `/openapi.json`, and an answer
 * in the envelope for what no route takes and for what a route throws.
 */
export async function createApp(
  host: ProtocolHost,
  logger: Logger,
  front: Front | undefined,
): Promise<Hono> {
  const app = new Hono();
  const protocols = await loadProtocols();
  await front?.load();
  front?.mount(app, host);
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
    const { failure, requestId } = host.explain(context.req.raw, error);
    return context.json(
      toFailureEnvelope(failure),
      failure.status as ContentfulStatusCode,
      toFailureHeaders(failure, requestId),
    );
  });
  return app;
}
