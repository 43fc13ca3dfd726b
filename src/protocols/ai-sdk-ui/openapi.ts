import { z } from "zod";
import { describedCaller, describedUser } from "../caller.ts";
import {
  type Described,
  envelopeOf,
  header,
  jsonBody,
  jsonContent,
  pathParameter,
  query,
} from "../openapi-parts.ts";
import { defaultLimit, maxLimit } from "../parameters.ts";
import type { OpenAPIPaths } from "../protocol.ts";
import { chatBody } from "./chat-request.ts";

const message = z.object({
  id: z.string(),
  role: z.enum(["user", "assistant"]),
  metadata: z.object({
    requestId: z.string(),
    state: z.enum(["queued", "running", "complete", "stopped", "failed", "interrupted"]),
    createdAt: z.string(),
    versions: z.object({ index: z.int(), ids: z.array(z.string()) }),
    feedback: z
      .object({ value: z.enum(["up", "down"]), comment: z.string().optional() })
      .nullable(),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
  }),
  parts: z.array(z.looseObject({ type: z.string() })),
});

const messages = z.object({
  messages: z.array(message),
  next_cursor: z.string().nullable().meta({ description: "Asks for the turns before these." }),
  running: z
    .string()
    .nullable()
    .meta({ description: "The first of these turns that has not ended: it can be resumed." }),
});

const stream: Described = {
  "text/event-stream": { schema: z.toJSONSchema(z.looseObject({ type: z.string() })) },
};
const refused = (description: string): Described => ({
  description,
  content: { "text/plain": { schema: { type: "string" } } },
});
const refusals = {
  400: refused("The request is wrong; the text says where."),
  401: refused("The caller is not known, or its token is missing or was refused."),
  503: refused("The database cannot be reached, or the server has too much to do or shuts down."),
};
const noSession = { 404: refused("There is no such session, or it is not the caller's.") };
const sessionId = pathParameter("session_id", "The session, percent-encoded.");

/** The description of the routes of `/api/chat`. */
export const paths: OpenAPIPaths = {
  "/api/chat": {
    post: {
      summary: "Run one turn of a session, as clients of the AI SDK ask for it",
      description:
        "Every key of the body beyond those named is an argument of the component's run.",
      parameters: [
        ...describedCaller,
        header(
          "Idempotency-Key",
          "1 to 255 printable ASCII characters: a request with a key that the user sent before, for the same session, gets the answer of that one.",
        ),
      ],
      requestBody: jsonBody(chatBody),
      responses: {
        200: { description: "A UI message stream: an event a chunk.", content: stream },
        ...refusals,
        ...noSession,
        409: refused("The session is busy, or the request id is taken."),
        413: refused("The body is too large."),
        415: refused("The body is not JSON in UTF-8."),
        422: refused("The idempotency key came with another body before."),
      },
    },
  },
  "/api/chat/{session_id}/stream": {
    parameters: [sessionId, describedUser],
    get: {
      summary: "Read the stream of the turn that runs in a session, from its start",
      responses: {
        200: { description: "A UI message stream: an event a chunk.", content: stream },
        204: { description: "Nothing runs, or there is no such session for the caller." },
        ...refusals,
      },
    },
  },
  "/api/chat/{session_id}/stop": {
    parameters: [sessionId, describedUser],
    post: {
      summary: "Stop what runs and waits in a session, and keep what was said",
      responses: {
        204: { description: "They are asked to stop, and as a rule have." },
        ...noSession,
        ...refusals,
      },
    },
  },
  "/api/chat/{session_id}/messages": {
    parameters: [sessionId, describedUser],
    get: {
      summary: "Read the newest messages of a session, oldest first",
      parameters: [
        query("limit", "Of how many turns at the most.", {
          type: "integer",
          minimum: 1,
          maximum: maxLimit,
          default: defaultLimit,
        }),
        query("cursor", "The next_cursor of the page before.", { type: "string" }),
      ],
      responses: {
        200: { description: "The messages.", content: jsonContent(envelopeOf(messages)) },
        ...noSession,
        ...refusals,
      },
    },
  },
};
