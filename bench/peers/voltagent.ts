import { randomUUID } from "node:crypto";
import { text } from "../work.ts";
import { connectionString, load, type OpenPeer, pathOf, type Peer, userId } from "./peer.ts";

interface Adapter {
  createConversation(conversation: object): Promise<object>;
  getMessages(userId: string, conversationId: string, options: object): Promise<object>;
  addMessages(messages: readonly object[], userId: string, conversationId: string): Promise<void>;
  close?(): Promise<void>;
}

const limit = 20;

/** VoltAgent's memory adapters. */
export const peers: readonly Peer[] = [
  {
    title: "VoltAgent memory, libSQL",
    package: "@voltagent/libsql",
    database: "sqlite",
    isDurable: true,
    async open(database) {
      const { LibSQLMemoryAdapter } = await load<{
        readonly LibSQLMemoryAdapter: new (options: object) => Adapter;
      }>("@voltagent/libsql");
      return open(new LibSQLMemoryAdapter({ url: `file:${pathOf(database)}` }));
    },
  },
  {
    title: "VoltAgent memory, PostgreSQL",
    package: "@voltagent/postgres",
    database: "postgresql",
    isDurable: true,
    async open(database) {
      const { PostgreSQLMemoryAdapter } = await load<{
        readonly PostgreSQLMemoryAdapter: new (options: object) => Adapter;
      }>("@voltagent/postgres");
      return open(new PostgreSQLMemoryAdapter({ connection: connectionString(database) }));
    },
  },
];

async function open(adapter: Adapter): Promise<OpenPeer> {
  const say = (role: string): object => ({
    id: randomUUID(),
    role,
    parts: [{ type: "text", text }],
  });
  return {
    begin: (id) =>
      adapter.createConversation({ id, resourceId: "bench", userId, title: "", metadata: {} }),
    async turn(sessionId) {
      await adapter.getMessages(userId, sessionId, { limit });
      await adapter.addMessages([say("user"), say("assistant")], userId, sessionId);
    },
    async [Symbol.asyncDispose]() {
      await adapter.close?.();
    },
  };
}
