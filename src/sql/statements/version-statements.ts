import type { Kysely } from "kysely";
import type { PlacedTurn } from "../../session/turn-tree.ts";
import {
  type HiddenRow,
  hiddenTable,
  type MessageRow,
  messagesTable,
  type Tables,
  type TurnRow,
  turnsTable,
  type VersionRow,
  versionsTable,
} from "../tables.ts";
import { BatchInsert } from "./batch-insert.ts";
import { asStored } from "./message-keys.ts";
import { listedColumns, type ListedRow } from "./message-list.ts";
import { type Batch, inBatches, prepare, type Statement } from "./statement.ts";

interface InSession {
  readonly sessionId: string;
}

interface OfRecord extends InSession {
  readonly id: string;
}

type TurnPlace = Pick<TurnRow, "request_id" | "session_id" | "number">;

/** A record that its readers see, as far as it must be known to belong to a turn. */
export type ShownRow = Pick<MessageRow, "id" | "request_id" | "updated_at">;

/** The statements that sessions with versions need, each compiled once. */
export class VersionStatements {
  /** The turns of a session whose places are told. */
  readonly placed: Statement<InSession, PlacedTurn>;
  readonly places: BatchInsert<VersionRow>;
  /** When the turns of a session from a number on began and ended, by number. */
  readonly times: Statement<
    InSession & { readonly from: number },
    Pick<TurnRow, "number" | "created_at" | "ended_at">
  >;
  /** Those of the request ids that turns have, with these turns' places, in whatever session. */
  readonly numbers: ReturnType<typeof inBatches<string, TurnPlace>>;
  /** The rows under a key of a session that are not deleted, and have a time or a later one. */
  readonly shownFrom: Statement<
    InSession & { readonly messageKey: string; readonly from: string },
    ShownRow
  >;
  /** A row under a key. */
  readonly ofKey: Statement<OfRecord & { readonly messageKey: string }, ListedRow>;
  /** The records of a session that are marked as deleted since they are not of the chosen path. */
  readonly aside: Statement<InSession, { readonly record_id: string; readonly turn: number }>;
  readonly notes: BatchInsert<HiddenRow>;
  readonly removeNote: Statement<OfRecord, unknown>;
  /** Takes the mark from one row. */
  readonly unmarkDeleted: Statement<OfRecord, unknown>;
  /** Asks for every column, and at most one row. */
  readonly probe: Statement<object, VersionRow>;

  constructor(kysely: Kysely<Tables>) {
    this.placed = prepare((argument) =>
      kysely
        .selectFrom(`${versionsTable} as version`)
        .innerJoin(`${turnsTable} as turn`, (join) =>
          join
            .onRef("turn.session_id", "=", "version.session_id")
            .onRef("turn.number", "=", "version.number"),
        )
        .select(["version.number", "version.parent", "turn.request_id as requestId"])
        .where("version.session_id", "=", argument("sessionId")),
    );
    this.places = new BatchInsert<VersionRow>(kysely, versionsTable, columns);
    this.times = prepare((argument) =>
      kysely
        .selectFrom(turnsTable)
        .select(["number", "created_at", "ended_at"])
        .where("session_id", "=", argument("sessionId"))
        .where("number", ">=", argument("from"))
        .orderBy("number"),
    );
    this.numbers = inBatches<string, TurnPlace>((size) => prepareNumbers(kysely, size));
    this.shownFrom = prepare((argument) =>
      kysely
        .selectFrom(messagesTable)
        .select(["id", "request_id", "updated_at"])
        .where("session_id", "=", argument("sessionId"))
        .where("message_key", "=", asStored(argument("messageKey")))
        .where("updated_at", ">=", argument("from"))
        .where("deleted", "=", false),
    );
    this.ofKey = prepare((argument) =>
      kysely
        .selectFrom(messagesTable)
        .select(listedColumns)
        .where("id", "=", argument("id"))
        .where("session_id", "=", argument("sessionId"))
        .where("message_key", "=", argument("messageKey")),
    );
    this.aside = prepare((argument) =>
      kysely
        .selectFrom(hiddenTable)
        .select((row) => ["record_id", row.ref("turn").$notNull().as("turn")])
        .where("session_id", "=", argument("sessionId"))
        .where("turn", "is not", null),
    );
    this.notes = new BatchInsert<HiddenRow>(kysely, hiddenTable, [
      "session_id",
      "record_id",
      "turn",
    ]);
    this.removeNote = prepare((argument) =>
      kysely
        .deleteFrom(hiddenTable)
        .where("session_id", "=", argument("sessionId"))
        .where("record_id", "=", argument("id")),
    );
    this.unmarkDeleted = prepare((argument) =>
      kysely
        .updateTable(messagesTable)
        .set({ deleted: false })
        .where("id", "=", argument("id"))
        .where("session_id", "=", argument("sessionId")),
    );
    this.probe = prepare(() => kysely.selectFrom(versionsTable).select(columns).limit(1));
  }
}

const columns = ["session_id", "number", "parent"] as const satisfies readonly (keyof VersionRow)[];

function prepareNumbers(kysely: Kysely<Tables>, size: number): Statement<Batch<string>, TurnPlace> {
  return prepare((argument) =>
    kysely
      .selectFrom(turnsTable)
      .select(["request_id", "session_id", "number"])
      .where(
        "request_id",
        "in",
        Array.from({ length: size }, (_, index) => argument(index)),
      ),
  );
}
