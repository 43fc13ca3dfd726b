import { atLeast, atMost, round } from "../goals.ts";
import { interleave, median, type Rounds } from "../measure/rounds.ts";
import { startServer } from "../measure/server-process.ts";
import { loadChat } from "../measure/wrk.ts";
import { analyze, makeMessageTable, prepareFloor } from "../message-table.ts";
import type { BenchDatabase } from "../databases.ts";
import type { Bench, Findings, Goal, Part, Table } from "../part.ts";

const connectionCounts = [1, 8, 64, 256];
/** More than there are connections, so that no turn waits for another of its session. */
const sessions = 1000;
const turns = 10;
const loopDelayAt = 64;
/**
 * What the Python original did at 8 connections on a machine of this kind: behind gunicorn with two
 * processes, on SQLite, and without reading its history. It is not measured here.
 */
const original = { perSecond: 240, connections: 8, database: "sqlite" };

const part: Part = {
  title: "POST /chat",
  async run(bench) {
    const tables: Table[] = [];
    const goals: Goal[] = [];
    const figures: Record<string, Rounds> = {};
    for (const database of bench.databases) {
      bench.say(`POST /chat on ${database.title}`);
      const found = await measure(bench, database);
      tables.push(...found.tables);
      goals.push(...found.goals);
      Object.assign(figures, found.figures);
    }
    return { tables, goals, figures };
  },
};

export default part;

interface Seen extends Rounds {
  readonly p99: number[];
  readonly loopDelay: number[];
  readonly "turnkeep's CPU": number[];
  readonly "the floor's CPU": number[];
}

async function measure(bench: Bench, database: BenchDatabase): Promise<Findings> {
  const { name, title } = database;
  await using ofFloor = await database.createDatabase();
  await using ofTurnkeep = await database.createDatabase();
  for (const each of [ofFloor, ofTurnkeep]) {
    await makeMessageTable(each, name, { sessions, turns });
    await analyze(each, name);
  }
  await prepareFloor(ofFloor, name);
  await using floor = await startServer("floor", [name, ofFloor.url]);
  await using turnkeep = await startServer("turnkeep", [ofTurnkeep.url]);
  const load = (url: string, connections: number, seconds = bench.seconds) =>
    loadChat(url, { connections, seconds, sessions });
  // Every session has had a turn, and every program is warm.
  for (const { url } of [floor, turnkeep]) await load(url, 64, 3);

  const figures: Record<string, Rounds> = {};
  const rows: string[][] = [];
  const goals: Goal[] = [];
  for (const connections of connectionCounts) {
    const seen = { p99: [], loopDelay: [], "turnkeep's CPU": [], "the floor's CPU": [] } as Seen;
    const rounds = await interleave(bench.rounds, {
      floor: async () => {
        await floor.use();
        const { requests, perSecond } = await load(floor.url, connections);
        seen["the floor's CPU"].push(((await floor.use()).cpu * 1000) / requests);
        return perSecond;
      },
      turnkeep: async () => {
        await turnkeep.use();
        const { requests, perSecond, p99 } = await load(turnkeep.url, connections);
        const { cpu, loopDelay } = await turnkeep.use();
        seen["turnkeep's CPU"].push((cpu * 1000) / requests);
        seen.loopDelay.push(loopDelay);
        seen.p99.push(p99);
        return perSecond;
      },
    });
    figures[`POST /chat, ${title}, ${connections} connections, turns/s`] = rounds;
    figures[`POST /chat, ${title}, ${connections} connections, ms, CPU in us`] = seen;
    const [ofFloorFigure, figure] = [
      median(rounds["floor"] ?? []),
      median(rounds["turnkeep"] ?? []),
    ];
    const ratio = figure / ofFloorFigure;
    const delay = median(seen.loopDelay);
    rows.push([
      String(connections),
      round(ofFloorFigure),
      round(figure),
      ratio.toFixed(2),
      `${round(median(seen["the floor's CPU"]))} / ${round(median(seen["turnkeep's CPU"]))}`,
      round(median(seen.p99)),
      round(delay),
    ]);
    const what = `POST /chat on ${title} at ${connections} connections, of the floor`;
    goals.push(atLeast(1, what, wantedOf(name, connections), ratio));
    if (connections === original.connections && name === original.database) {
      const times = `times at ${connections} connections: turnkeep and the Python original's ${original.perSecond} turns a second, measured elsewhere`;
      goals.push(atLeast(3, times, 10, figure / original.perSecond));
    }
    if (connections === loopDelayAt) {
      const held = `the event loop's delay on ${title} at ${connections} connections, p99`;
      goals.push(atMost(8, held, 25, delay, "ms"));
    }
  }
  const table: Table = {
    title: `${title}, turns a second`,
    columns: [
      "connections",
      "floor",
      "turnkeep",
      "ratio",
      "CPU of a turn, us: floor / turnkeep",
      "turnkeep's p99, ms",
      "loop's delay p99, ms",
    ],
    rows,
    ...(name === original.database
      ? {
          note: `The Python original, behind gunicorn with two processes and without reading its history, made about ${original.perSecond} turns a second at ${original.connections} connections on a machine of this kind. It was measured elsewhere, not in this run.`,
        }
      : {}),
  };
  return { tables: [table], goals, figures };
}

function wantedOf(name: string, connections: number): number {
  if (connections === 1) return 0.6;
  return name === "sqlite" ? 0.7 : 0.75;
}
