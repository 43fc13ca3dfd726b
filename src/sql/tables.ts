/** The table of messages, named and shaped as AppBuilder's Python SDK has it. */
export const messagesTable = "appbuilder_session_messages";

/** A row of {@link messagesTable}, as a database's driver takes and gives it. */
export interface MessageRow {
  readonly id: string;
  readonly session_id: string;
  readonly request_id: string;
  readonly message_key: string;
  /** The message's JSON as text. */
  readonly message_value: string;
  /** `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly created_at: string;
  readonly updated_at: string;
  readonly deleted: boolean;
}

/** The tables of the store, for Kysely. */
export interface Tables {
  readonly [messagesTable]: MessageRow;
}
