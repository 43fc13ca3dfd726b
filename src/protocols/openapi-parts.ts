import { z } from "zod";

// Parts of the description of routes in OpenAPI 3.1.

/** Anything that the description says. */
export type Described = Readonly<Record<string, unknown>>;

/** A message as every answer shows it. */
export const messageSchema: z.ZodType = z.looseObject({
  content: z.unknown(),
  name: z.string(),
  mtype: z.string(),
  id: z.string(),
});

/** The envelope around a result. */
export function envelopeOf(result: z.ZodType): z.ZodType {
  return z.object({ code: z.literal(0), message: z.literal(""), result });
}

const failure = z.object({ code: z.int(), message: z.string(), result: z.null() });

/** A JSON content of the given schema, in an answer. */
export function jsonContent(schema: z.ZodType): Described {
  return { "application/json": { schema: z.toJSONSchema(schema) } };
}

/** A JSON body that a request brings. */
export function jsonBody(schema: z.ZodType, required = true): Described {
  return {
    required,
    content: { "application/json": { schema: z.toJSONSchema(schema, { io: "input" }) } },
  };
}

/** A refusal, or a failure. */
export function failed(description: string): Described {
  return { description, content: jsonContent(failure) };
}

/** A header of a request. */
export function header(name: string, description: string): Described {
  return { name, in: "header", required: false, description, schema: { type: "string" } };
}

/** A parameter in a request's query. */
export function query(name: string, description: string, schema: Described): Described {
  return { name, in: "query", required: false, description, schema };
}

/** An id in a path. */
export function pathParameter(name: string, description: string): Described {
  return { name, in: "path", required: true, description, schema: { type: "string" } };
}

const answer = envelopeOf(z.object({ session_id: z.string(), answer_message: messageSchema }));

const piece = envelopeOf(
  z.object({
    session_id: z.string(),
    is_completion: z.boolean(),
    answer_message: messageSchema,
  }),
);

/** The content of an event stream. */
export const streamContent: Described = {
  "text/event-stream": { schema: z.toJSONSchema(piece) },
};

/** The answers to a request for a run. */
export const runResponses: Described = {
  200: {
    description: "The answer; where stream is true, an event a piece and one at the end.",
    content: { ...jsonContent(answer), ...streamContent },
  },
  400: failed("The request is wrong; the message says where."),
  401: failed("The caller is not known, or its token is missing or was refused."),
  404: failed("The session or the run is not there, or not the caller's."),
  409: failed("The session is busy, the request id is taken, or the run cannot be run again."),
  413: failed("The body is too large."),
  415: failed("The body is not JSON in UTF-8."),
  422: failed("The idempotency key came with another body before."),
  500: failed("The component failed."),
  502: failed("The model failed."),
  503: failed(
    "The database cannot be reached, the run was interrupted, or the server has too much to do or shuts down; Retry-After says when to try again.",
  ),
  504: failed("The run took too long."),
};
