import { openSqlStore, type SessionStore } from "../../src/index.ts";
import type { BenchDatabase } from "../databases.ts";
import { type Floor, floorTurn } from "../floor/floor.ts";
import { atLeast, atMost, round } from "../goals.ts";
import { interleave, median, perSecond, type Rounds } from "../measure/rounds.ts";
import { analyze, makeMessageTable, prepareFloor } from "../message-table.ts";
import type { Bench, Findings, Goal, Part, Table } from "../part.ts";
import { storeTurn } from "../store-turn.ts";
import { historyLimit, messageKeys, sessionName, text } from "../work.ts";

const callerCounts = [1, 8, 64, 512];
const sessions = 1024;
const turns = 10;

const part: Part = {
  title: "Below HTTP: the store alone",
  async run(bench) {
    const tables: Table[] = [];
    const goals: Goal[] = [];
    const figures: Record<string, Rounds> = {};
    for (const database of bench.databases) {
      bench.say(`the store on ${database.title}`);
      const found = await measure(bench, database);
      tables.push(...found.tables);
      goals.push(...found.goals);
      Object.assign(figures, found.figures);
    }
    return { tables, goals, figures };
  },
};

export default part;

async function measure(bench: Bench, database: BenchDatabase): Promise<Findings> {
  const { name, title } = database;
  await using ofFloor = await database.createDatabase();
  await using ofTurnkeep = await database.createDatabase();
  for (const each of [ofFloor, ofTurnkeep]) {
    await makeMessageTable(each, name, { sessions, turns });
    await analyze(each, name);
  }
  await prepareFloor(ofFloor, name);
  await using floor = await database.openFloor(ofFloor.url);
  await using store = await openSqlStore(ofTurnkeep.url);
  const run = {
    floor: (sessionId: string) => floorTurn(floor, sessionId, text),
    turnkeep: (sessionId: string) => storeTurn(store, sessionId, text),
  };
  for (const turn of Object.values(run)) {
    await perSecond(64, 2, () => turn(nextSession()));
  }

  const figures: Record<string, Rounds> = {};
  const goals: Goal[] = [];
  const rows: string[][] = [];
  for (const callers of callerCounts) {
    const rounds = await interleave(bench.rounds, {
      floor: () => perSecond(callers, bench.seconds, () => run.floor(nextSession())),
      turnkeep: () => perSecond(callers, bench.seconds, () => run.turnkeep(nextSession())),
    });
    figures[`the store, ${title}, ${callers} callers, turns/s`] = rounds;
    const [ofFloorFigure, figure] = [
      median(rounds["floor"] ?? []),
      median(rounds["turnkeep"] ?? []),
    ];
    const ratio = figure / ofFloorFigure;
    rows.push([String(callers), round(ofFloorFigure), round(figure), ratio.toFixed(2)]);
    if (callers >= 8) {
      const what = `the store on ${title}, ${callers} callers, of the floor`;
      goals.push(atLeast(2, what, 0.85, ratio));
    }
  }
  const reads = await measureReads(bench, floor, store);
  figures[`a history of ${historyLimit}, ${title}, us`] = reads;
  const [raw, read] = [median(reads["raw statement"] ?? []), median(reads["getHistory"] ?? [])];
  goals.push(
    atMost(2, `a history of ${historyLimit} on ${title}, of the raw statement`, 1.7, read / raw),
  );
  return {
    tables: [
      {
        title: `${title}, turns a second below HTTP`,
        columns: ["callers", "floor", "turnkeep", "ratio"],
        rows,
        note: `A history of ${historyLimit} messages, one after another: raw statement and JSON ${round(raw)} us, getHistory ${round(read)} us (${(read / raw).toFixed(2)} times).`,
      },
    ],
    goals,
    figures,
  };
}

/** How long a history takes, one after another, in microseconds. */
async function measureReads(bench: Bench, floor: Floor, store: SessionStore): Promise<Rounds> {
  const toTime = (rate: number): number => 1e6 / rate;
  const [messageKey] = messageKeys;
  return interleave(bench.rounds, {
    "raw statement": async () =>
      toTime(
        await perSecond(1, bench.seconds, async () => {
          const values = await floor.history(nextSession(), messageKey, historyLimit);
          for (const value of values) JSON.parse(value);
        }),
      ),
    getHistory: async () =>
      toTime(
        await perSecond(1, bench.seconds, () =>
          store.getHistory({ sessionId: nextSession(), messageKey, limit: historyLimit }),
        ),
      ),
  });
}

let last = 0;

function nextSession(): string {
  last = (last + 1) % sessions;
  return sessionName(last);
}
