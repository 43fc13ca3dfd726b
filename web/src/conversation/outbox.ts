import { get, set, del } from "idb-keyval";
import type { TurnRequest } from "../wire/chat.ts";
import type { UIMessage } from "../wire/ui-message.ts";

/** A request for a turn, with the key under which it may be sent again and again. */
export interface Attempt {
  readonly key: string;
  readonly body: TurnRequest;
}

/** The message that a request brings, where it brings one. */
export function questionOf({ body }: Attempt): UIMessage | undefined {
  return body.trigger === "submit-message" ? body.messages.at(-1) : undefined;
}

const nameOf = (sessionId: string): string => `${location.pathname}:outbox:${sessionId}`;

/**
 * Keeps requests in the browser from before they are sent until the server has them, so that a
 * message outlives a reload. A browser that keeps nothing only loses that.
 */
export const outbox = {
  async put(attempt: Attempt): Promise<void> {
    await set(nameOf(attempt.body.id), attempt).catch(() => undefined);
  },
  async take(sessionId: string): Promise<Attempt | undefined> {
    return await get<Attempt>(nameOf(sessionId)).catch(() => undefined);
  },
  async remove(sessionId: string): Promise<void> {
    await del(nameOf(sessionId)).catch(() => undefined);
  },
};
