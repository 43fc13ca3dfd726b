import { z } from "zod";
import { chatBody } from "./chat-request.ts";

const answerMessage = z.looseObject({
  content: z.unknown(),
  name: z.string(),
  mtype: z.string(),
  id: z.string(),
});

const answer = z.object({
  code: z.literal(0),
  message: z.literal(""),
  result: z.object({ session_id: z.string(), answer_message: answerMessage }),
});

const piece = z.object({
  code: z.literal(0),
  message: z.literal(""),
  result: z.object({
    session_id: z.string(),
    is_completion: z.boolean(),
    answer_message: answerMessage,
  }),
});

const failure = z.object({ code: z.int(), message: z.string(), result: z.null() });

const header = (name: string, description: string): Readonly<Record<string, unknown>> => ({
  name,
  in: "header",
  required: false,
  description,
  schema: { type: "string" },
});

const failed = (description: string): Readonly<Record<string, unknown>> => ({
  description,
  content: { "application/json": { schema: z.toJSONSchema(failure) } },
});

/** The description of `/chat` in OpenAPI 3.1. */
export const chatPath: Readonly<Record<string, unknown>> = {
  post: {
    summary: "Run one turn of a session",
    description: "Every key of the body beyond those named is an argument of the component's run.",
    parameters: [
      header("X-Appbuilder-Request-Id", "The run's id, 1 to 36 ASCII characters; else a new UUID."),
      header("X-Appbuilder-User-Id", "The user."),
      header(
        "X-Appbuilder-Authorization",
        "The caller's own AppBuilder token, where it is asked for.",
      ),
    ],
    requestBody: {
      required: true,
      content: { "application/json": { schema: z.toJSONSchema(chatBody, { io: "input" }) } },
    },
    responses: {
      200: {
        description: "The answer; where stream is true, an event a piece and one at the end.",
        content: {
          "application/json": { schema: z.toJSONSchema(answer) },
          "text/event-stream": { schema: z.toJSONSchema(piece) },
        },
      },
      400: failed("The request is wrong; the message says where."),
      401: failed("The caller's token is missing or was refused."),
      413: failed("The body is too large."),
      415: failed("The body is not JSON in UTF-8."),
      500: failed("The component failed."),
      502: failed("The model failed."),
      503: failed("The database cannot be reached, or the server shuts down."),
      504: failed("The run took too long."),
    },
  },
};
