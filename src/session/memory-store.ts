import { TurnkeepError } from "../errors.ts";
import { nextTimes, type Clock, localTime } from "./record-time.ts";
import { recordId } from "./record-id.ts";
import type { HistoryQuery, SessionRecord, SessionStore, TurnMessages } from "./session-store.ts";

/** How a {@link MemoryStore} is made. */
export interface MemoryStoreOptions {
  /** The clock records get their times from: the machine's local time by default. */
  readonly clock?: Clock;
}

/**
 * A store in this process's memory: nothing outlives the process. Sessions of a component that
 * runs on its own are kept in one.
 */
export class MemoryStore implements SessionStore {
  readonly #clock: Clock;
  readonly #sessions = new Map<string, SessionRecord[]>();
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
    const records = this.#sessions.get(sessionId) ?? [];
    const found: SessionRecord[] = [];
    for (let index = records.length - 1; index >= 0 && found.length < limit; index -= 1) {
      const record = records[index];
      if (record?.messageKey === messageKey) found.push(record);
    }
    return found.toReversed();
  }

  async appendTurn({
    sessionId,
    requestId,
    messages,
  }: TurnMessages): Promise<readonly SessionRecord[]> {
    this.#requireOpen();
    const records = this.#sessions.get(sessionId) ?? [];
    const times = nextTimes(this.#clock(), records.at(-1)?.updatedAt, messages.length);
    const added = messages.map(({ messageKey, message }, index): SessionRecord => {
      const time = times[index] ?? "";
      return {
        id: recordId(time),
        sessionId,
        requestId,
        messageKey,
        message,
        createdAt: time,
        updatedAt: time,
      };
    });
    this.#sessions.set(sessionId, records);
    records.push(...added);
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
