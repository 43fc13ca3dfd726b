import { z } from "zod";
import { describe, TurnkeepError } from "../../errors.ts";
import { type JSONValue } from "../../json.ts";
import { Message } from "../../message/message.ts";
import type { RunRequest } from "../../run/run-request.ts";
import { requireId } from "../../session/ids.ts";
import { maxIdLength } from "../../session/session-store.ts";
import { textProblem } from "../../session/text-limits.ts";
import { credentialsOf } from "../caller.ts";
import { parseBody } from "../json-body.ts";
import type { AttachmentLimits, ProtocolHost } from "../protocol.ts";
import { filesOf } from "./attachments.ts";
import { textOf } from "./ui-message.ts";

/** What a body that would do looks like, for whoever sent another. */
export const example =
  '{"id": "...", "messages": [{"id": "...", "role": "user", "parts": [{"type": "text", "text": "..."}]}]}';

interface SentMessage {
  readonly id?: string | undefined;
  readonly role: string;
  readonly parts: readonly JSONValue[];
}

interface ChatBody {
  readonly id: string;
  readonly messages: readonly SentMessage[];
  readonly trigger?: "submit-message" | "regenerate-message" | undefined;
  readonly messageId?: string | null | undefined;
  readonly [argument: string]: unknown;
}

const wrong =
  (what: string) =>
  ({ input }: { readonly input?: unknown }): string =>
    `${what}, but it is ${describe(input)}.`;

/** A message of a client: of all but the last nothing is looked at. */
const sentMessage: z.ZodType<SentMessage> = z.looseObject(
  {
    id: z.string({ error: wrong("A message's id must be a text") }).optional(),
    role: z.string({ error: wrong("A message's role must be a text, such as user") }),
    parts: z.array(z.json(), {
      error: wrong('A message\'s parts must be a list such as [{"type": "text", "text": "..."}]'),
    }),
  },
  { error: wrong(`A message must be an object such as those in ${example}`) },
);

/** The body of `POST /api/chat`; every other key is an argument of the component's `run`. */
export const chatBody: z.ZodType<ChatBody> = z.looseObject({
  id: z
    .string({ error: wrong("id, the session's, must be a text") })
    .meta({ description: "The session: 1 to 36 characters." }),
  messages: z
    .array(sentMessage, { error: wrong(`messages must be a list, as in ${example}`) })
    .meta({ description: "The conversation as the client has it: the last one is the message." }),
  trigger: z
    .enum(["submit-message", "regenerate-message"], {
      error: wrong("trigger must be submit-message or regenerate-message"),
    })
    .optional()
    .meta({
      description: "regenerate-message asks for another answer to a message that was sent.",
    }),
  messageId: z
    .string({ error: wrong("messageId, which names a message of the session, must be a text") })
    .nullable()
    .optional()
    .meta({
      description:
        "The message that is sent anew, or answered anew: then the turn is another version of that one.",
    }),
});

/**
 * What a request asks for: a turn for a new message, for one in place of another that was sent
 * before, or for a message that was sent before, to be answered again. Which one that was, is said
 * by the id of a message of its turn; undefined is the newest turn that is shown.
 */
export type ChatRequest = {
  /** The run, but for its message, its id and its user. */
  readonly run: Omit<RunRequest, "message" | "sessionId"> & { readonly sessionId: string };
} & (
  | { readonly kind: "new"; readonly message: Message }
  | { readonly kind: "edit"; readonly message: Message; readonly messageId: string }
  | { readonly kind: "again"; readonly messageId: string | undefined }
);

/**
 * What a request asks for.
 * @throws TurnkeepError `unauthorized` where the caller's token is needed and absent;
 * `invalid_request` naming the part of the request that is wrong.
 */
export function toChatRequest(
  headers: Headers,
  body: { readonly [key: string]: JSONValue },
  host: ProtocolHost,
): ChatRequest {
  const { id, messages, trigger, messageId, ...rest } = parseBody(chatBody, body);
  requireId("id, the session's,", id, maxIdLength);
  requireId("messageId", messageId ?? undefined, maxIdLength);
  for (const name of ["signal", "stream"]) {
    if (!(name in rest)) continue;
    throw new TurnkeepError(
      "invalid_request",
      `The key ${name} cannot be an argument: what components get under it is the service's. Choose another name.`,
    );
  }
  const run = {
    stream: true,
    arguments: rest,
    sessionId: id,
    idempotencyKey: headers.get("idempotency-key") ?? undefined,
    credentials: credentialsOf(headers, host),
  };
  if (trigger === "regenerate-message") {
    return { kind: "again", run, messageId: messageId ?? undefined };
  }
  const message = toMessage(messages.at(-1), host.attachments);
  return typeof messageId === "string"
    ? { kind: "edit", run, message, messageId }
    : { kind: "new", run, message };
}

function toMessage(sent: SentMessage | undefined, limits: AttachmentLimits): Message {
  if (sent === undefined) {
    throw new TurnkeepError(
      "invalid_request",
      `messages is empty: send the new message in it, as in ${example}.`,
    );
  }
  const { id, role, parts } = sent;
  if (role !== "user") {
    throw new TurnkeepError(
      "invalid_request",
      `The last of messages must be the user's, but its role is ${describe(role)}.`,
    );
  }
  const text = textOf(parts);
  const files = filesOf(parts, limits);
  if (text === "" && files.length === 0) {
    throw new TurnkeepError(
      "invalid_request",
      'The last of messages has no text: send a part with one, such as {"type": "text", "text": "..."}.',
    );
  }
  const isId = id !== undefined && textProblem(id, maxIdLength) === undefined;
  return new Message(text, { parts: files, ...(isId && { id }) });
}
