import { Kysely } from "kysely";
import { expect } from "vitest";
import { openDatabase } from "../../src/sql/find-database.ts";
import { messagesTable, type Tables, turnsTable } from "../../src/sql/tables.ts";
import type { AskedTurn, Load } from "./load.ts";

/** A message as the table has it. */
export interface StoredMessage {
  readonly key: string;
  readonly content: string;
  readonly requestId: string;
}

/** What the table of messages has of a session, in order. */
export async function messagesOf(url: string, sessionId: string): Promise<StoredMessage[]> {
  await using open = await openDatabase(url);
  const rows = await new Kysely<Tables>({ dialect: open.reads })
    .selectFrom(messagesTable)
    .select(["message_key", "message_value", "request_id"])
    .where("session_id", "=", sessionId)
    .where("deleted", "=", false)
    .orderBy("updated_at")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    key: row.message_key,
    content: String((JSON.parse(row.message_value) as { content: unknown }).content),
    requestId: row.request_id,
  }));
}

/** How many turns were interrupted in a run of faults, and the figures of it in a line. */
export interface Findings {
  readonly interrupted: number;
  readonly figures: string;
}

/**
 * Holds what a load was told against what the database has: every turn that was acknowledged is
 * there, whole, once and in order, every other one that had begun is known, and none goes on.
 */
export async function inspect(url: string, load: Load, sessions: number): Promise<Findings> {
  await using open = await openDatabase(url);
  const turns = await new Kysely<Tables>({ dialect: open.reads })
    .selectFrom(turnsTable)
    .select(["request_id", "state", "question"])
    .execute();
  const states = new Map(turns.map((turn) => [turn.request_id, turn]));
  const lost: AskedTurn[] = [];
  const torn: string[] = [];
  let disorder = 0;
  let duplicates = 0;
  for (let client = 0; client < sessions; client += 1) {
    const rows = await messagesOf(url, `session-${client}`);
    const questions: number[] = [];
    for (let index = 0; index < rows.length; index += 2) {
      const [query, answer] = [rows[index], rows[index + 1]];
      if (
        query?.key !== "query" ||
        answer?.key !== "answer" ||
        query.requestId !== answer.requestId ||
        states.get(query.requestId)?.state !== "complete"
      ) {
        torn.push(query?.requestId ?? "");
      }
      if (query?.content !== "last") questions.push(Number(query?.content.split(".")[1]));
    }
    disorder += questions.filter(
      (question, index) => question < (questions[index - 1] ?? -1),
    ).length;
    duplicates += questions.length - new Set(questions).size;
    const stored = new Map(rows.map((row) => [`${row.requestId} ${row.key}`, row.content]));
    for (const turn of load.acknowledged) {
      if (turn.sessionId !== `session-${client}`) continue;
      if (stored.get(`${turn.requestId} answer`) !== turn.acknowledged) lost.push(turn);
    }
  }
  const cut = load.turns.filter(({ begun, acknowledged }) => begun && acknowledged === undefined);
  const unseen = cut.filter(({ requestId, question }) => {
    const turn = states.get(requestId);
    return turn === undefined || !turn.question.includes(question);
  });
  const interrupted = turns.filter(({ state }) => state === "interrupted").length;
  const figures = `${load.acknowledged.length} turns acknowledged, ${cut.length} cut, ${interrupted} interrupted; lost ${lost.length}, torn ${torn.length}, duplicates ${duplicates}, out of order ${disorder}, unseen ${unseen.length}`;
  expect({ lost, torn, duplicates, disorder, unseen }, figures).toEqual({
    lost: [],
    torn: [],
    duplicates: 0,
    disorder: 0,
    unseen: [],
  });
  expect(turns.filter(({ state }) => state === "running" || state === "queued")).toEqual([]);
  return { interrupted, figures };
}
