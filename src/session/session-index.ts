import type { JSONValue } from "../json.ts";
import type { SessionRecord } from "./session-record.ts";

/** What is known of a session. */
export interface SessionInfo {
  readonly sessionId: string;
  /** Whose it is; undefined where nobody was known when it began. */
  readonly userId: string | undefined;
  /**
   * What it was called last, else up to 80 characters of its first turn's question, where that is a
   * text.
   */
  readonly title: string | undefined;
  /** How many turns have begun in it here, in whatever state they are. */
  readonly turns: number;
  /** Local time without zone, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly createdAt: string;
  /** Like `createdAt`: when a turn last began or ended in it. */
  readonly updatedAt: string;
  readonly deleted: boolean;
}

/** Which sessions {@link SessionIndex.listSessions} reads. */
export interface SessionsQuery {
  readonly userId: string | undefined;
  /** Only sessions that come after this one in the list. */
  readonly before?: { readonly updatedAt: string; readonly sessionId: string } | undefined;
  /** How many at the most: a whole number from 0. */
  readonly limit: number;
  /** Deleted sessions instead of the others; false by default. */
  readonly deleted?: boolean | undefined;
  /**
   * Only sessions whose title holds this text, in letters of any case and characters of any width:
   * 1 to 255 characters.
   */
  readonly search?: string | undefined;
}

/** Which records {@link SessionIndex.getMessages} reads. */
export interface MessagesQuery {
  readonly sessionId: string;
  readonly userId: string | undefined;
  /** Only under this key; else under all. */
  readonly messageKey?: string | undefined;
  /** Only records older than this one. */
  readonly before?: { readonly updatedAt: string; readonly id: string } | undefined;
  /** How many at the most: a whole number from 0. */
  readonly limit: number;
}

/** Which rows {@link SessionIndex.getRows} reads. */
export interface RowsQuery {
  readonly sessionId: string;
  readonly userId: string | undefined;
  /** Only rows behind this one in the list. */
  readonly before?: { readonly updatedAt: string; readonly id: string } | undefined;
  /** How many at the most: a whole number from 0. */
  readonly limit: number;
}

/** Rows of the table of messages, as they are in the database. */
export interface StoredRows {
  /**
   * The statement that shows all rows of the session in the database's own client; undefined where
   * there is no database.
   */
  readonly sql: string | undefined;
  readonly columns: readonly string[];
  /** The values of a row in the order of the columns. */
  readonly rows: readonly (readonly JSONValue[])[];
  /** The last of these rows, for `before`, where more follow. */
  readonly next: { readonly updatedAt: string; readonly id: string } | undefined;
}

/** What can be changed of a session. */
export interface SessionChange {
  /** The title; null takes it away. */
  readonly title?: string | null | undefined;
  /** Whether it is deleted: its messages are then hidden from every reader, until it is restored. */
  readonly deleted?: boolean | undefined;
}

/**
 * The sessions of users. A session belongs to the user whose turn began it; where that turn had no
 * user, to nobody, which is a caller without a user. To anyone else it does not exist. A session
 * that another writer of the table began, or `appendTurn`, does not exist here until a turn begins
 * in it, whose user it belongs to from then on, with all its messages.
 */
export interface SessionIndex {
  /**
   * A user's sessions, the most recently used first; those of the same time in an order of their
   * ids that is always the same.
   */
  listSessions(query: SessionsQuery): Promise<readonly SessionInfo[]>;
  /** A session, also a deleted one; undefined where the user has none of that id. */
  getSession(sessionId: string, userId: string | undefined): Promise<SessionInfo | undefined>;
  /**
   * Changes a session; the answer is the session as it then is, undefined where the user has none
   * of that id.
   *
   * Deleting marks the session's messages as deleted, for every reader of the table, and so are
   * those that are stored here until it is restored; its live turns are asked to stop. Restoring
   * takes the mark from those that have it for this reason alone. No time changes, of the session
   * or of a message.
   */
  updateSession(
    sessionId: string,
    userId: string | undefined,
    change: SessionChange,
  ): Promise<SessionInfo | undefined>;
  /**
   * The newest records of a session, newest first, those of the same time by their ids; records
   * that are marked as deleted do not count. Undefined where the user has no such session or it is
   * deleted.
   */
  getMessages(query: MessagesQuery): Promise<readonly SessionRecord[] | undefined>;
  /**
   * The newest rows of a session in the table of messages, newest first, those of the same time by
   * their ids; also those that are marked as deleted, and those that cannot be read as messages.
   * Undefined where the user has no such session or it is deleted.
   */
  getRows(query: RowsQuery): Promise<StoredRows | undefined>;
}
