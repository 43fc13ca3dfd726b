import { request } from "node:http";
import { parseServerSentEvents } from "./server-sent-events.ts";

/** One HTTP request, byte by byte. */
export interface PlainRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** An HTTP answer, read to its end. */
export interface PlainResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON. */
  readonly json: () => unknown;
  /** The `data` of each server-sent event, as JSON. */
  readonly events: () => unknown[];
}

/** Sends requests to a runtime: in the process or through a socket. */
export type Send = (request: PlainRequest) => Promise<PlainResponse>;

/** Sends straight to a runtime's `fetch`. */
export function inProcess(fetch: (request: Request) => Promise<Response>): Send {
  return async ({ method = "POST", path = "/chat", headers = {}, body }) => {
    const response = await fetch(
      new Request(`http://turnkeep.test${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
      }),
    );
    return toPlain(response.status, response.headers, await response.text());
  };
}

/** Sends through a socket, with no header but those given and Node's own. */
export function throughSocket(url: string): Send {
  return ({ method = "POST", path = "/chat", headers = {}, body }) =>
    new Promise((resolve, reject) => {
      const outgoing = request(`${url}${path}`, { method, headers }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const received = new Headers();
          for (const [name, values] of Object.entries(incoming.headersDistinct)) {
            for (const value of values ?? []) received.append(name, value);
          }
          resolve(
            toPlain(incoming.statusCode ?? 0, received, Buffer.concat(chunks).toString("utf8")),
          );
        });
      });
      outgoing.on("error", reject);
      // As bytes: given a text, Node would write the headers in the text's encoding too.
      outgoing.end(body === undefined ? undefined : Buffer.from(body));
    });
}

/** A JSON request to /chat. */
export function chatRequest(
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): PlainRequest {
  return {
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}

function toPlain(status: number, headers: Headers, text: string): PlainResponse {
  return {
    status,
    headers,
    text,
    json: () => JSON.parse(text) as unknown,
    events: () => parseServerSentEvents(text),
  };
}
