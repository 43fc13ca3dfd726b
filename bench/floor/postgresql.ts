import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { parseDatabaseUrl } from "../../src/sql/database-url.ts";
import { type Floor, type FloorTurn, GroupCommit, now } from "./floor.ts";

const writers = 4;

const insertTurn = {
  name: "insert_turn",
  text: "insert into floor_turns (request_id, session_id, state, question, created_at) values ($1, $2, 'running', $3, $4)",
};
const insertMessages = {
  name: "insert_messages",
  text: "insert into appbuilder_session_messages values ($1, $2, $3, $4, $5, $6, $6, false), ($7, $2, $3, $8, $9, $6, $6, false)",
};
const endTurn = {
  name: "end_turn",
  text: "update floor_turns set state = 'complete', ended_at = $1 where request_id = $2",
};
const history = {
  name: "history",
  text: "select message_value::text from appbuilder_session_messages where session_id = $1 and message_key = $2 and deleted = false order by updated_at desc, id desc limit $3",
};

type Write = (client: Client) => readonly Promise<unknown>[];

/** The floor on `pg`: four connections that write, one that reads, each sending without waiting. */
export async function openFloor(url: string): Promise<Floor> {
  const reader = await connect(url);
  const clients = await Promise.all(Array.from({ length: writers }, () => connect(url)));
  const groups = clients.map(
    (client) =>
      new GroupCommit<Write>(async (writes) => {
        await Promise.all([
          client.query("begin"),
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
      write((client) => [
        client.query({ ...insertTurn, values: [requestId, sessionId, query, now()] }),
      ]),
    async history(sessionId, messageKey, limit) {
      const { rows } = await reader.query<{ readonly message_value: string }>({
        ...history,
        values: [sessionId, messageKey, limit],
      });
      return rows.map((row) => row.message_value);
    },
    end: (turn) => write((client) => toEnd(client, turn)),
    async [Symbol.asyncDispose]() {
      await Promise.all([reader, ...clients].map((client) => client.end()));
    },
  };
}

function toEnd(
  client: Client,
  { sessionId, requestId, query, answer }: FloorTurn,
): readonly Promise<unknown>[] {
  const time = now();
  const first = [randomUUID(), sessionId, requestId, "query", query, time];
  return [
    client.query({ ...insertMessages, values: [...first, randomUUID(), "answer", answer] }),
    client.query({ ...endTurn, values: [time, requestId] }),
  ];
}

async function connect(url: string): Promise<Client> {
  const parsed = parseDatabaseUrl(url);
  const { host = "127.0.0.1", port, username, password, database } = parsed;
  const schema = parsed.option("schema");
  const client = new Client({ host, port, user: username, password, database, pipeline: true });
  await client.connect();
  if (schema !== undefined) await client.query(`set search_path to "${schema}"`);
  return client;
}
