import { z } from "zod";
import { describe, TurnkeepError } from "../../errors.ts";
import type { JSONValue } from "../../json.ts";
import { Message } from "../../message/message.ts";
import type { RunRequest } from "../../run/run-engine.ts";
import { requireId } from "../../session/ids.ts";
import { maxIdLength } from "../../session/session-store.ts";
import type { ProtocolHost } from "../protocol.ts";

/** The longest user id, in characters. */
const maxUserIdLength = 255;
/** The longest credential, in characters. */
const maxCredentialLength = 4096;

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

type Body = { readonly [key: string]: JSONValue };

/** The request id in a request's headers: undefined where there is none. */
export function requestIdOf(headers: Headers): string | undefined {
  const id = headers.get("x-appbuilder-request-id");
  if (id === null) return undefined;
  if (!/^[\u0021-\u007e]{1,36}$/.test(id)) {
    throw new TurnkeepError(
      "invalid_request",
      `The header X-Appbuilder-Request-Id is ${describe(id)}: send 1 to ${maxIdLength} printable ASCII characters without spaces, such as a UUID.`,
    );
  }
  return id;
}

/**
 * The run that a request asks for.
 * @throws TurnkeepError `unauthorized` where the caller's token is needed and absent;
 * `invalid_request` naming the part of the request that is wrong.
 */
export function toRunRequest(
  headers: Headers,
  body: Body,
  requestId: string,
  host: ProtocolHost,
): RunRequest {
  if (!("message" in body)) {
    throw new TurnkeepError("invalid_request", 'message is required: send {"message": "..."}.');
  }
  const parsed = chatBody.safeParse(body);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => issue.message);
    throw new TurnkeepError("invalid_request", problems.join(" "));
  }
  const { message, session_id: sessionId, stream = false, ...rest } = parsed.data;
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
    requestId,
    userId: userIdOf(headers),
    credentials: host.lazyCertification ? credentialsOf(headers) : undefined,
  };
}

function userIdOf(headers: Headers): string | undefined {
  const value = headers.get("x-appbuilder-user-id");
  if (value === null) return undefined;
  const name = "The header X-Appbuilder-User-Id";
  let id: string;
  try {
    // Header values arrive byte by byte; what is not ASCII is read as UTF-8.
    id = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(value, "latin1"));
  } catch (error) {
    throw new TurnkeepError("invalid_request", `${name} is not UTF-8.`, { cause: error });
  }
  requireId(name, id, maxUserIdLength);
  return id;
}

function credentialsOf(headers: Headers): ReadonlyMap<string, string> {
  const value =
    headers.get("x-appbuilder-token") ?? headers.get("x-appbuilder-authorization") ?? "";
  const token = value.replace(/^Bearer\s+/i, "").trim();
  if (token === "") {
    throw new TurnkeepError(
      "unauthorized",
      "The header X-Appbuilder-Authorization is required: send your AppBuilder token as Bearer <token>.",
    );
  }
  if (token.length > maxCredentialLength || !/^[\u0021-\u007e]+$/.test(token)) {
    throw new TurnkeepError(
      "unauthorized",
      "The token in X-Appbuilder-Authorization is not one: it holds spaces or other characters that no token has, or is too long.",
    );
  }
  return new Map([["appbuilder", token]]);
}
