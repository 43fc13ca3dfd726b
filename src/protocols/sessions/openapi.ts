import { z } from "zod";
import { describedCaller, describedUser } from "../caller.ts";
import {
  type Described,
  envelopeOf,
  failed,
  header,
  jsonBody,
  jsonContent,
  messageSchema,
  pathParameter,
  query,
  runResponses,
  streamContent,
} from "../openapi-parts.ts";
import type { OpenAPIPaths } from "../protocol.ts";
import { defaultLimit, maxLimit } from "../parameters.ts";
import { maxUserIdLength } from "../../session/session-store.ts";
import { exportFormats } from "./export/export-route.ts";
import { feedbackBody } from "./feedback-body.ts";
import { retryBody } from "./run-routes.ts";
import { sessionChange } from "./session-routes.ts";

const time = z.string().meta({ description: "Local time, YYYY-MM-DD HH:MM:SS.ffffff." });

const session = z.object({
  session_id: z.string(),
  title: z.string().nullable(),
  turns: z.int().meta({ description: "How many turns have begun in it." }),
  created_at: time,
  updated_at: time,
  deleted: z.boolean(),
});

const storedMessage = z.object({
  id: z.string(),
  request_id: z.string(),
  message_key: z.string(),
  message: messageSchema,
  created_at: time,
  updated_at: time,
});

const turn = z.object({
  request_id: z.string(),
  session_id: z.string(),
  number: z.int().meta({ description: "1 for the session's first turn." }),
  parent: z.int().nullable().meta({
    description: "The number of the turn that it follows; null for one that begins the session.",
  }),
  chosen: z.boolean().meta({ description: "Whether it is on the path that the history tells." }),
  versions: z
    .array(z.string())
    .meta({ description: "The runs that are versions of one another, in their order." }),
  retry_of: z.string().nullable().meta({ description: "The run that this one runs again." }),
  state: z.enum(["queued", "running", "complete", "stopped", "failed", "interrupted"]),
  stop_requested: z.boolean(),
  question: messageSchema,
  answer: messageSchema.nullable().meta({
    description: "Whole in a complete turn; in another that has ended the part that was said.",
  }),
  error: z
    .object({
      code: z.string(),
      status: z.int(),
      number: z.int().nullable(),
      message: z.string(),
    })
    .nullable(),
  feedback: z
    .object({ value: z.enum(["up", "down"]), comment: z.string().nullable() })
    .nullable()
    .meta({ description: "What the user thinks of the answer." }),
  created_at: time,
  ended_at: time.nullable(),
});

const rows = z.object({
  sql: z.string().nullable().meta({
    description: "The statement that shows them; null where there is no database.",
  }),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.json())).meta({ description: "The values in the order of the columns." }),
  next_cursor: z.string().nullable(),
});

const exported = z.object({
  session,
  turns: z.array(turn).meta({ description: "By number." }),
  messages: z.array(storedMessage).meta({ description: "Newest first." }),
});

const sessionId = pathParameter("session_id", "The session, percent-encoded.");
const requestId = pathParameter("request_id", "The run, percent-encoded.");
const limit = query("limit", "How many items at the most.", {
  type: "integer",
  minimum: 1,
  maximum: maxLimit,
  default: defaultLimit,
});
const cursor = query("cursor", "The next_cursor of the page before.", { type: "string" });

const refused = {
  400: failed("The request is wrong; the message says where."),
  401: failed("The caller is not known."),
  503: failed("The database cannot be reached, or the server shuts down."),
};
const noSession = { 404: failed("There is no such session, or it is not the caller's.") };
const noRun = { 404: failed("There is no such run, or it is not the caller's.") };

const answered = (description: string, result: z.ZodType): Described => ({
  200: { description, content: jsonContent(envelopeOf(result)) },
});
const listed = (name: string, item: z.ZodType): Described =>
  answered(
    "A page, newest first.",
    z.object({ [name]: z.array(item), next_cursor: z.string().nullable() }),
  );

/** The description of the routes of `/sessions` and `/runs`. */
export const paths: OpenAPIPaths = {
  "/sessions": {
    get: {
      summary: "List the caller's sessions, the most recently used first",
      parameters: [
        describedUser,
        limit,
        cursor,
        query("deleted", "Whether the deleted ones are listed instead of the others.", {
          type: "boolean",
          default: false,
        }),
        query("search", "Only sessions whose title holds this text, in letters of any case.", {
          type: "string",
          minLength: 1,
          maxLength: maxUserIdLength,
        }),
      ],
      responses: { ...listed("sessions", session), ...refused },
    },
  },
  "/sessions/{session_id}": {
    parameters: [sessionId, describedUser],
    get: {
      summary: "Read a session, also a deleted one",
      responses: { ...answered("The session.", session), ...noSession, ...refused },
    },
    patch: {
      summary: "Rename a session",
      requestBody: jsonBody(sessionChange),
      responses: {
        ...answered("The session as it is now.", session),
        ...noSession,
        ...refused,
        413: failed("The body is too large."),
        415: failed("The body is not JSON in UTF-8."),
      },
    },
    delete: {
      summary: "Delete a session, so that it can be restored",
      responses: { ...answered("The session as it is now.", session), ...noSession, ...refused },
    },
  },
  "/sessions/{session_id}/restore": {
    parameters: [sessionId, describedUser],
    post: {
      summary: "Restore a deleted session",
      responses: { ...answered("The session as it is now.", session), ...noSession, ...refused },
    },
  },
  "/sessions/{session_id}/messages": {
    parameters: [sessionId, describedUser],
    get: {
      summary: "List the messages of a session, newest first",
      parameters: [
        query("key", "Only the messages under this key.", { type: "string" }),
        limit,
        cursor,
      ],
      responses: { ...listed("messages", storedMessage), ...noSession, ...refused },
    },
  },
  "/sessions/{session_id}/rows": {
    parameters: [sessionId, describedUser],
    get: {
      summary:
        "Show the rows of a session in the table of messages, also deleted ones, newest first",
      parameters: [limit, cursor],
      responses: {
        ...answered("The rows as they are in the database.", rows),
        ...noSession,
        ...refused,
      },
    },
  },
  "/sessions/{session_id}/export": {
    parameters: [sessionId, describedUser],
    get: {
      summary: "Download a whole session",
      parameters: [
        query("format", "How it is written.", {
          type: "string",
          enum: exportFormats,
          default: "json",
        }),
      ],
      responses: {
        200: {
          description: "A file, which is called as the session is.",
          content: {
            "application/json": { schema: z.toJSONSchema(exported) },
            "text/markdown": { schema: { type: "string" } },
          },
        },
        ...noSession,
        ...refused,
      },
    },
  },
  "/sessions/{session_id}/turns": {
    parameters: [sessionId, describedUser],
    get: {
      summary: "List the turns of a session in whatever state, newest first",
      parameters: [limit, cursor],
      responses: { ...listed("turns", turn), ...noSession, ...refused },
    },
  },
  "/runs/{request_id}": {
    parameters: [requestId, describedUser],
    get: {
      summary: "Read what has become of a run",
      responses: { ...answered("The turn that it makes.", turn), ...noRun, ...refused },
    },
  },
  "/runs/{request_id}/stream": {
    parameters: [requestId, describedUser],
    get: {
      summary: "Read a run's stream, from the start or from where it broke off",
      parameters: [
        header("Last-Event-ID", "The id of the last event that the reader has."),
        query("last_event_id", "The same, where a header cannot be set.", { type: "string" }),
      ],
      responses: {
        200: { description: "An event a piece and one at the end.", content: streamContent },
        204: { description: "The reader has the last event." },
        ...noRun,
        ...refused,
      },
    },
  },
  "/runs/{request_id}/stop": {
    parameters: [requestId, describedUser],
    post: {
      summary: "Stop a run, and keep what it has said",
      responses: {
        ...answered("The turn, as a rule stopped by then.", turn),
        ...noRun,
        ...refused,
      },
    },
  },
  "/runs/{request_id}/select": {
    parameters: [requestId, describedUser],
    post: {
      summary: "Make a version of a turn the chosen one, with the newest that follows it",
      responses: {
        ...answered("The turn, chosen.", turn),
        ...noRun,
        ...refused,
        409: failed("A turn of its session has not ended."),
      },
    },
  },
  "/runs/{request_id}/feedback": {
    parameters: [requestId, describedUser],
    put: {
      summary: "Say what the user thinks of an answer, or take it back",
      requestBody: jsonBody(feedbackBody),
      responses: {
        ...answered("The turn as it is now.", turn),
        ...noRun,
        ...refused,
        413: failed("The body is too large."),
        415: failed("The body is not JSON in UTF-8."),
      },
    },
  },
  "/runs/{request_id}/retry": {
    parameters: [requestId, ...describedCaller],
    post: {
      summary: "Run a failed, stopped or interrupted turn again",
      requestBody: jsonBody(retryBody, false),
      responses: runResponses,
    },
  },
};
