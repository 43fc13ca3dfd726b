import { TurnkeepError } from "../errors.ts";
import type { JSONValue } from "../json.ts";
import { Message } from "../message/message.ts";
import type {
  TurnChunk,
  TurnError,
  TurnFeedback,
  TurnRecord,
  TurnState,
} from "../session/turn-store.ts";
import { inOneForm } from "./message-rows.ts";
import type { FullTurnRow } from "./statements/turn-reads.ts";
import type { ChunkRow } from "./tables.ts";

/**
 * The record of a row that was read, with its place among the turns of its session.
 * @throws TurnkeepError `database_schema_mismatch` where the row is none that this made.
 */
export function toTurn(
  row: FullTurnRow,
  place: Pick<TurnRecord, "parent" | "chosen" | "versions">,
): TurnRecord {
  try {
    return {
      requestId: row.request_id,
      sessionId: row.session_id,
      number: row.number,
      ...place,
      retryOf: row.retry_of ?? undefined,
      state: row.state as TurnState,
      question: Message.fromJSON(JSON.parse(row.question)),
      arguments: toObject(row.arguments),
      answer: toAnswer(row),
      error: row.error === null ? undefined : toTurnError(row.error),
      feedback: toFeedback(row),
      stopRequested: Boolean(row.stop_requested),
      bodyHash: row.body_hash ?? undefined,
      createdAt: inOneForm(row.created_at),
      endedAt: row.ended_at === null ? undefined : inOneForm(row.ended_at),
    };
  } catch (error) {
    throw new TurnkeepError(
      "database_schema_mismatch",
      `The row of the turn ${JSON.stringify(row.request_id)} cannot be read: ${(error as Error).message} Mend it, or remove it.`,
      { cause: error },
    );
  }
}

/** A turn's error as its row has it. */
export function fromTurnError({ code, status, number, message }: TurnError): string {
  return JSON.stringify({ code, status, number, message });
}

/** A chunk as its row has it. */
export function fromChunk({ requestId, number, content, fields, parts }: TurnChunk): ChunkRow {
  const hasFields = Object.keys(fields).length > 0;
  const chunk = { content, ...(hasFields && { fields }), ...(parts && { parts }) };
  // As JSON, since a piece may end within a character, which a database's text cannot.
  return { request_id: requestId, number, chunk: JSON.stringify(chunk) };
}

/** The chunk of a row that was read. */
export function toChunk({ request_id: requestId, number, chunk }: ChunkRow): TurnChunk {
  const { content = "", fields = {}, parts } = JSON.parse(chunk) as Partial<TurnChunk>;
  return { requestId, number, content, fields, ...(parts && { parts }) };
}

function toObject(text: string | null): { readonly [name: string]: JSONValue } {
  return text === null ? {} : (JSON.parse(text) as { readonly [name: string]: JSONValue });
}

function toAnswer({ answer, answer_value: value }: FullTurnRow): Message | undefined {
  if (answer !== null) return Message.fromJSON(JSON.parse(answer));
  if (value === null) return undefined;
  try {
    return Message.fromJSON(JSON.parse(value));
  } catch {
    // Others write that table too, and a message that they broke is left out of the history.
    return undefined;
  }
}

function toFeedback({
  feedback,
  feedback_comment: comment,
}: FullTurnRow): TurnFeedback | undefined {
  if (feedback !== "up" && feedback !== "down") return undefined;
  return { value: feedback, comment: comment ?? undefined };
}

function toTurnError(text: string): TurnError {
  const { code, status, number, message } = JSON.parse(text) as TurnError;
  return { code, status, number, message };
}
