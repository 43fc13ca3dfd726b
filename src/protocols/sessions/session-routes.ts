import type { Context, Hono } from "hono";
import { z } from "zod";
import { describe, TurnkeepError } from "../../errors.ts";
import type { SessionInfo } from "../../session/session-index.ts";
import {
  maxMessageKeyLength,
  maxUserIdLength,
  type SessionStore,
} from "../../session/session-store.ts";
import { textProblem } from "../../session/text-limits.ts";
import { sessionNotFound } from "../../session/turn-refusals.ts";
import { userOf } from "../caller.ts";
import { parseBody, readJSONBody } from "../json-body.ts";
import { allowMethods } from "../methods.ts";
import type { ProtocolHost } from "../protocol.ts";
import { answer, answerPage } from "../answer.ts";
import { fromCursor, toCursor } from "../cursor.ts";
import { exportSession } from "./export/export-route.ts";
import { pathId, queryFlag, queryLimit, queryText } from "../parameters.ts";
import { toMessageJSON, toSessionJSON, toTurnJSON } from "./to-json.ts";

/** The body of `PATCH /sessions/{session_id}`. */
export const sessionChange: z.ZodType<{ readonly title: string | null }> = z.strictObject(
  {
    title: z
      .string({
        error: ({ input }) =>
          input === undefined
            ? 'title is required: send {"title": "..."}, or null to take it away.'
            : `title must be a text or null, but it is ${describe(input)}.`,
      })
      .refine((title) => textProblem(title, maxUserIdLength) === undefined, {
        error: ({ input }) =>
          `title ${textProblem(String(input), maxUserIdLength)}: ${describe(input)}. Send 1 to ${maxUserIdLength} characters, or null to take it away.`,
      })
      .nullable()
      .meta({ description: `1 to ${maxUserIdLength} characters; null takes the title away.` }),
  },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `Only title can be changed, not ${describe(issue.keys[0])}.`
        : undefined,
  },
);

/** Adds the routes of `/sessions`. */
export function sessionRoutes(app: Hono, host: ProtocolHost): void {
  const one = "/sessions/:session_id";
  app.get("/sessions", (context) => listSessions(context, host));
  allowMethods(app, "/sessions", ["GET"]);

  app.get(one, (context) =>
    answerSession(context, host, (store, id, userId) => store.getSession(id, userId)),
  );
  app.patch(one, (context) => rename(context, host));
  app.delete(one, (context) =>
    answerSession(context, host, (store, id, userId) =>
      store.updateSession(id, userId, { deleted: true }),
    ),
  );
  allowMethods(app, one, ["DELETE", "GET", "PATCH"]);

  app.post(`${one}/restore`, (context) =>
    answerSession(context, host, (store, id, userId) =>
      store.updateSession(id, userId, { deleted: false }),
    ),
  );
  allowMethods(app, `${one}/restore`, ["POST"]);

  app.get(`${one}/messages`, (context) => listMessages(context, host));
  allowMethods(app, `${one}/messages`, ["GET"]);

  app.get(`${one}/rows`, (context) => listRows(context, host));
  allowMethods(app, `${one}/rows`, ["GET"]);

  app.get(`${one}/export`, (context) => exportSession(context, host));
  allowMethods(app, `${one}/export`, ["GET"]);

  app.get(`${one}/turns`, (context) => listTurns(context, host));
  allowMethods(app, `${one}/turns`, ["GET"]);
}

/** Answers with the session that the path names, as what is done to it leaves it. */
async function answerSession(
  context: Context,
  host: ProtocolHost,
  work: (
    store: SessionStore,
    sessionId: string,
    userId: string | undefined,
  ) => Promise<SessionInfo | undefined>,
): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const sessionId = pathId(context, "session_id");
  const { store } = await host.open();
  const session = await work(store, sessionId, userId);
  if (session === undefined) throw sessionNotFound(sessionId);
  return answer(context, toSessionJSON(session));
}

function rename(context: Context, host: ProtocolHost): Promise<Response> {
  return answerSession(context, host, async (store, sessionId, userId) => {
    const example = '{"title": "..."}';
    const body = await readJSONBody(context.req.raw, host.bodyLimit, { example });
    const { title } = parseBody(sessionChange, body);
    return store.updateSession(sessionId, userId, { title });
  });
}

async function listSessions(context: Context, host: ProtocolHost): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const limit = queryLimit(context);
  const deleted = queryFlag(context, "deleted");
  const search = queryName(context, "search", maxUserIdLength);
  const cursor = queryText(context, "cursor");
  const [, updatedAt, sessionId] = cursor === undefined ? [] : fromCursor("sessions", cursor);
  const before =
    updatedAt === undefined || sessionId === undefined ? undefined : { updatedAt, sessionId };
  // Where nobody is known, all callers are one: a list would show each the others' sessions.
  if (userId === undefined) {
    throw new TurnkeepError(
      "unauthorized",
      "Sessions are listed for a user, and the request has none. The service knows its users by its option authenticate, or by trustUserHeader.",
    );
  }
  const { store } = await host.open();
  const items = await store.listSessions({ userId, before, limit: limit + 1, deleted, search });
  return answerPage(context, {
    name: "sessions",
    items,
    limit,
    toJSON: toSessionJSON,
    cursor: (item) => toCursor("sessions", item.updatedAt, item.sessionId),
  });
}

async function listMessages(context: Context, host: ProtocolHost): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const sessionId = pathId(context, "session_id");
  const limit = queryLimit(context);
  const messageKey = queryName(context, "key", maxMessageKeyLength);
  const cursor = queryText(context, "cursor");
  const [, updatedAt, id] = cursor === undefined ? [] : fromCursor("messages", cursor);
  const before = updatedAt === undefined || id === undefined ? undefined : { updatedAt, id };
  const { store } = await host.open();
  const items = await store.getMessages({
    sessionId,
    userId,
    messageKey,
    before,
    limit: limit + 1,
  });
  if (items === undefined) throw sessionNotFound(sessionId);
  return answerPage(context, {
    name: "messages",
    items,
    limit,
    toJSON: toMessageJSON,
    cursor: (item) => toCursor("messages", item.updatedAt, item.id),
  });
}

async function listTurns(context: Context, host: ProtocolHost): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const sessionId = pathId(context, "session_id");
  const limit = queryLimit(context);
  const cursor = queryText(context, "cursor");
  const [, before] = cursor === undefined ? [] : fromCursor("turns", cursor);
  const { store } = await host.open();
  const items = await store.getTurns({ sessionId, userId, before, limit: limit + 1 });
  if (items === undefined) throw sessionNotFound(sessionId);
  return answerPage(context, {
    name: "turns",
    items,
    limit,
    toJSON: toTurnJSON,
    cursor: (item) => toCursor("turns", item.number),
  });
}

async function listRows(context: Context, host: ProtocolHost): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const sessionId = pathId(context, "session_id");
  const limit = queryLimit(context);
  const cursor = queryText(context, "cursor");
  const [, updatedAt, id] = cursor === undefined ? [] : fromCursor("rows", cursor);
  const before = updatedAt === undefined || id === undefined ? undefined : { updatedAt, id };
  const { store } = await host.open();
  const found = await store.getRows({ sessionId, userId, before, limit });
  if (found === undefined) throw sessionNotFound(sessionId);
  const { sql, columns, rows, next } = found;
  return answer(context, {
    sql: sql ?? null,
    columns,
    rows,
    next_cursor: next === undefined ? null : toCursor("rows", next.updatedAt, next.id),
  });
}

function queryName(context: Context, name: string, maxLength: number): string | undefined {
  const text = queryText(context, name);
  const problem = text === undefined ? undefined : textProblem(text, maxLength);
  if (problem !== undefined) {
    throw new TurnkeepError(
      "invalid_request",
      `${name} ${problem}: ${describe(text)}. Send 1 to ${maxLength} characters, or no ${name} for all.`,
    );
  }
  return text;
}
