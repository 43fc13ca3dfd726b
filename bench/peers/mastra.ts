import { randomUUID } from "node:crypto";
import { text } from "../work.ts";
import { connectionString, load, type OpenPeer, pathOf, type Peer, userId } from "./peer.ts";

interface Storage {
  init(): Promise<void>;
  close?(): Promise<void>;
}

interface Memory {
  createThread(options: object): Promise<object>;
  recall(query: object): Promise<object>;
  saveMessages(messages: object): Promise<object>;
}

const limit = 20;

/** Mastra's memory on its stores. */
export const peers: readonly Peer[] = [
  {
    title: "Mastra memory, libSQL",
    package: "@mastra/memory",
    database: "sqlite",
    isDurable: false,
    note: "It sets synchronous=NORMAL: a loss of power may take acknowledged turns.",
    async open(database) {
      const { LibSQLStore } = await load<{
        readonly LibSQLStore: new (options: object) => Storage;
      }>("@mastra/libsql");
      return open(new LibSQLStore({ id: "bench", url: `file:${pathOf(database)}` }));
    },
  },
  {
    title: "Mastra memory, PostgreSQL",
    package: "@mastra/memory",
    database: "postgresql",
    isDurable: true,
    async open(database) {
      const { PostgresStore } = await load<{
        readonly PostgresStore: new (options: object) => Storage;
      }>("@mastra/pg");
      const schemaName = new URL(database.url).searchParams.get("schema") ?? "public";
      return open(
        new PostgresStore({
          id: "bench",
          connectionString: connectionString(database),
          schemaName,
        }),
      );
    },
  },
];

async function open(storage: Storage): Promise<OpenPeer> {
  const { Memory } = await load<{ readonly Memory: new (options: object) => Memory }>(
    "@mastra/memory",
  );
  await storage.init();
  const memory = new Memory({ storage, options: { lastMessages: limit } });
  const say = (threadId: string, role: string): object => ({
    id: randomUUID(),
    threadId,
    resourceId: userId,
    role,
    createdAt: new Date(),
    content: { format: 2, parts: [{ type: "text", text }], content: text },
  });
  return {
    begin: (threadId) => memory.createThread({ threadId, resourceId: userId }),
    async turn(threadId) {
      await memory.recall({
        threadId,
        resourceId: userId,
        perPage: limit,
        orderBy: { field: "createdAt", direction: "DESC" },
      });
      await memory.saveMessages({ messages: [say(threadId, "user"), say(threadId, "assistant")] });
    },
    async [Symbol.asyncDispose]() {
      await storage.close?.();
    },
  };
}
