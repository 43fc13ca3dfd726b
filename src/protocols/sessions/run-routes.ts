import { randomUUID } from "node:crypto";
import type { Context, Hono } from "hono";
import { z } from "zod";
import { describe, TurnkeepError } from "../../errors.ts";
import type { RunPlace } from "../../run/run.ts";
import type { SessionStore } from "../../session/session-store.ts";
import { runNotFound } from "../../session/turn-refusals.ts";
import { credentialsOf, requestIdOf, userOf } from "../caller.ts";
import { endedWithin } from "../ended-within.ts";
import { endId, fromEventId, toEventStream } from "../event-stream.ts";
import { parseBody, readJSONBody } from "../json-body.ts";
import { allowMethods } from "../methods.ts";
import type { ProtocolHost } from "../protocol.ts";
import { toRunResponse, toStreamResponse } from "../run-response.ts";
import { answer } from "../answer.ts";
import { pathId, queryText } from "../parameters.ts";
import { feedbackBody, toFeedback } from "./feedback-body.ts";
import { toTurnJSON } from "./to-json.ts";

/** The body of `POST /runs/{request_id}/retry`. */
export const retryBody: z.ZodType<{ readonly stream?: boolean | undefined }> = z.strictObject(
  {
    stream: z
      .boolean({
        error: ({ input }) => `stream must be true or false, but it is ${describe(input)}.`,
      })
      .optional()
      .meta({ description: "Whether the answer is wanted piece by piece; absent: false." }),
  },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `A run is run again with its own message and arguments: send stream or nothing, not ${describe(issue.keys[0])}.`
        : undefined,
  },
);

/** Adds the routes of `/runs`. */
export function runRoutes(app: Hono, host: ProtocolHost): void {
  const one = "/runs/:request_id";
  app.get(one, (context) => getRun(context, host));
  allowMethods(app, one, ["GET"]);
  app.get(`${one}/stream`, (context) => streamRun(context, host));
  allowMethods(app, `${one}/stream`, ["GET"]);
  app.post(`${one}/stop`, (context) => stopRun(context, host));
  allowMethods(app, `${one}/stop`, ["POST"]);
  app.post(`${one}/retry`, (context) => retryRun(context, host));
  allowMethods(app, `${one}/retry`, ["POST"]);
  app.post(`${one}/select`, (context) => selectRun(context, host));
  allowMethods(app, `${one}/select`, ["POST"]);
  app.put(`${one}/feedback`, (context) => judgeRun(context, host));
  allowMethods(app, `${one}/feedback`, ["PUT"]);
}

async function getRun(context: Context, host: ProtocolHost): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const requestId = pathId(context, "request_id");
  const { store } = await host.open();
  return answerTurn(context, store, requestId, userId);
}

async function streamRun(context: Context, host: ProtocolHost): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const requestId = pathId(context, "request_id");
  const from = lastEventOf(context);
  const { engine, store } = await host.open();
  if (from === endId) {
    if ((await store.getTurn(requestId, userId)) === undefined) throw runNotFound(requestId);
    return context.body(null, 204, { "Cache-Control": "no-store" });
  }
  const run = await engine.find(requestId, userId);
  if (run === undefined) throw runNotFound(requestId);
  return toStreamResponse(run, toEventStream(run, { from }));
}

async function stopRun(context: Context, host: ProtocolHost): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const requestId = pathId(context, "request_id");
  const { engine, store } = await host.open();
  const run = await engine.stop(requestId, userId);
  if (run === undefined) throw runNotFound(requestId);
  await endedWithin(run);
  return answerTurn(context, store, requestId, userId);
}

async function retryRun(context: Context, host: ProtocolHost): Promise<Response> {
  const { raw } = context.req;
  const requestId = requestIdOf(raw.headers) ?? randomUUID();
  const userId = await userOf(raw, host);
  const retried = pathId(context, "request_id");
  const body = await readJSONBody(raw, host.bodyLimit, {
    example: '{"stream": true}',
    optional: true,
  });
  const { stream = false } = parseBody(retryBody, body);
  const credentials = credentialsOf(raw.headers, host);
  const { engine } = await host.open();
  const idempotencyKey = raw.headers.get("idempotency-key") ?? undefined;
  const request = { stream, userId, requestId, credentials, idempotencyKey };
  const run = await engine.retry(retried, request);
  return toRunResponse(context, run, { host, stream, requestId, userId });
}

async function selectRun(context: Context, host: ProtocolHost): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const requestId = pathId(context, "request_id");
  const { store } = await host.open();
  const turn = await store.selectTurn(requestId, userId);
  if (turn === undefined) throw runNotFound(requestId);
  return answer(context, toTurnJSON(turn));
}

async function judgeRun(context: Context, host: ProtocolHost): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const requestId = pathId(context, "request_id");
  const example = '{"value": "up"}';
  const body = await readJSONBody(context.req.raw, host.bodyLimit, { example });
  const feedback = toFeedback(parseBody(feedbackBody, body));
  const { store } = await host.open();
  const turn = await store.setFeedback(requestId, userId, feedback);
  if (turn === undefined) throw runNotFound(requestId);
  return answer(context, toTurnJSON(turn));
}

async function answerTurn(
  context: Context,
  store: SessionStore,
  requestId: string,
  userId: string | undefined,
): Promise<Response> {
  const turn = await store.getTurn(requestId, userId);
  if (turn === undefined) throw runNotFound(requestId);
  return answer(context, toTurnJSON(turn));
}

/** Where a stream is to go on: behind the last event that its reader has. */
function lastEventOf(context: Context): RunPlace | typeof endId {
  // A browser that connects again keeps the address as it was and says in the header how far it got.
  const header = context.req.header("Last-Event-ID");
  const text = header ?? queryText(context, "last_event_id") ?? "0";
  if (text === endId) return endId;
  const place = fromEventId(text);
  if (place === undefined) {
    throw new TurnkeepError(
      "invalid_request",
      `${header === undefined ? "last_event_id" : "The header Last-Event-ID"} is ${describe(text)}: send the id of the last event that you have, or none for the whole stream.`,
    );
  }
  return place;
}
