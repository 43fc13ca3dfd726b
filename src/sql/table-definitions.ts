import { maxIdLength, maxMessageKeyLength, maxUserIdLength } from "../session/session-store.ts";
import { maxCommentLength } from "../session/turn-store.ts";
import type { ColumnTypes, IndexDefinition } from "./database.ts";
import {
  chunksTable,
  hiddenTable,
  messagesTable,
  schemaTable,
  sessionsTable,
  settingsTable,
  type Tables,
  turnsTable,
  versionsTable,
} from "./tables.ts";

/** How a table is made. */
export interface TableDefinition {
  readonly name: keyof Tables;
  /** The type of each column, by its name; none takes nulls but those in `nullable`. */
  readonly columns: Readonly<Record<string, string>>;
  readonly nullable: readonly string[];
  readonly primaryKey: readonly string[];
  readonly indexes: readonly IndexDefinition[];
}

const hashLength = 64;
const maxStateLength = "interrupted".length;
const maxFeedbackLength = "down".length;

/** The tables, in the order in which they are made. */
export function defineTables(types: ColumnTypes): TableDefinition[] {
  const { json, time, boolean } = types;
  const id = types.text(maxIdLength);
  const hash = types.text(hashLength);
  return [
    define(messagesTable, {
      columns: {
        id,
        session_id: id,
        request_id: id,
        message_key: types.text(maxMessageKeyLength),
        message_value: json,
        created_at: time,
        updated_at: time,
        deleted: boolean,
      },
      primaryKey: ["id"],
      indexes: { history: { columns: ["session_id", "message_key", "updated_at", "id"] } },
    }),
    define(sessionsTable, {
      columns: {
        session_id: id,
        user_id: types.text(maxUserIdLength),
        title: types.text(maxUserIdLength),
        turn_count: "integer",
        live_from: "integer",
        created_at: time,
        updated_at: time,
        last_time: time,
        deleted: boolean,
        head: "integer",
      },
      nullable: ["user_id", "title", "head"],
      primaryKey: ["session_id"],
      indexes: { list: { columns: ["user_id", "deleted", "updated_at", "session_id"] } },
    }),
    define(turnsTable, {
      columns: {
        session_id: id,
        number: "integer",
        request_id: id,
        retry_of: id,
        state: types.text(maxStateLength),
        question: json,
        arguments: json,
        answer: json,
        answer_record: id,
        error: json,
        stop_requested: boolean,
        idempotency_key: hash,
        body_hash: hash,
        key_ended: "bigint",
        replica: id,
        claim_expires: "bigint",
        created_at: time,
        ended_at: time,
        feedback: types.text(maxFeedbackLength),
        feedback_comment: types.text(maxCommentLength),
      },
      nullable: [
        "retry_of",
        "arguments",
        "answer",
        "answer_record",
        "error",
        "idempotency_key",
        "body_hash",
        "key_ended",
        "replica",
        "claim_expires",
        "ended_at",
        "feedback",
        "feedback_comment",
      ],
      primaryKey: ["session_id", "number"],
      indexes: {
        request: { columns: ["request_id"], unique: true },
        idempotency: { columns: ["idempotency_key"], unique: true, sparse: true },
        key_ended: { columns: ["key_ended"], sparse: true },
        claims: { columns: ["replica", "claim_expires"], sparse: true },
      },
    }),
    define(versionsTable, {
      columns: { session_id: id, number: "integer", parent: "integer" },
      primaryKey: ["session_id", "number"],
    }),
    define(chunksTable, {
      columns: { request_id: id, number: "integer", chunk: json },
      primaryKey: ["request_id", "number"],
    }),
    define(hiddenTable, {
      columns: { session_id: id, record_id: id, turn: "integer" },
      nullable: ["turn"],
      primaryKey: ["session_id", "record_id"],
    }),
    define(settingsTable, {
      columns: { name: types.text(hashLength), setting: types.text(maxUserIdLength) },
      primaryKey: ["name"],
    }),
    define(schemaTable, {
      columns: { version: "integer", made_by: types.text(hashLength) },
      primaryKey: ["version"],
    }),
  ];
}

function define<Name extends keyof Tables>(
  name: Name,
  parts: {
    readonly columns: Readonly<Record<keyof Tables[Name], string>>;
    readonly nullable?: readonly (keyof Tables[Name] & string)[];
    readonly primaryKey: readonly (keyof Tables[Name] & string)[];
    readonly indexes?: Readonly<
      Record<
        string,
        Omit<IndexDefinition, "name"> & { readonly columns: readonly (keyof Tables[Name])[] }
      >
    >;
  },
): TableDefinition {
  const { columns, nullable = [], primaryKey, indexes = {} } = parts;
  return {
    name,
    columns,
    nullable,
    primaryKey,
    indexes: Object.entries(indexes).map(([part, index]) =>
      Object.assign({ name: `${name}_${part}` }, index),
    ),
  };
}
