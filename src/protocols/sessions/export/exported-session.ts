import type { SessionInfo } from "../../../session/session-index.ts";
import type { SessionRecord, SessionStore } from "../../../session/session-store.ts";
import type { TurnRecord } from "../../../session/turn-store.ts";

/** How many turns or messages are read at once. */
const pageSize = 50;

/** A session to be read from its start to its end, of which no more is held than a page. */
export class ExportedSession {
  readonly info: SessionInfo;
  readonly #store: SessionStore;

  constructor(store: SessionStore, info: SessionInfo) {
    this.info = info;
    this.#store = store;
  }

  /** The turns, by number. */
  async *turns(): AsyncGenerator<TurnRecord, void, undefined> {
    const { sessionId, userId, turns } = this.info;
    // Numbers have no gaps, so that the turns before a number are those of a page.
    for (let first = 1; first <= turns; first += pageSize) {
      const before = Math.min(first + pageSize, turns + 1);
      const page = await this.#store.getTurns({
        sessionId,
        userId,
        before,
        limit: before - first,
      });
      yield* page?.toReversed() ?? [];
    }
  }

  /** The messages under all keys, newest first. */
  async *messages(): AsyncGenerator<SessionRecord, void, undefined> {
    const { sessionId, userId } = this.info;
    let before: SessionRecord | undefined;
    for (;;) {
      const query = { sessionId, userId, before, limit: pageSize };
      const page = (await this.#store.getMessages(query)) ?? [];
      yield* page;
      before = page.at(-1);
      if (before === undefined || page.length < pageSize) return;
    }
  }
}
