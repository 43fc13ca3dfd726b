import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { defineComponent, HttpRuntime, Message, UserSession } from "turnkeep";
import { expect, test } from "vitest";
import { chatRequest, throughSocket } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";

const clients = 64;
const turns = 50;

test("64 clients at once, 50 turns each: all answered, every history whole and in order", async () => {
  const folder = await mkdtemp(join(tmpdir(), "turnkeep-clients-"));
  try {
    const path = join(folder, "sessions.db");
    const logger = recordingLogger();
    const component = defineComponent<string>({
      run: async function* run(message) {
        const session = new UserSession();
        const queries = await session.getHistory("query", { limit: 1 });
        const answers = await session.getHistory("answer", { limit: 1 });
        const last = [answers[0], queries[0]].map((each) => each?.content as string | undefined);
        const answer = `${last[0] ?? "none"} after ${last[1] ?? "none"}`;
        const reply = new Message(`${message.content}!`);
        await session.append({ query: message, answer: reply });
        yield answer;
      },
    });
    const runtime = new HttpRuntime({ component, userSessionConfig: `sqlite:///${path}`, logger });
    const server = await runtime.serve({ port: 0 });
    const send = throughSocket(server.url);
    let answered = 0;
    await Promise.all(
      Array.from({ length: clients }, async (_, client) => {
        for (let turn = 0; turn < turns; turn += 1) {
          const stream = (client + turn) % 2 === 0;
          const response = await send(
            chatRequest({ message: `${client}/${turn}`, session_id: `session-${client}`, stream }),
          );
          const before = turn === 0 ? "none" : `${client}/${turn - 1}`;
          const expected = `${turn === 0 ? "none" : `${before}!`} after ${before}`;
          expect(response.status).toBe(200);
          expect(response.text).toContain(JSON.stringify(expected));
          answered += 1;
        }
      }),
    );
    await server.close();
    expect(answered).toBe(clients * turns);
    expect(logger.entries).toEqual([]);

    const database = new DatabaseSync(path, { readOnly: true });
    const rows = database
      .prepare(
        `SELECT session_id, message_key, json_extract(message_value, '$.content') AS content
         FROM appbuilder_session_messages ORDER BY session_id, updated_at, id`,
      )
      .all();
    database.close();
    expect(rows).toHaveLength(2 * clients * turns);
    for (let client = 0; client < clients; client += 1) {
      const of = rows.filter((row) => row["session_id"] === `session-${client}`);
      const expected = Array.from({ length: turns }, (_, turn) => [
        ["query", `${client}/${turn}`],
        ["answer", `${client}/${turn}!`],
      ]).flat();
      expect(of.map((row) => [row["message_key"], row["content"]])).toEqual(expected);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
