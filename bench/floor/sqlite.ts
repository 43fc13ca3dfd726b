import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { parseDatabaseUrl } from "../../src/sql/database-url.ts";
import { type Floor, GroupCommit, now } from "./floor.ts";

/** The floor on `node:sqlite`: one connection, WAL, synchronous FULL. */
export function openFloor(url: string): Floor {
  const database = new DatabaseSync(parseDatabaseUrl(url).database ?? "");
  database.exec("pragma journal_mode = wal; pragma synchronous = full");
  const begin = database.prepare("begin immediate");
  const commit = database.prepare("commit");
  const insertTurn = database.prepare(
    "insert into floor_turns (request_id, session_id, state, question, created_at) values (?, ?, 'running', ?, ?)",
  );
  const insertMessages = database.prepare(
    `insert into appbuilder_session_messages values ${"(?, ?, ?, ?, ?, ?, ?, 0), ".repeat(2).slice(0, -2)}`,
  );
  const endTurn = database.prepare(
    "update floor_turns set state = 'complete', ended_at = ? where request_id = ?",
  );
  // SQLite prepares a statement anew whenever its limit is bound, but for an expression.
  const history = database.prepare(
    "select message_value from appbuilder_session_messages where session_id = ? and message_key = ? and deleted = 0 order by updated_at desc, id desc limit ? + 0",
  );
  const group = new GroupCommit<() => void>((writes) => {
    begin.run();
    for (const write of writes) write();
    commit.run();
  });
  return {
    begin: ({ requestId, sessionId, query }) =>
      group.write(() => insertTurn.run(requestId, sessionId, query, now())),
    history: async (sessionId, messageKey, limit) =>
      history.all(sessionId, messageKey, limit).map((row) => String(row["message_value"])),
    end: ({ requestId, sessionId, query, answer }) =>
      group.write(() => {
        const time = now();
        const rows = [
          [randomUUID(), sessionId, requestId, "query", query, time, time],
          [randomUUID(), sessionId, requestId, "answer", answer, time, time],
        ];
        insertMessages.run(...rows.flat());
        endTurn.run(time, requestId);
      }),
    async [Symbol.asyncDispose]() {
      database.close();
    },
  };
}
