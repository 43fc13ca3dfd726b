import type { Message } from "../message/message.ts";

/** A stored message: one row of the table. */
export interface SessionRecord {
  /** The row's id: a UUID. Ids of one session sort in the order of its records. */
  readonly id: string;
  readonly sessionId: string;
  /** The run that stored it. */
  readonly requestId: string;
  readonly messageKey: string;
  readonly message: Message;
  /** Local time without zone, to the microsecond: `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly createdAt: string;
  /** Like `createdAt`; the order of a session's records is the order of this time. */
  readonly updatedAt: string;
}
