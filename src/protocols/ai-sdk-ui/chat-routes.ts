import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { JSONValue } from "../../json.ts";
import type { RunRequest } from "../../run/run-request.ts";
import type { Run } from "../../run/run.ts";
import { sessionNotFound } from "../../session/turn-refusals.ts";
import { answer } from "../answer.ts";
import { requestIdOf, userOf } from "../caller.ts";
import { fromCursor, toCursor } from "../cursor.ts";
import { endedWithin } from "../ended-within.ts";
import { toFailureHeaders } from "../failure-headers.ts";
import { readJSONBody } from "../json-body.ts";
import { allowMethods } from "../methods.ts";
import { pathId, queryLimit, queryText } from "../parameters.ts";
import type { OpenRuntime, ProtocolHost } from "../protocol.ts";
import { type ChatRequest, example, toChatRequest } from "./chat-request.ts";
import { toChunkResponse } from "./chunk-stream.ts";
import { findVersion } from "./find-version.ts";
import { type Metadata, ofRun, ofTurn } from "./metadata.ts";
import { toUIMessages } from "./ui-message.ts";

const path = "/api/chat";

/** Adds the routes of `/api/chat`. Their failures are plain text, which clients show as it is. */
export function chatRoutes(app: Hono, host: ProtocolHost): void {
  const routes = new Hono();
  routes.post(path, (context) => chat(context, host));
  allowMethods(routes, path, ["POST"]);
  const one = `${path}/:session_id`;
  routes.get(`${one}/stream`, (context) => resume(context, host));
  allowMethods(routes, `${one}/stream`, ["GET"]);
  routes.post(`${one}/stop`, (context) => stop(context, host));
  allowMethods(routes, `${one}/stop`, ["POST"]);
  routes.get(`${one}/messages`, (context) => listMessages(context, host));
  allowMethods(routes, `${one}/messages`, ["GET"]);
  routes.onError((error, context) => {
    const { failure, requestId } = host.explain(context.req.raw, error);
    const status = failure.status as ContentfulStatusCode;
    return context.text(failure.message, status, toFailureHeaders(failure, requestId));
  });
  app.route("/", routes);
}

async function chat(context: Context, host: ProtocolHost): Promise<Response> {
  const { raw } = context.req;
  const requestId = requestIdOf(raw.headers) ?? randomUUID();
  const userId = await userOf(raw, host);
  const body = await readJSONBody(raw, host.bodyLimit, { example });
  const asked = toChatRequest(raw.headers, body, host);
  const open = await host.open();
  const request = await toRunRequest(asked, open, userId);
  const run = await open.engine.start({ ...request, requestId, userId });
  if (run.requestId === requestId) {
    return toChunkResponse(run, {
      metadata: ofRun(run),
      onLeave: () => host.onLeave?.(run, userId),
    });
  }
  const headers = { "Idempotency-Replayed": "true" };
  return toChunkResponse(run, { metadata: await describeRun(open, run, userId), headers });
}

/** The run that a request asks for, with what a version has of its turn. */
async function toRunRequest(
  asked: ChatRequest,
  { store }: OpenRuntime,
  userId: string | undefined,
): Promise<RunRequest> {
  if (asked.kind === "new") return { ...asked.run, message: asked.message };
  const { kind, run, messageId } = asked;
  const turn = await findVersion(store, { sessionId: run.sessionId, userId }, messageId);
  return {
    ...run,
    message: kind === "edit" ? asked.message : turn.question,
    version: {
      of: turn.requestId,
      named: JSON.stringify([kind, messageId ?? null]),
      isAgain: kind === "again",
    },
  };
}

async function resume(context: Context, host: ProtocolHost): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const sessionId = pathId(context, "session_id");
  const open = await host.open();
  const [first] = (await open.store.getLiveTurns(sessionId, userId)) ?? [];
  const run = first === undefined ? undefined : await open.engine.find(first, userId);
  if (run === undefined || run.end !== undefined) {
    return context.body(null, 204, { "Cache-Control": "no-store" });
  }
  return toChunkResponse(run, { metadata: await describeRun(open, run, userId) });
}

async function stop(context: Context, host: ProtocolHost): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const sessionId = pathId(context, "session_id");
  const { engine, store } = await host.open();
  const live = await store.getLiveTurns(sessionId, userId);
  if (live === undefined) throw sessionNotFound(sessionId);
  // The last first, so that none that waits begins to run.
  for (const requestId of live.toReversed()) {
    const run = await engine.stop(requestId, userId);
    if (run !== undefined && requestId === live[0]) await endedWithin(run);
  }
  return context.body(null, 204, { "Cache-Control": "no-store" });
}

async function listMessages(context: Context, host: ProtocolHost): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const sessionId = pathId(context, "session_id");
  const limit = queryLimit(context);
  const cursor = queryText(context, "cursor");
  const [, before] = cursor === undefined ? [] : fromCursor("turns", cursor);
  const { store } = await host.open();
  // What a server was making that is gone is told as it will stay.
  await store.interruptLapsed();
  const turns = await store.getTurns({ sessionId, userId, before, limit: limit + 1, shown: true });
  if (turns === undefined) throw sessionNotFound(sessionId);
  const shown = turns.slice(0, limit);
  const last = turns.length > limit ? shown.at(-1) : undefined;
  const running = shown.findLast(({ endedAt }) => endedAt === undefined);
  const messages = shown.toReversed().flatMap((turn) => toUIMessages(turn));
  return answer(context, {
    messages: messages as unknown as JSONValue,
    next_cursor: last === undefined ? null : toCursor("turns", last.number),
    running: running?.requestId ?? null,
  });
}

async function describeRun(
  { store }: OpenRuntime,
  run: Run,
  userId: string | undefined,
): Promise<Metadata> {
  const turn = await store.getTurn(run.requestId, userId);
  return turn === undefined ? ofRun(run) : ofTurn(turn);
}
