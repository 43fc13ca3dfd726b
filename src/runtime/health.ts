import type { Hono } from "hono";
import { z } from "zod";
import { type ErrorCode, isTurnkeepError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { toEnvelope } from "../protocols/envelope.ts";
import { allowMethods } from "../protocols/methods.ts";
import { envelopeOf, failed, jsonContent } from "../protocols/openapi-parts.ts";
import type { OpenAPIPaths, ProtocolHost } from "../protocols/protocol.ts";
import { toLoggable } from "../run/failure.ts";

/** How long the database may take to answer, in milliseconds. */
const checkTimeout = 2000;

/** Why a server is not ready, as it is told to whoever asks: of errors only what kind they are. */
const reasons: Partial<Record<ErrorCode, string>> = {
  run_aborted: "The server is shutting down.",
  database_unavailable: "The database cannot be reached.",
  database_read_only: "The database takes no writes.",
  database_schema_mismatch: "The database's tables are not those that this version works with.",
};

const told = (description: string, status: string): Readonly<Record<string, unknown>> => ({
  200: {
    description,
    content: jsonContent(envelopeOf(z.object({ status: z.literal(status) }))),
  },
});

/** The description of the health routes. */
export const healthPaths: OpenAPIPaths = {
  "/healthz": {
    get: { summary: "Whether the process lives", responses: told("It does.", "alive") },
  },
  "/readyz": {
    get: {
      summary: "Whether the server can take turns",
      responses: {
        ...told("It can.", "ready"),
        503: failed("It cannot: the message says what is wrong."),
      },
    },
  },
};

/** Adds `GET /healthz`, whether the process lives, and `GET /readyz`, whether it can take turns. */
export function healthRoutes(app: Hono, host: ProtocolHost, logger: Logger): void {
  const noStore = { "Cache-Control": "no-store" };
  const problem = readiness(host, logger);
  app.get("/healthz", (context) => context.json(toEnvelope({ status: "alive" }), 200, noStore));
  allowMethods(app, "/healthz", ["GET"]);
  app.get("/readyz", async (context) => {
    const message = await problem();
    if (message === undefined) return context.json(toEnvelope({ status: "ready" }), 200, noStore);
    return context.json({ code: 503, message, result: null }, 503, noStore);
  });
  allowMethods(app, "/readyz", ["GET"]);
}

/** What tells why the server is not ready, if it is not: in time, whatever the database does. */
function readiness(host: ProtocolHost, logger: Logger): () => Promise<string | undefined> {
  // One question at a time, so that those that a database leaves open do not pile up.
  let asking: Promise<string | undefined> | undefined;
  const ask = async (): Promise<string | undefined> => {
    try {
      const { store } = await host.open();
      await store.check();
      return undefined;
    } catch (error) {
      const code = isTurnkeepError(error) ? error.code : undefined;
      if (code !== "run_aborted") {
        logger.warn({ error: toLoggable(error, []) }, "the server is not ready");
      }
      return (code && reasons[code]) ?? "The session store cannot be used.";
    } finally {
      asking = undefined;
    }
  };
  return async () => {
    asking ??= ask();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<string>((resolve) => {
      const message = `The database did not answer within ${checkTimeout} ms.`;
      timer = setTimeout(() => resolve(message), checkTimeout);
    });
    try {
      return await Promise.race([asking, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  };
}
