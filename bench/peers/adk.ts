import { text } from "../work.ts";
import { connectionString, load, type OpenPeer, pathOf, type Peer, userId } from "./peer.ts";

interface Adk {
  readonly DatabaseSessionService: new (url: string) => SessionService;
  readonly createEvent: (parts: object) => object;
  readonly setLogLevel?: (level: number) => void;
}

interface SessionService {
  init(): Promise<void>;
  createSession(request: object): Promise<object>;
  getSession(request: object): Promise<object | undefined>;
  appendEvent(request: object): Promise<object>;
}

const appName = "bench";
const limit = 20;

const shared = {
  package: "@google/adk",
  isDurable: true,
} as const;

/** ADK's session service in a database. */
export const peers: readonly Peer[] = [
  {
    ...shared,
    title: "ADK-JS DatabaseSessionService, SQLite",
    database: "sqlite",
    open: (database) => open(`sqlite://${pathOf(database)}`),
  },
  {
    ...shared,
    title: "ADK-JS DatabaseSessionService, PostgreSQL",
    database: "postgresql",
    open: (database) => open(connectionString(database)),
  },
];

async function open(url: string): Promise<OpenPeer> {
  const { DatabaseSessionService, createEvent, setLogLevel } = await load<Adk>("@google/adk");
  setLogLevel?.(3);
  const service = new DatabaseSessionService(url);
  await service.init();
  const say = (author: string): object =>
    createEvent({
      author,
      invocationId: "turn",
      content: { role: author === "user" ? "user" : "model", parts: [{ text }] },
    });
  return {
    begin: (sessionId) => service.createSession({ appName, userId, sessionId }),
    async turn(sessionId) {
      const session = await service.getSession({
        appName,
        userId,
        sessionId,
        config: { numRecentEvents: limit },
      });
      await service.appendEvent({ session, event: say("user") });
      await service.appendEvent({ session, event: say("model") });
    },
    async [Symbol.asyncDispose]() {
      const { orm } = service as { readonly orm?: { close(): Promise<void> } };
      await orm?.close();
    },
  };
}
