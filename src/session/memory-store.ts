import { TurnkeepError } from "../errors.ts";
import { recordId } from "./record-id.ts";
import { type Clock, localTime, nextTimes } from "./record-time.ts";
import type { HistoryQuery, SessionRecord, SessionStore, TurnMessages } from "./session-store.ts";

/** How a {@link MemoryStore} is made. */
export interface MemoryStoreOptions {
  /** The clock records get their times from: the machine's local time by default. */
  readonly clock?: Clock;
}

interface Session {
  newestTime: string | undefined;
  /** The records under each key, oldest first. */
  readonly records: Map<string, SessionRecord[]>;
}

/**
 * A store in this process's memory: nothing outlives the process. Sessions of a component that
 * runs on its own are kept in one.
 */
export class MemoryStore implements SessionStore {
  readonly #clock: Clock;
  readonly #sessions = new Map<string, Session>();
  #open = true;

  constructor({ clock = localTime }: MemoryStoreOptions = {}) {
    this.#clock = clock;
  }

  async getHistory({
    sessionId,
    messageKey,
    limit,
  }: HistoryQuery): Promise<readonly SessionRecord[]> {
    this.#requireOpen();
    const records = this.#sessions.get(sessionId)?.records.get(messageKey) ?? [];
    return records.slice(Math.max(0, records.length - limit));
  }

  async appendTurn({
    sessionId,
    requestId,
    messages,
  }: TurnMessages): Promise<readonly SessionRecord[]> {
    this.#requireOpen();
    const session = this.#sessions.get(sessionId) ?? { newestTime: undefined, records: new Map() };
    const times = nextTimes(this.#clock(), session.newestTime, messages.length);
    const added = messages.map(({ messageKey, message }, index): SessionRecord => {
      const time = times[index] ?? "";
      const id = recordId(time);
      return { id, sessionId, requestId, messageKey, message, createdAt: time, updatedAt: time };
    });
    this.#sessions.set(sessionId, session);
    for (const record of added) {
      const records = session.records.get(record.messageKey);
      if (records === undefined) session.records.set(record.messageKey, [record]);
      else records.push(record);
      session.newestTime = record.updatedAt;
    }
    return added;
  }

  async check(): Promise<void> {
    this.#requireOpen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open = false;
    this.#sessions.clear();
  }

  #requireOpen(): void {
    if (!this.#open) {
      throw new TurnkeepError("database_unavailable", "The memory store has been closed.");
    }
  }
}
