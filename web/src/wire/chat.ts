import { request, requestResult, toQuery } from "./request.ts";
import type { UIMessage } from "./ui-message.ts";

/** The body of a request for a turn. */
export interface TurnRequest {
  /** The session. */
  readonly id: string;
  readonly messages: readonly UIMessage[];
  readonly trigger: "submit-message" | "regenerate-message";
  /** The message that is edited, or answered anew. */
  readonly messageId?: string;
}

/** The newest turns of a session, oldest first. */
export interface MessagePage {
  readonly messages: readonly UIMessage[];
  readonly next_cursor: string | null;
  /** The request id of the turn that is being answered. */
  readonly running: string | null;
}

const at = (sessionId: string, rest: string): string =>
  `./api/chat/${encodeURIComponent(sessionId)}/${rest}`;

/** Asks for a turn; the same key again gets the answer of the first. */
export function postTurn(body: TurnRequest, key: string, signal: AbortSignal): Promise<Response> {
  const headers = { "Idempotency-Key": key };
  return request("./api/chat", { method: "POST", body, headers, signal });
}

/** The stream of what the session is answering, from its start; undefined where it answers nothing. */
export async function openStream(
  sessionId: string,
  signal: AbortSignal,
): Promise<Response | undefined> {
  const response = await request(at(sessionId, "stream"), { signal });
  return response.status === 204 ? undefined : response;
}

/** Ends what the session is answering. */
export async function stopTurns(sessionId: string): Promise<void> {
  await request(at(sessionId, "stop"), { method: "POST" });
}

export function listMessages(
  sessionId: string,
  parameters: { readonly limit: number; readonly cursor?: string },
  signal: AbortSignal,
): Promise<MessagePage> {
  return requestResult(at(sessionId, `messages${toQuery(parameters)}`), { signal });
}
