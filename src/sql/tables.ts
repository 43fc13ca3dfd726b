/** The table of messages, named and shaped as AppBuilder's Python SDK has it. */
export const messagesTable = "appbuilder_session_messages";
/** The table of sessions. */
export const sessionsTable = "appbuilder_sessions";
/** The table of turns. */
export const turnsTable = "appbuilder_session_turns";
/** The table of the turns whose places must be told: they have versions, or do not follow the one before. */
export const versionsTable = "appbuilder_session_versions";
/** The table of the chunks of answers that are being made. */
export const chunksTable = "appbuilder_session_chunks";
/**
 * The table of messages that are marked as deleted for a reason: they are not of the chosen path, or
 * were marked before their whole session was.
 */
export const hiddenTable = "appbuilder_session_hidden";
/** The table of what all who share the database have in common. */
export const settingsTable = "appbuilder_session_settings";
/** The table that says which version the tables are of: one row for each that was made. */
export const schemaTable = "appbuilder_session_schema";

/** Whether something holds: databases that have no booleans answer 0 or 1. */
export type Truth = boolean | 0 | 1;

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
  readonly deleted: Truth;
}

/** A row of {@link sessionsTable}: made by the session's first turn. */
export interface SessionRow {
  readonly session_id: string;
  /** Null where nobody was known when it began. */
  readonly user_id: string | null;
  readonly title: string | null;
  /** How many turns it has had: the number of the last one. */
  readonly turn_count: number;
  /** No turn with a lower number is live. */
  readonly live_from: number;
  readonly created_at: string;
  /** When a turn last began or ended in it. */
  readonly updated_at: string;
  /** The last time that was given to anything in it here. */
  readonly last_time: string;
  readonly deleted: Truth;
  /** The number of the turn that the chosen path ends with; null while no turn has versions. */
  readonly head: number | null;
}

/** A row of {@link turnsTable}. */
export interface TurnRow {
  readonly session_id: string;
  readonly number: number;
  readonly request_id: string;
  readonly retry_of: string | null;
  readonly state: string;
  /** A message's JSON. */
  readonly question: string;
  /** A JSON object; null where it is empty. */
  readonly arguments: string | null;
  /** A message's JSON; null also where a message of the session is the answer. */
  readonly answer: string | null;
  /** The id of the message that is the answer. */
  readonly answer_record: string | null;
  /** A `TurnError`'s JSON. */
  readonly error: string | null;
  readonly stop_requested: Truth;
  readonly idempotency_key: string | null;
  readonly body_hash: string | null;
  /** When a turn with an idempotency key ended, in milliseconds of the database's clock. */
  readonly key_ended: number | null;
  /** The replica that holds it; null once it has ended. */
  readonly replica: string | null;
  /** When its claim lapses, in milliseconds of the database's clock; null once it has ended. */
  readonly claim_expires: number | null;
  readonly created_at: string;
  readonly ended_at: string | null;
  /** `up` or `down`; null where the user has said nothing of its answer. */
  readonly feedback: string | null;
  readonly feedback_comment: string | null;
}

/** A row of {@link versionsTable}. */
export interface VersionRow {
  readonly session_id: string;
  readonly number: number;
  /** The number of the turn that it follows; 0 for one that begins the session. */
  readonly parent: number;
}

/** A row of {@link chunksTable}. */
export interface ChunkRow {
  readonly request_id: string;
  readonly number: number;
  /** The chunk's content, and its fields where it has any, as a JSON object. */
  readonly chunk: string;
}

/** A row of {@link hiddenTable}. */
export interface HiddenRow {
  readonly session_id: string;
  readonly record_id: string;
  /**
   * The number of the turn that it belongs to, where it is not of the chosen path; null where it was
   * marked before its session was.
   */
  readonly turn: number | null;
}

/** A row of {@link settingsTable}. */
export interface SettingRow {
  readonly name: string;
  readonly setting: string;
}

/** A row of {@link schemaTable}. */
export interface SchemaRow {
  readonly version: number;
  /** The version of turnkeep that made the tables. */
  readonly made_by: string;
}

/** The tables of the store, for Kysely. */
export interface Tables {
  readonly [messagesTable]: MessageRow;
  readonly [sessionsTable]: SessionRow;
  readonly [turnsTable]: TurnRow;
  readonly [versionsTable]: VersionRow;
  readonly [chunksTable]: ChunkRow;
  readonly [hiddenTable]: HiddenRow;
  readonly [settingsTable]: SettingRow;
  readonly [schemaTable]: SchemaRow;
}
