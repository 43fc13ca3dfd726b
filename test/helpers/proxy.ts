import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Passes connections on to a server, and breaks them on request. Disposing of it ends it. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** How many connections have been made. */
  readonly connections: number;
  /** Breaks all connections now. */
  cut(): void;
  /**
   * Breaks the next connection on which a client sends the text: before the server has it, or once
   * the server has answered, whose answer the client never gets. Fulfilled when that is done.
   */
  cutAt(text: string, when: "before" | "answered"): Promise<void>;
  /** Refuses new connections, or takes them again. */
  refuse(isRefusing: boolean): void;
  /** Passes nothing on, as a network that swallows everything, or goes on. */
  hold(isHolding: boolean): void;
}

interface Cut {
  readonly text: string;
  readonly when: "before" | "answered";
  readonly done: () => void;
}

/** Starts a proxy before a port of 127.0.0.1. */
export async function startProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let isRefusing = false;
  let isHolding = false;
  let next: Cut | undefined;

  const server = createServer((client) => {
    if (isRefusing) {
      client.destroy();
      return;
    }
    connections += 1;
    const upstream = connect(target, "127.0.0.1");
    let pending: Cut | undefined;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", end);
      socket.on("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on("data", (bytes) => {
      if (isHolding) return;
      if (next !== undefined && bytes.includes(next.text)) {
        pending = next;
        next = undefined;
        if (pending.when === "before") {
          end();
          pending.done();
          return;
        }
      }
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (isHolding) return;
      if (pending === undefined) {
        client.write(bytes);
        return;
      }
      end();
      pending.done();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    get connections() {
      return connections;
    },
    cut,
    cutAt: (text, when) =>
      new Promise((resolve) => {
        next = { text, when, done: resolve };
      }),
    refuse(value) {
      isRefusing = value;
    },
    hold(value) {
      isHolding = value;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
      await once(server, "close");
    },
  };
}
