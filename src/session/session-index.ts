import type { SessionRecord } from "./session-store.ts";

/** What is known of a session. */
export interface SessionInfo {
  readonly sessionId: string;
  /** Whose it is; undefined where nobody was known when it began. */
  readonly userId: string | undefined;
  readonly title: string | undefined;
  /** How many turns it has had, in whatever state they are. */
  readonly turns: number;
  /** Local time without zone, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly createdAt: string;
  /** Like `createdAt`: when its last turn began or ended. */
  readonly updatedAt: string;
  readonly deleted: boolean;
}

/** Which sessions {@link SessionIndex.listSessions} reads. */
export interface SessionsQuery {
  readonly userId: string | undefined;
  /** Only sessions that come after this one in the list. */
  readonly before?: { readonly updatedAt: string; readonly sessionId: string } | undefined;
  readonly limit: number;
  /** Deleted sessions instead of the others; false by default. */
  readonly deleted?: boolean | undefined;
}

/** Which records {@link SessionIndex.getMessages} reads. */
export interface MessagesQuery {
  readonly sessionId: string;
  readonly userId: string | undefined;
  /** Only under this key; else under all. */
  readonly messageKey?: string | undefined;
  /** Only records before this one. */
  readonly before?: { readonly updatedAt: string; readonly id: string } | undefined;
  readonly limit: number;
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
 * that another writer of the table began belongs to nobody yet: the first turn here decides.
 */
export interface SessionIndex {
  /** A user's sessions, the most recently used first. */
  listSessions(query: SessionsQuery): Promise<readonly SessionInfo[]>;
  /** A session, also a deleted one; undefined where the user has none of that id. */
  getSession(sessionId: string, userId: string | undefined): Promise<SessionInfo | undefined>;
  /**
   * Changes a session; the answer is the session as it then is, undefined where the user has none
   * of that id. Deleting marks its messages as deleted, for every reader of the table, and restoring
   * takes the mark from those that it marked. The times of messages are left alone.
   */
  updateSession(
    sessionId: string,
    userId: string | undefined,
    change: SessionChange,
  ): Promise<SessionInfo | undefined>;
  /**
   * The newest records of a session, newest first; undefined where the user has no such session.
   */
  getMessages(query: MessagesQuery): Promise<readonly SessionRecord[] | undefined>;
}
