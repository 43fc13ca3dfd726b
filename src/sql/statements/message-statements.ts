import type { Expression, Kysely } from "kysely";
import type { HistoryQuery } from "../../session/session-store.ts";
import {
  hiddenTable,
  type MessageRow,
  messagesTable,
  sessionsTable,
  type Tables,
  type Truth,
} from "../tables.ts";
import { BatchInsert } from "./batch-insert.ts";
import {
  asStored,
  type KeysStatement,
  type KeySteps,
  keySteps,
  newestTime,
  one,
  prepareForKeys,
  withKeys,
} from "./message-keys.ts";
import {
  listedColumns,
  type ListedRow,
  type ListPosition,
  messageColumns,
  prepareKeys,
  prepareList,
  prepareRows,
} from "./message-list.ts";
import { type Argument, inBatches, prepare, type Statement } from "./statement.ts";

/** What an append must know of its session. */
export interface Appending {
  /** The time of the session's newest row, or null where it has none. */
  readonly newest: string | null;
  /** The last time that was given to anything in the session; null where it had no turn yet. */
  readonly last_time: string | null;
  readonly deleted: Truth | null;
}

interface InSession {
  readonly sessionId: string;
}

/** The statements on the table of messages, each compiled once. */
export class MessageStatements {
  /** The newest rows under a key of a session, newest first. */
  readonly history: Statement<HistoryQuery, ListedRow>;
  /** How a session stands, and {@link keySteps} of some keys: one row. */
  readonly appending: KeysStatement<InSession, KeySteps & Omit<Appending, "newest">>;
  /** The time of a session's newest row, and how the session stands: one row. */
  readonly newestTime: Statement<InSession, Appending>;
  /** Of the rows of a session that have a time, the last id of each key that has one. */
  readonly lastIdsAt: ReturnType<
    typeof inBatches<string, { readonly id: string }, InSession & { readonly time: string }>
  >;
  /** The rows under a key of a session, newest first, behind a position. */
  readonly historyBefore: Statement<HistoryQuery & ListPosition, ListedRow>;
  /** See {@link prepareKeys}. */
  readonly keys: ReturnType<typeof prepareKeys>;
  /** See {@link prepareList}. */
  readonly list: ReturnType<typeof prepareList>;
  /** See {@link prepareRows}. */
  readonly rows: ReturnType<typeof prepareRows>;
  /** The time of a row as it is stored. */
  readonly timeOf: Statement<InSession & { readonly id: string }, { readonly updated_at: string }>;
  /** The ids of the rows of a turn under a key that are not deleted, and have a time or a later one. */
  readonly idsOfTurn: Statement<
    InSession & {
      readonly requestId: string;
      readonly messageKey: string;
      readonly from: string;
    },
    { readonly id: string }
  >;
  /** Marks one row as deleted. */
  readonly markOneDeleted: Statement<InSession & { readonly id: string }, unknown>;
  /** Notes which rows of a session are deleted already. */
  readonly noteDeleted: Statement<InSession, unknown>;
  /** Marks all rows of a session as deleted. */
  readonly markDeleted: Statement<InSession, unknown>;
  /** Takes that mark from all rows but those that were noted. */
  readonly unmarkDeleted: Statement<InSession, unknown>;
  /** Forgets what was noted. */
  readonly forgetDeleted: Statement<InSession, unknown>;
  /** Asks for every column, and at most one row. */
  readonly probe: Statement<object, MessageRow>;
  readonly inserts: BatchInsert<MessageRow>;

  constructor(kysely: Kysely<Tables>) {
    this.history = prepare((argument) => selectHistory(kysely, argument));
    this.historyBefore = prepare((argument) =>
      selectHistory(kysely, argument)
        .where("updated_at", "<=", argument("updatedAt"))
        .where((row) =>
          row.or([row("updated_at", "<", argument("updatedAt")), row("id", "<", argument("id"))]),
        ),
    );
    this.appending = prepareAppending(kysely);
    this.newestTime = prepareNewestTime(kysely);
    this.lastIdsAt = prepareLastIdsAt(kysely);
    this.keys = prepareKeys(kysely);
    this.list = prepareList(kysely);
    this.rows = prepareRows(kysely);
    this.timeOf = prepare((argument) =>
      kysely
        .selectFrom(messagesTable)
        .select("updated_at")
        .where("id", "=", argument("id"))
        .where("session_id", "=", argument("sessionId")),
    );
    this.idsOfTurn = prepareIdsOfTurn(kysely);
    this.markOneDeleted = prepare((argument) =>
      kysely
        .updateTable(messagesTable)
        .set({ deleted: true })
        .where("id", "=", argument("id"))
        .where("session_id", "=", argument("sessionId")),
    );
    this.noteDeleted = prepare((argument) =>
      kysely
        .insertInto(hiddenTable)
        .columns(["session_id", "record_id"])
        .expression((db) =>
          db
            .selectFrom(messagesTable)
            .select(["session_id", "id"])
            .where("session_id", "=", argument("sessionId"))
            .where("deleted", "=", true)
            .where("id", "not in", (notes) =>
              notes
                .selectFrom(hiddenTable)
                .select("record_id")
                .where("session_id", "=", argument("sessionId")),
            ),
        ),
    );
    this.markDeleted = prepare((argument) =>
      kysely
        .updateTable(messagesTable)
        .set({ deleted: true })
        .where("session_id", "=", argument("sessionId"))
        .where("deleted", "=", false),
    );
    this.unmarkDeleted = prepare((argument) =>
      kysely
        .updateTable(messagesTable)
        .set({ deleted: false })
        .where("session_id", "=", argument("sessionId"))
        .where("deleted", "=", true)
        .where("id", "not in", (db) =>
          db
            .selectFrom(hiddenTable)
            .select("record_id")
            .where("session_id", "=", argument("sessionId")),
        ),
    );
    this.forgetDeleted = prepare((argument) =>
      kysely
        .deleteFrom(hiddenTable)
        .where("session_id", "=", argument("sessionId"))
        .where("turn", "is", null),
    );
    this.probe = prepare(() => kysely.selectFrom(messagesTable).select(messageColumns).limit(1));
    this.inserts = new BatchInsert<MessageRow>(kysely, messagesTable, messageColumns);
  }
}

function selectHistory(kysely: Kysely<Tables>, argument: Argument<HistoryQuery>) {
  return kysely
    .selectFrom(messagesTable)
    .select(listedColumns)
    .where("session_id", "=", argument("sessionId"))
    .where("message_key", "=", argument("messageKey"))
    .where("deleted", "=", false)
    .orderBy("updated_at", "desc")
    .orderBy("id", "desc")
    .limit(argument("limit"));
}

/** Goes along the rows that came after the turn's beginning, so that those before cost nothing. */
function prepareIdsOfTurn(kysely: Kysely<Tables>): MessageStatements["idsOfTurn"] {
  return prepare((argument) =>
    kysely
      .selectFrom(messagesTable)
      .select("id")
      .where("session_id", "=", argument("sessionId"))
      .where("message_key", "=", asStored(argument("messageKey")))
      .where("updated_at", ">=", argument("from"))
      .where("request_id", "=", argument("requestId"))
      .where("deleted", "=", false),
  );
}

function prepareAppending(kysely: Kysely<Tables>): MessageStatements["appending"] {
  return prepareForKeys((count) =>
    prepare((argument) => {
      const sessionId = argument("sessionId");
      return kysely
        .selectNoFrom(keySteps(sessionId, argument, count))
        .select(sessionColumns(kysely, sessionId)) as never;
    }),
  );
}

function sessionColumns(kysely: Kysely<Tables>, sessionId: Expression<string>) {
  const session = kysely
    .selectFrom(`${sessionsTable} as session`)
    .where("session.session_id", "=", sessionId);
  return [
    session.select("session.last_time").as("last_time"),
    session.select("session.deleted").as("deleted"),
  ] as const;
}

function prepareNewestTime(kysely: Kysely<Tables>): MessageStatements["newestTime"] {
  return prepare((argument) => {
    const sessionId = argument("sessionId");
    return withKeys(kysely, sessionId).selectNoFrom([
      newestTime(sessionId).as("newest"),
      ...sessionColumns(kysely, sessionId),
    ]);
  });
}

function prepareLastIdsAt(kysely: Kysely<Tables>): MessageStatements["lastIdsAt"] {
  return inBatches<string, { readonly id: string }, InSession & { readonly time: string }>((size) =>
    prepare((argument) => {
      const ofKeys = Array.from({ length: size }, (_, place) =>
        kysely
          .selectFrom((db) =>
            db
              .selectFrom(messagesTable)
              .select("id")
              .where("session_id", "=", argument("sessionId"))
              .where("message_key", "=", asStored(argument(place)))
              .where("updated_at", "=", argument("time"))
              .orderBy("id", "desc")
              .limit(one)
              .as("of_key"),
          )
          .select("id"),
      );
      return ofKeys.reduce((all, ofKey) => all.unionAll(ofKey));
    }),
  );
}
