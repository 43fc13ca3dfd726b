import { Message } from "../message/message.ts";
import { recordId } from "../session/record-id.ts";
import { formatTime, nextTimes, parseTime } from "../session/record-time.ts";
import type { HistoryQuery, SessionRecord, TurnMessages } from "../session/session-store.ts";
import type { HistoryRow } from "./message-statements.ts";
import type { MessageRow } from "./tables.ts";

/** A turn that is ready to be stored: its messages are JSON texts already. */
export interface PendingTurn {
  readonly turn: TurnMessages;
  readonly values: readonly string[];
  /** The length of its JSON texts together. */
  readonly characters: number;
}

/** A row that cannot be read: which one, and the column at fault. */
export interface BrokenRow {
  readonly recordId: string;
  readonly column: "message_value" | "created_at" | "updated_at";
}

/** Makes a turn ready to be stored; throws what making its messages' JSON throws. */
export function toPendingTurn({ sessionId, requestId, messages }: TurnMessages): PendingTurn {
  const turn = {
    sessionId,
    requestId,
    messages: messages.map(({ messageKey, message }) => ({ messageKey, message })),
  };
  const values = turn.messages.map(({ message }) => JSON.stringify(message));
  return { turn, values, characters: values.reduce((sum, value) => sum + value.length, 0) };
}

/** A turn as it is stored: a row and a record for each message. */
export interface StoredTurn {
  readonly rows: readonly MessageRow[];
  readonly records: readonly SessionRecord[];
}

/** The rows of a turn whose session's newest row has the time `newest`, and what they will be read as. */
export function toStoredTurn(
  { turn: { sessionId, requestId, messages }, values }: PendingTurn,
  now: string,
  newest: string | undefined,
): StoredTurn {
  const times = nextTimes(now, newest, messages.length);
  const records = messages.map(({ messageKey, message }, index): SessionRecord => {
    const time = times[index] ?? now;
    const id = recordId(time);
    return { id, sessionId, requestId, messageKey, message, createdAt: time, updatedAt: time };
  });
  const rows = records.map((record, index): MessageRow => {
    const time = inFormOf(newest, record.updatedAt);
    return {
      id: record.id,
      session_id: sessionId,
      request_id: requestId,
      message_key: record.messageKey,
      message_value: values[index] ?? "",
      created_at: time,
      updated_at: time,
      deleted: false,
    };
  });
  return { rows, records };
}

/** The record of a row that was read, whoever wrote it. */
export function toRecord(
  row: HistoryRow,
  { sessionId, messageKey }: HistoryQuery,
): SessionRecord | BrokenRow {
  const message = attempt(() => Message.fromJSON(JSON.parse(row.message_value)));
  if (message === undefined) return { recordId: row.id, column: "message_value" };
  const createdAt = attempt(() => inOneForm(row.created_at));
  if (createdAt === undefined) return { recordId: row.id, column: "created_at" };
  const updatedAt = attempt(() => inOneForm(row.updated_at));
  if (updatedAt === undefined) return { recordId: row.id, column: "updated_at" };
  return {
    id: row.id,
    sessionId,
    requestId: row.request_id,
    messageKey,
    message,
    createdAt,
    updatedAt,
  };
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const oneForm = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;

function inOneForm(time: string): string {
  return oneForm.test(time) ? time : formatTime(parseTime(time));
}

// Where times are text, one with a T between date and time sorts behind every one of its day that
// has a space: what follows it on that day needs the T too.
function inFormOf(newest: string | undefined, time: string): string {
  return newest?.[10] === "T" && newest.startsWith(time.slice(0, 10))
    ? time.replace(" ", "T")
    : time;
}
