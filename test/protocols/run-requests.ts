import type { PlainResponse, Send } from "../helpers/http-client.ts";

const json = { "Content-Type": "application/json" };

/** A request to /chat for a run of the given name. */
export const ask = (
  requestId: string,
  body: Readonly<Record<string, unknown>>,
): Parameters<Send>[0] & { readonly headers: Record<string, string> } => ({
  headers: { ...json, "X-Appbuilder-Request-Id": requestId },
  body: JSON.stringify(body),
});

/** A request to /chat as `fetch` takes it. */
export const toRequest = (
  { headers, body }: ReturnType<typeof ask>,
  signal?: AbortSignal,
): Request =>
  new Request("http://turnkeep.test/chat", {
    method: "POST",
    headers,
    body: String(body),
    ...(signal === undefined ? {} : { signal }),
  });

/** Reads. */
export const get = (send: Send, path: string, headers = {}): Promise<PlainResponse> =>
  send({ method: "GET", path, headers });
/** Posts, with a body or without. */
export const post = (
  send: Send,
  path: string,
  body?: unknown,
  headers = {},
): Promise<PlainResponse> =>
  send({
    method: "POST",
    path,
    headers: { ...headers, ...(body === undefined ? {} : json) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
/** The result in an answer's envelope. */
export const resultOf = (response: PlainResponse): Record<string, unknown> =>
  (response.json() as { result: Record<string, unknown> }).result;

/** The state of a run. */
export const stateOf = async (send: Send, requestId: string): Promise<unknown> =>
  resultOf(await get(send, `/runs/${requestId}`))["state"];

/** What a session's messages say, each with its key, oldest first. */
export const historyOf = async (send: Send, sessionId: string): Promise<unknown[]> => {
  const page = resultOf(await get(send, `/sessions/${sessionId}/messages`));
  return (page["messages"] as { message_key: string; message: { content: unknown } }[])
    .map(({ message_key, message }) => [message_key, message.content])
    .toReversed();
};

/** Headers with an idempotency key. */
export function keyed(headers: Readonly<Record<string, string>>): Record<string, string> {
  return { ...headers, "Idempotency-Key": "key" };
}
