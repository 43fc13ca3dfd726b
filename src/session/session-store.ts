import type { SessionIndex } from "./session-index.ts";
import type { SessionRecord } from "./session-record.ts";
import type { KeyedMessage, TurnStore } from "./turn-store.ts";

export type { SessionRecord } from "./session-record.ts";

/** The longest session id, request id and record id, in Unicode characters. */
export const maxIdLength = 36;
/** The longest user id and session title, in Unicode characters. */
export const maxUserIdLength = 255;
/** The longest message key, in Unicode characters. */
export const maxMessageKeyLength = 128;

/** Which records {@link SessionStore.getHistory} reads. */
export interface HistoryQuery {
  readonly sessionId: string;
  readonly messageKey: string;
  /** How many at the most: a whole number from 0. */
  readonly limit: number;
  /**
   * The turn that reads it, where that is not on the chosen path: then the history is that of the
   * path which the turn follows, without what it adds itself.
   */
  readonly requestId?: string | undefined;
}

/** What one run adds to its session: its messages in the order they were appended. */
export interface TurnMessages {
  readonly sessionId: string;
  readonly requestId: string;
  /** At least one; each key once. */
  readonly messages: readonly KeyedMessage[];
}

/**
 * Where turns are kept. Every implementation passes the store contract of `turnkeep/testing`.
 * Whoever opens a store disposes of it; a method called after that fails with
 * `database_unavailable`.
 *
 * Errors: `database_unavailable` where the database cannot be reached or answers with a failure,
 * `database_read_only` where it takes no writes.
 */
export interface SessionStore extends TurnStore, SessionIndex, AsyncDisposable {
  /**
   * The newest `limit` records under a key of a session, oldest first. Keys and ids compare byte
   * by byte. Records marked as deleted do not count. A row whose value is not a message is left
   * out. Unknown sessions and keys have no records.
   */
  getHistory(query: HistoryQuery): Promise<readonly SessionRecord[]>;
  /**
   * Stores a turn: all its messages or, on failure, none. When the promise is fulfilled they are
   * durable. The session's records get strictly increasing times, in the order of the turn's
   * messages and after every record that the session had, whatever the clock says. The answer
   * is the records as stored.
   */
  appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]>;
  /**
   * Keeps a setting that all who share the database have in common, unless there is one of that
   * name already. The answer is the value that is kept.
   * @param name 1 to 64 ASCII characters.
   * @param value 1 to 255 characters.
   */
  keepSetting(name: string, value: string): Promise<string>;
  /** Fulfilled where the database answers and has the tables; the errors otherwise. */
  check(): Promise<void>;
}
