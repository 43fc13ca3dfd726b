import { randomUUID } from "node:crypto";
import { type Connection, createConnection } from "mariadb";
import { parseDatabaseUrl } from "../../src/sql/database-url.ts";
import { type Floor, GroupCommit, now } from "./floor.ts";

const writers = 4;

const insertTurn =
  "insert into floor_turns (request_id, session_id, state, question, created_at) values (?, ?, 'running', ?, ?)";
const insertMessages =
  "insert into appbuilder_session_messages values (?, ?, ?, ?, ?, ?, ?, false), (?, ?, ?, ?, ?, ?, ?, false)";
const endTurn = "update floor_turns set state = 'complete', ended_at = ? where request_id = ?";
const history =
  "select message_value from appbuilder_session_messages where session_id = ? and message_key = ? and deleted = false order by updated_at desc, id desc limit ?";

type Write = (client: Connection) => readonly Promise<unknown>[];

/** The floor on `mariadb`: four connections that write, one that reads, each sending without waiting. */
export async function openFloor(url: string): Promise<Floor> {
  const reader = await connect(url);
  const clients = await Promise.all(Array.from({ length: writers }, () => connect(url)));
  const groups = clients.map(
    (client) =>
      new GroupCommit<Write>(async (writes) => {
        await Promise.all([
          client.query("start transaction"),
          ...writes.flatMap((write) => write(client)),
          client.query("commit"),
        ]);
      }),
  );
  let next = 0;
  const write = async (work: Write): Promise<void> => {
    next = (next + 1) % writers;
    await groups[next]?.write(work);
  };
  return {
    begin: ({ requestId, sessionId, query }) =>
      write((client) => [client.execute(insertTurn, [requestId, sessionId, query, now()])]),
    async history(sessionId, messageKey, limit) {
      const rows = await reader.execute<readonly { readonly message_value: string }[]>(history, [
        sessionId,
        messageKey,
        limit,
      ]);
      return rows.map((row) => row.message_value);
    },
    end: ({ requestId, sessionId, query, answer }) =>
      write((client) => {
        const time = now();
        const first = [randomUUID(), sessionId, requestId, "query", query, time, time];
        const second = [randomUUID(), sessionId, requestId, "answer", answer, time, time];
        return [
          client.execute(insertMessages, [...first, ...second]),
          client.execute(endTurn, [time, requestId]),
        ];
      }),
    async [Symbol.asyncDispose]() {
      await Promise.all([reader, ...clients].map((client) => client.end()));
    },
  };
}

// The driver's types do not know it.
const jsonAsText = { jsonStrings: true };

async function connect(url: string): Promise<Connection> {
  const { host = "127.0.0.1", port = 3306, username, password, database } = parseDatabaseUrl(url);
  return createConnection({
    host,
    port,
    ...(username === undefined ? {} : { user: username }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    charset: "utf8mb4",
    pipelining: true,
    dateStrings: true,
    ...jsonAsText,
  });
}
