import { randomUUID } from "node:crypto";
import type { Context, Hono } from "hono";
import { requestIdOf, userOf } from "../caller.ts";
import { readJSONBody } from "../json-body.ts";
import { allowMethods } from "../methods.ts";
import type { ProtocolHost } from "../protocol.ts";
import { toRunResponse } from "../run-response.ts";
import { toRunRequest } from "./chat-request.ts";

/** Adds `POST /chat`. */
export function chatRoute(app: Hono, host: ProtocolHost): void {
  app.post("/chat", (context) => chat(context, host));
  allowMethods(app, "/chat", ["POST"], 'POST {"message": "..."} to it');
}

async function chat(context: Context, host: ProtocolHost): Promise<Response> {
  const { raw } = context.req;
  const requestId = requestIdOf(raw.headers) ?? randomUUID();
  const userId = await userOf(raw, host);
  const body = await readJSONBody(raw, host.bodyLimit);
  const request = toRunRequest(raw.headers, body, host);
  const { engine } = await host.open();
  const run = await engine.start({ ...request, requestId, userId });
  return toRunResponse(context, run, { host, stream: request.stream === true, requestId, userId });
}
