import { type CompiledQuery, Kysely } from "kysely";
import { describe, expect, test } from "vitest";
import { compileRowsOf } from "../../../src/sql/statements/message-list.ts";
import { SharedStatement } from "../../../src/sql/statements/shared-statement.ts";
import { StoreStatements } from "../../../src/sql/statements/store-statements.ts";
import type { MessageRow, Tables } from "../../../src/sql/tables.ts";
import { Statements } from "../../../src/sql/transaction.ts";
import { type ListenedDatabase, openOnListener } from "./open-on-listener.ts";
import { pythonMadeColumns } from "./python-made.ts";
import { toSqlFile } from "./sent-sql.ts";
import type { SentStatement } from "./tds-requests.ts";

// The SQL is not executed: there is no SQL Server to be had. It is what the driver sends, through all
// that would send it to one, and what has been read by somebody who knows T-SQL. A change of it shows
// here, to be read again.

type Named = readonly [name: string, SentStatement];

const time = "2026-11-23 08:44:42.123456";
/** What statements are given for the values that they name. */
const values = {
  sessionId: "session",
  requestId: "request",
  messageKey: "query",
  userId: "user",
  limit: 10,
  updatedAt: time,
  id: "record",
  time,
  from: time,
  createdAt: time,
  title: "title",
  deleted: true,
  number: 3,
  liveFrom: 2,
  before: 7,
  key: "a".repeat(64),
  replica: "replica",
  claimTime: 15_000,
  olderThan: 86_400_000,
  session_id: "session",
  request_id: "request",
  retry_of: null,
  state: "running",
  question: '{"content":"海😀"}',
  arguments: null,
  answer: null,
  answer_record: "record",
  error: null,
  ended_at: time,
  feedback: "down",
  feedback_comment: "海",
  head: 4,
  parent: 1,
  idempotency_key: null,
  body_hash: null,
  name: "name",
  setting: "setting",
  created_at: time,
};
/** The same name is a time in one statement, and a number in another. */
const otherValues = {
  "turns.requestStops": { from: 1, to: 2 },
  "chunks.chunks": { from: 0 },
  "versions.times": { from: 1 },
};

const row: MessageRow = {
  id: "record",
  session_id: "session",
  request_id: "request",
  message_key: "query",
  message_value: '{"content":"海😀"}',
  created_at: time,
  updated_at: time,
  deleted: false,
};
const chunk = { request_id: "request", number: 0, chunk: '{"content":"海"}' };

/** Executes every statement of a store on a connection, and answers what was sent for each. */
async function sendAll({ database, listener }: ListenedDatabase): Promise<readonly Named[]> {
  const kysely = new Kysely<Tables>({ dialect: database.writes });
  const all = new StoreStatements(kysely, database);
  const { messages, turns, versions, chunks } = all;
  const sent: Named[] = [];
  await kysely.getExecutor().provideConnection(async (provided) => {
    const connection = new Statements(provided);
    const note = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      const before = listener.statements.length;
      await work();
      const fresh = listener.statements.slice(before);
      expect(fresh.length, name).toBeGreaterThan(0);
      sent.push(...fresh.map((statement): Named => [name, statement]));
    };
    const executeAll = async (queries: readonly CompiledQuery[]): Promise<void> => {
      for (const query of queries) await connection.executeQuery(query);
    };
    const special: Readonly<Record<string, () => Promise<unknown>>> = {
      "messages.inserts": () => messages.inserts.insert(connection, [row, row]),
      "messages.appending": () => executeAll([messages.appending(["query", "answer"], values)]),
      "messages.lastIdsAt": () => executeAll(messages.lastIdsAt(["query"], values)),
      "turns.ending": () =>
        connection.executeShared(turns.ending(["query", "answer", "plan"]), values),
      "messages.list": () => executeAll(messages.list(["query", "answer", "plan"], values)),
      "messages.rows": () => executeAll(messages.rows(["query", "answer", "plan"], values)),
      "chunks.inserts": () => chunks.inserts.insert(connection, [chunk]),
      "turns.turnsOf": () => executeAll(turns.turnsOf([1, 2], values)),
      "versions.places": () =>
        versions.places.insert(connection, [{ session_id: "session", number: 3, parent: 1 }]),
      "versions.numbers": () => executeAll(versions.numbers(["one", "two"], {})),
      "versions.notes": () =>
        versions.notes.insert(connection, [{ session_id: "session", record_id: "a", turn: 2 }]),
      "turns.renewSome": () => executeAll(turns.renewSome(["one", "two"], values)),
    };
    const noteAll = async (statements: object, group: string): Promise<void> => {
      for (const [part, statement] of Object.entries(statements)) {
        // A statement that other databases need.
        if (statement === undefined) continue;
        const name = `${group}${part}`;
        const given = { ...values, ...otherValues[name as keyof typeof otherValues] };
        const execute =
          special[name] ??
          (statement instanceof SharedStatement
            ? () => connection.executeShared(statement as SharedStatement<object>, given)
            : () =>
                connection.executeQuery((statement as (given: object) => CompiledQuery)(given)));
        const isOne = typeof statement === "function" || statement instanceof SharedStatement;
        await (isOne || special[name] !== undefined
          ? note(name, execute)
          : noteAll(statement as object, `${name}.`));
      }
    };
    await noteAll(all, "");
    await note("chunks.heldAmong", () => chunks.heldAmong(connection, "replica", ["one", "two"]));
  });
  return sent;
}

describe("the statements of a store, as they are sent to SQL Server", () => {
  test("on the tables that are made here", async () => {
    await using opened = await openOnListener();
    const sent = await sendAll(opened);
    expect(sent.length).toBeGreaterThan(50);
    await expect(toSqlFile(sent)).toMatchFileSnapshot("sql/statements.sql");
  });

  test("on a table of messages that Python made, where they differ", async () => {
    await using own = await openOnListener();
    await using opened = await openOnListener({ messageColumns: pythonMadeColumns });
    const texts = new Set((await sendAll(own)).map(([, { text }]) => text));
    const sent = (await sendAll(opened)).filter(([, { text }]) => !texts.has(text));
    await expect(toSqlFile(sent)).toMatchFileSnapshot("sql/statements-python-made.sql");
  });

  test("show the rows of a session in a form for its own client", async () => {
    const shown = async (options: object, sessionId: string): Promise<string> => {
      await using opened = await openOnListener(options);
      return compileRowsOf(new Kysely<Tables>({ dialect: opened.database.reads }), sessionId);
    };
    const texts = [
      await shown({}, "it's"),
      await shown({}, "海淀 😀"),
      await shown({ messageColumns: pythonMadeColumns }, "plain"),
    ];
    await expect(`${texts.join(";\n\n")};\n`).toMatchFileSnapshot("sql/shown-rows.sql");
  });

  test("have fewer parameters than the 2,100, and rows than the 1,000 that the server takes", async () => {
    for (const messageColumns of [[], pythonMadeColumns]) {
      await using opened = await openOnListener({ messageColumns });
      const { database, listener } = opened;
      const kysely = new Kysely<Tables>({ dialect: database.writes });
      const { messages, chunks } = new StoreStatements(kysely, database);
      await kysely.getExecutor().provideConnection(async (provided) => {
        const connection = new Statements(provided);
        await messages.inserts.insert(
          connection,
          Array.from({ length: 64 }, () => row),
        );
        const names = Array.from({ length: 64 }, (_, index) => `name ${index}`);
        for (const query of messages.list(names, values)) await connection.executeQuery(query);
        await chunks.heldAmong(connection, "replica", names);
      });
      const counts = listener.statements.map((statement) => statement.values.length);
      expect(counts.length).toBe(4);
      expect(Math.max(...counts)).toBeLessThan(2100);
    }
  });
});
