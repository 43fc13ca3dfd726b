import { z } from "zod";
import { describe, TurnkeepError } from "../../errors.ts";
import type { JSONValue } from "../../json.ts";
import { Message } from "../../message/message.ts";
import type { RunRequest } from "../../run/run-request.ts";
import { requireId } from "../../session/ids.ts";
import { maxIdLength } from "../../session/session-store.ts";
import { credentialsOf } from "../caller.ts";
import { parseBody } from "../json-body.ts";
import type { ProtocolHost } from "../protocol.ts";

interface ChatBody {
  readonly message?: unknown;
  readonly session_id?: string | undefined;
  readonly stream?: boolean | undefined;
  readonly [argument: string]: unknown;
}

/** The body of `POST /chat`; every other key is an argument of the component's `run`. */
export const chatBody: z.ZodType<ChatBody> = z.looseObject({
  message: z.unknown().meta({ description: "The message: a text, or any JSON." }),
  session_id: z
    .string({ error: ({ input }) => `session_id must be a text, but it is ${describe(input)}.` })
    .optional()
    .meta({ description: "1 to 36 characters; absent: a new session." }),
  stream: z
    .boolean({
      error: ({ input }) => `stream must be true or false, but it is ${describe(input)}.`,
    })
    .optional()
    .meta({ description: "Whether the answer is wanted piece by piece; absent: false." }),
});

/**
 * The run that a request asks for, but for its id and its user.
 * @throws TurnkeepError `unauthorized` where the caller's token is needed and absent;
 * `invalid_request` naming the part of the request that is wrong.
 */
export function toRunRequest(
  headers: Headers,
  body: { readonly [key: string]: JSONValue },
  host: ProtocolHost,
): RunRequest {
  if (!("message" in body)) {
    throw new TurnkeepError("invalid_request", 'message is required: send {"message": "..."}.');
  }
  const { message, session_id: sessionId, stream = false, ...rest } = parseBody(chatBody, body);
  requireId("session_id", sessionId, maxIdLength);
  if ("signal" in rest) {
    throw new TurnkeepError(
      "invalid_request",
      "The key signal cannot be an argument: components get their abort signal under it. Choose another name.",
    );
  }
  return {
    message: new Message(message),
    stream,
    arguments: rest,
    sessionId,
    idempotencyKey: headers.get("idempotency-key") ?? undefined,
    credentials: credentialsOf(headers, host),
  };
}
