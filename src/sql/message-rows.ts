import { Message } from "../message/message.ts";
import { formatTime, nextTimes, parseTime } from "../session/record-time.ts";
import type { SessionRecord } from "../session/session-store.ts";
import type { KeyedMessage } from "../session/turn-store.ts";
import type { ListedRow } from "./statements/message-list.ts";
import { recordIdFor, timeOfRow } from "./time-step.ts";
import type { MessageRow } from "./tables.ts";

/** Messages that are ready to be stored: JSON texts already. */
export interface PendingMessages {
  readonly messages: readonly KeyedMessage[];
  readonly values: readonly string[];
  /** The length of the JSON texts together. */
  readonly characters: number;
}

/** Where messages are stored: after everything that their session has. */
export interface MessagePlace {
  readonly sessionId: string;
  readonly requestId: string;
  readonly now: string;
  /** The last time that was given to anything in the session; null where it had no turn yet. */
  readonly lastTime: string | null;
  /** The time of its newest row, as it is stored; null where there is none. */
  readonly newest: string | null;
  readonly deleted: boolean;
  /** The least difference between two times in the table, in microseconds. */
  readonly timeStep: number;
}

/** What rows are ordered by. */
export interface OrderedRow {
  readonly id: string;
  readonly updated_at: string;
}

/** Messages as they are stored: a row and a record for each. */
export interface StoredMessages {
  readonly rows: readonly MessageRow[];
  readonly records: readonly SessionRecord[];
}

/** A row that cannot be read: which one, and the column at fault. */
export interface BrokenRow {
  readonly recordId: string;
  readonly column: "message_value" | "created_at" | "updated_at";
}

/** Makes messages ready to be stored; throws what making their JSON throws. */
export function toPendingMessages(keyed: readonly KeyedMessage[]): PendingMessages {
  const messages = keyed.map(({ messageKey, message }) => ({ messageKey, message }));
  const values = messages.map(({ message }) => JSON.stringify(message));
  return { messages, values, characters: values.reduce((sum, { length }) => sum + length, 0) };
}

/** The rows of messages, and what they will be read as. */
export function toStoredMessages(
  { messages, values }: PendingMessages,
  { sessionId, requestId, now, lastTime, newest, deleted, timeStep }: MessagePlace,
): StoredMessages {
  const times = nextTimes(
    now,
    lastTime === null ? (newest ?? undefined) : laterOf(lastTime, newest),
    messages.length,
  );
  const records = messages.map(({ messageKey, message }, index): SessionRecord => {
    const time = times[index] ?? now;
    const id = recordIdFor(timeStep, time);
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
      deleted,
    };
  });
  return { rows, records };
}

/**
 * The record of a row that was read, whoever wrote it.
 * @param step the least difference between two times in its table, in microseconds.
 */
export function toRecord(
  row: ListedRow,
  sessionId: string,
  step: number,
): SessionRecord | BrokenRow {
  const message = attempt(() => Message.fromJSON(JSON.parse(row.message_value)));
  if (message === undefined) return { recordId: row.id, column: "message_value" };
  const createdAt = attempt(() => timeOfRow(inOneForm(row.created_at), row.id, step));
  if (createdAt === undefined) return { recordId: row.id, column: "created_at" };
  const updatedAt =
    row.updated_at === row.created_at
      ? createdAt
      : attempt(() => timeOfRow(inOneForm(row.updated_at), row.id, step));
  if (updatedAt === undefined) return { recordId: row.id, column: "updated_at" };
  return {
    id: row.id,
    sessionId,
    requestId: row.request_id,
    messageKey: row.message_key,
    message,
    createdAt,
    updatedAt,
  };
}

/** The later of two times, in whatever forms they are. */
export function laterOf(one: string, other: string | null): string {
  if (other === null) return one;
  const isLater =
    oneForm.test(one) && oneForm.test(other) ? other > one : parseTime(other) > parseTime(one);
  return isLater ? other : one;
}

/** The newest of several lists, newest first. */
export function newestOf<Row extends OrderedRow>(
  lists: readonly (readonly Row[])[],
  limit: number,
): readonly Row[] {
  return lists
    .flat()
    .toSorted((one, other) => {
      const later = laterOf(one.updated_at, other.updated_at);
      if (one.updated_at !== other.updated_at) return later === one.updated_at ? -1 : 1;
      return one.id > other.id ? -1 : 1;
    })
    .slice(0, limit);
}

const oneForm = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;

/** A time in the form that records have, whatever form the database gave it in. */
export function inOneForm(time: string): string {
  return oneForm.test(time) ? time : formatTime(parseTime(time));
}

/**
 * The time of a row in the form that records have, whatever form the database gave it in; the least
 * that there is for what is no time.
 */
export function toComparable(time: string): string {
  return attempt(() => inOneForm(time)) ?? "0001-01-01 00:00:00.000000";
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

// Where times are text, one with a T between date and time sorts behind every one of its day that
// has a space: what follows it on that day needs the T too.
function inFormOf(newest: string | null, time: string): string {
  return newest?.[10] === "T" && newest.startsWith(time.slice(0, 10))
    ? time.replace(" ", "T")
    : time;
}
