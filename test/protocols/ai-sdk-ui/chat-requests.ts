import type { PlainRequest, PlainResponse } from "../../helpers/http-client.ts";

/** A chunk of a UI message stream. */
export type Chunk = { readonly type: string; readonly [field: string]: unknown };

/** A message as a client of the AI SDK sends it. */
export const userMessage = (text: string, id = "question") => ({
  id,
  role: "user",
  parts: [{ type: "text", text }],
});

/** A request for a turn, as a client of the AI SDK sends it. */
export const chat = (
  sessionId: string,
  text: string,
  changes: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): PlainRequest & { readonly headers: Record<string, string>; readonly body: string } => ({
  path: "/api/chat",
  headers: { "Content-Type": "application/json", ...headers },
  body: JSON.stringify({
    id: sessionId,
    messages: [userMessage(text)],
    trigger: "submit-message",
    ...changes,
  }),
});

/** Like {@link chat}, as `fetch` takes it. */
export const toRequest = ({ path, headers, body }: ReturnType<typeof chat>): Request =>
  new Request(`http://turnkeep.test${path}`, { method: "POST", headers, body });

/** The chunks of a stream, which ends as it must. */
export function chunksOf({ text }: Pick<PlainResponse, "text">): Chunk[] {
  const events = text
    .split("\n\n")
    .filter((event) => event !== "" && !event.startsWith(":"))
    .map((event) => event.slice("data: ".length));
  if (events.pop() !== "[DONE]") throw new Error(`not whole: ${text}`);
  return events.map((event) => JSON.parse(event) as Chunk);
}

/** The text that the chunks of a stream say. */
export const textOfChunks = (chunks: readonly Chunk[]): string =>
  chunks
    .filter(({ type }) => type === "text-delta")
    .map(({ delta }) => String(delta))
    .join("");
