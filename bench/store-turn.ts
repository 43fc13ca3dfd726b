import { randomUUID } from "node:crypto";
import { Message, type SessionStore } from "../src/index.ts";
import { historyLimit, messageKeys, text } from "./work.ts";

/** One turn through the store: begun, its histories read, ended. */
export async function storeTurn(
  store: SessionStore,
  sessionId: string,
  question: string,
): Promise<void> {
  const requestId = randomUUID();
  const query = new Message(question);
  await store.beginTurn({
    requestId,
    sessionId,
    userId: undefined,
    question: query,
    arguments: {},
    retryOf: undefined,
    idempotency: undefined,
    replica: "bench",
    claimTime: 60_000,
    concurrency: "queue",
    queueLimit: 100,
  });
  for (const messageKey of messageKeys) {
    await store.getHistory({ sessionId, messageKey, limit: historyLimit });
  }
  const answer = new Message(text);
  await store.endTurn({
    requestId,
    replica: "bench",
    state: "complete",
    messages: [
      { messageKey: "query", message: query },
      { messageKey: "answer", message: answer },
    ],
    answer,
    error: undefined,
  });
}
