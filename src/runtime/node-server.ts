import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { describe, TurnkeepError } from "../errors.ts";
import { sourceOf } from "../protocols/text-response.ts";
import { writeText } from "./write-text.ts";

/** Where a server listens. */
export interface ListenOptions {
  /** From 0 (any free port) to 65535; 8091 by default. */
  readonly port?: number | undefined;
  /** The address to listen on: 127.0.0.1 by default; 0.0.0.0 for every network of the machine. */
  readonly host?: string | undefined;
}

/** A server that listens. Whoever started it closes it (`close`, or `await using`). */
export interface RunningServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Such as `http://127.0.0.1:8091`. */
  readonly url: string;
  /** Takes no new requests, lets those under way end, and closes what was opened for it. */
  close(): Promise<void>;
}

/**
 * Listens for HTTP with the given answerer.
 * @param onClose closes what the requests use; called once no new request is taken.
 * @throws TurnkeepError `invalid_argument` where the port is not one, is taken or not allowed, or
 * the host is not this machine's.
 */
export async function listen(
  fetch: (request: Request) => Promise<Response>,
  { port = 8091, host = "127.0.0.1" }: ListenOptions,
  onClose: () => Promise<void>,
): Promise<RunningServer> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new TurnkeepError(
      "invalid_argument",
      `A port is a whole number from 0 to 65535, but it is ${describe(port)}.`,
    );
  }
  const server = createAdaptorServer({
    hostname: host,
    async fetch(request, env) {
      const response = await fetch(request);
      const source = sourceOf(response);
      if (source === undefined) return response;
      writeText(source, response, (env as HttpBindings).outgoing);
      // Where the program serves with this package too, it is an answer of the package's own, whose
      // headers are heeded only once it has become one of the platform's.
      void RESPONSE_ALREADY_SENT.body;
      return RESPONSE_ALREADY_SENT;
    },
  }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        new TurnkeepError(
          "invalid_argument",
          `Cannot listen on ${host}, port ${port}: ${reasonOf(error)}`,
          { cause: error },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const shownHost = host.includes(":") ? `[${host}]` : host;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeServer(server, onClose);
    return closing;
  };
  return {
    host,
    port: address.port,
    url: `http://${shownHost}:${address.port}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function closeServer(server: Server, onClose: () => Promise<void>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  await onClose();
  // Answers are complete by now: what is still open are connections kept for further requests.
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), 1000);
  await closed;
  clearTimeout(timer);
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "EADDRINUSE":
      return "the port is taken. Choose another, or end what uses it.";
    case "EACCES":
      return "this user may not. Choose a port from 1024.";
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return "the host is not an address of this machine.";
    default:
      return message;
  }
}
