import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { type FaultServer, startFaultServer } from "./start-fault-server.ts";
import { type AskedTurn, Load } from "./load.ts";

/** How often a server is killed: 200 times in the whole run (TURNKEEP_FAULTS=full). */
const kills = process.env["TURNKEEP_FAULTS"] === "full" ? 200 : 12;
const sessions = 8;

interface StoredRow {
  readonly request_id: string;
  readonly message_key: string;
  readonly content: string;
}

interface StoredTurn {
  readonly request_id: string;
  readonly state: string;
  readonly question: string;
}

test.each([1, 2])(
  "servers that are killed at random moments, %i on one file, lose and tear no turn",
  async (replicas) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "sessions.db");
    const start = (): Promise<FaultServer> =>
      startFaultServer(`sqlite:///${path}`, { claimTime: 600 });
    const servers: (FaultServer | undefined)[] = [];
    for (let replica = 0; replica < replicas; replica += 1) servers.push(await start());
    const load = new Load(sessions, (client) => servers[client % replicas]?.url);
    for (let kill = 0; kill < kills; kill += 1) {
      // Long enough for the claims of the one killed before to lapse.
      await sleep(600 + Math.random() * 600);
      const victim = servers[kill % replicas];
      servers[kill % replicas] = undefined;
      await victim?.kill();
      servers[kill % replicas] = await start();
    }
    await load.stop();
    // The claims of those that were killed last lapse.
    await sleep(1200);
    for (const client of Array.from({ length: sessions }, (_, index) => index)) {
      const response = await fetch(`${servers[0]?.url}/chat`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ message: "last", session_id: `session-${client}` }),
      });
      expect(response.status).toBe(200);
    }
    for (const server of servers) await server?.terminate();
    inspect(path, load);
  },
  kills * 5_000 + 30_000,
);

function inspect(path: string, load: Load): void {
  const database = new DatabaseSync(path, { readOnly: true });
  const turns = database
    .prepare("SELECT request_id, state, question FROM appbuilder_session_turns")
    .all() as unknown as StoredTurn[];
  const states = new Map(turns.map((turn) => [turn.request_id, turn]));
  const lost: AskedTurn[] = [];
  const torn: string[] = [];
  let disorder = 0;
  let duplicates = 0;
  for (let client = 0; client < sessions; client += 1) {
    const rows = database
      .prepare(
        `SELECT request_id, message_key, json_extract(message_value, '$.content') AS content
         FROM appbuilder_session_messages WHERE session_id = ? AND deleted = 0
         ORDER BY updated_at, id`,
      )
      .all(`session-${client}`) as unknown as StoredRow[];
    const questions: number[] = [];
    for (let index = 0; index < rows.length; index += 2) {
      const [query, answer] = [rows[index], rows[index + 1]];
      if (
        query?.message_key !== "query" ||
        answer?.message_key !== "answer" ||
        query.request_id !== answer.request_id ||
        states.get(query.request_id)?.state !== "complete"
      ) {
        torn.push(query?.request_id ?? "");
      }
      if (query?.content !== "last") questions.push(Number(query?.content.split(".")[1]));
    }
    disorder += questions.filter(
      (question, index) => question < (questions[index - 1] ?? -1),
    ).length;
    duplicates += questions.length - new Set(questions).size;
    const stored = new Map(
      rows.map((row) => [`${row.request_id} ${row.message_key}`, row.content]),
    );
    for (const turn of load.acknowledged) {
      if (turn.sessionId !== `session-${client}`) continue;
      if (stored.get(`${turn.requestId} answer`) !== turn.acknowledged) lost.push(turn);
    }
  }
  database.close();
  const cut = load.turns.filter(({ begun, acknowledged }) => begun && acknowledged === undefined);
  const unseen = cut.filter(({ requestId, question }) => {
    const turn = states.get(requestId);
    return turn === undefined || !turn.question.includes(question);
  });
  const interrupted = turns.filter(({ state }) => state === "interrupted").length;
  // oxlint-disable-next-line no-console -- the figures of the run
  console.log(
    `${kills} kills: ${load.acknowledged.length} turns acknowledged, ${cut.length} cut, ${interrupted} interrupted; lost ${lost.length}, torn ${torn.length}, duplicates ${duplicates}, out of order ${disorder}, unseen ${unseen.length}`,
  );
  expect({ lost, torn, duplicates, disorder, unseen }).toEqual({
    lost: [],
    torn: [],
    duplicates: 0,
    disorder: 0,
    unseen: [],
  });
  expect(turns.filter(({ state }) => state === "running" || state === "queued")).toEqual([]);
  expect(load.acknowledged.length).toBeGreaterThan(kills);
  expect(interrupted).toBeGreaterThan(0);
}
