import { text } from "../work.ts";
import { load, type Peer } from "./peer.ts";

interface Session {
  getItems(limit: number): Promise<readonly object[]>;
  addItems(items: readonly object[]): Promise<void>;
}

const limit = 20;

/** OpenAI agents' session in memory: nothing is kept, so that it is what cannot be reached. */
export const peers: readonly Peer[] = [
  {
    title: "OpenAI agents MemorySession",
    package: "@openai/agents",
    database: undefined,
    isDurable: false,
    note: "It keeps nothing: an upper bound.",
    async open() {
      const { MemorySession } = await load<{
        readonly MemorySession: new (options: object) => Session;
      }>("@openai/agents");
      const sessions = new Map<string, Session>();
      return {
        async begin(sessionId) {
          sessions.set(sessionId, new MemorySession({ sessionId }));
        },
        async turn(sessionId) {
          const session = sessions.get(sessionId);
          await session?.getItems(limit);
          await session?.addItems([
            { role: "user", content: text },
            { role: "assistant", status: "completed", content: [{ type: "output_text", text }] },
          ]);
        },
        async [Symbol.asyncDispose]() {
          sessions.clear();
        },
      };
    },
  },
];
