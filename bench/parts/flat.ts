import { openSqlStore, type SessionStore } from "../../src/index.ts";
import type { BenchDatabase } from "../databases.ts";
import { atMost, round } from "../goals.ts";
import { interleave, median, perSecond, type Rounds } from "../measure/rounds.ts";
import { analyze, fill, makeMessageTable } from "../message-table.ts";
import type { Bench, Findings, Goal, Part, Table } from "../part.ts";
import { storeTurn } from "../store-turn.ts";
import { messageKeys, sessionName, text } from "../work.ts";

/** How many turns each session of the tables that grow has. */
const turns = 10;
const rowsOfTurn = 2;
const sizes = [1_000, 100_000, 1_000_000];
const largeSize = 5_000_000;
/** How many sessions there are of each length, in turns. */
const lengths: readonly { readonly turns: number; readonly sessions: number }[] = [
  { turns: 1, sessions: 2_000 },
  { turns: 100, sessions: 100 },
  { turns: 1_000, sessions: 10 },
  { turns: 10_000, sessions: 2 },
];
const limits = [1, 10];
/** What part of the time of other figures each takes: one read is short. */
const share = 1 / 4;

const part: Part = {
  title: "Flat: the size of the table, the length of the session",
  async run(bench) {
    const tables: Table[] = [];
    const goals: Goal[] = [];
    const figures: Record<string, Rounds> = {};
    for (const database of bench.databases) {
      for (const measure of [measureSizes, measureLengths]) {
        const found = await measure(bench, database);
        tables.push(...found.tables);
        goals.push(...found.goals);
        Object.assign(figures, found.figures);
      }
    }
    return { tables, goals, figures };
  },
};

export default part;

/** A store, and the sessions of it that are read and written. */
interface Subject {
  readonly title: string;
  readonly store: SessionStore;
  readonly nextSession: () => string;
}

async function measureSizes(bench: Bench, database: BenchDatabase): Promise<Findings> {
  const { name, title } = database;
  await using opened = new AsyncDisposableStack();
  const subjects: Subject[] = [];
  for (const size of bench.large ? [...sizes, largeSize] : sizes) {
    bench.say(`a table of ${size} rows on ${title}`);
    const own = opened.use(await database.createDatabase());
    const sessions = size / turns / rowsOfTurn;
    await makeMessageTable(own, name, { sessions, turns });
    const store = opened.use(await openSqlStore(own.url));
    await analyze(own, name);
    subjects.push({
      title: `${size.toLocaleString("en-US")} rows`,
      store,
      nextSession: toSessions(0, sessions),
    });
  }
  const goals = (found: Found): readonly Goal[] =>
    [...found].flatMap(([what, figures]) => {
      const [least = Number.NaN, , large = Number.NaN, largest] = figures;
      const times = `times on ${title}, ${what}: 1,000,000 rows and 1,000`;
      const largestTimes = `times on ${title}, ${what}: 5,000,000 rows and 1,000`;
      const goal = atMost(4, times, 1.5, large / least);
      if (largest === undefined) return [goal];
      return [goal, atMost(4, largestTimes, name === "sqlite" ? 3 : 1.5, largest / least)];
    });
  return await compare(bench, subjects, { title: `${title}, rows in the table`, goals });
}

async function measureLengths(bench: Bench, database: BenchDatabase): Promise<Findings> {
  const { name, title } = database;
  bench.say(`sessions of up to 10,000 turns on ${title}`);
  await using own = await database.createDatabase();
  await makeMessageTable(own, name, { sessions: 0, turns: 0 });
  const starts: number[] = [];
  let first = 0;
  for (const length of lengths) {
    await fill(own, name, { ...length, first });
    starts.push(first);
    first += length.sessions;
  }
  await using store = await openSqlStore(own.url);
  await analyze(own, name);
  const subjects = lengths.map((length, index) => ({
    title: `turns: ${length.turns.toLocaleString("en-US")}`,
    store,
    nextSession: toSessions(starts[index] ?? 0, length.sessions),
  }));
  const goals = (found: Found): readonly Goal[] =>
    [...found].map(([what, [, short = Number.NaN, , long = Number.NaN]]) =>
      atMost(4, `times on ${title}, ${what}: sessions of 10,000 turns and 100`, 1.5, long / short),
    );
  return await compare(bench, subjects, { title: `${title}, turns of the session`, goals });
}

/** The medians of each kind of work, in microseconds, in the order of the subjects. */
type Found = ReadonlyMap<string, readonly number[]>;

interface Comparison {
  readonly title: string;
  readonly goals: (found: Found) => readonly Goal[];
}

async function compare(
  bench: Bench,
  subjects: readonly Subject[],
  { title, goals }: Comparison,
): Promise<Findings> {
  const figures: Record<string, Rounds> = {};
  const found = new Map<string, readonly number[]>();
  for (const [what, work] of kindsOfWork()) {
    // What is read again and again is in memory then, as far as it has room.
    for (const subject of subjects) await perSecond(1, bench.seconds, () => work(subject));
    const measured = await interleave(
      bench.rounds,
      Object.fromEntries(
        subjects.map((subject) => [
          subject.title,
          async () => 1e6 / (await perSecond(1, bench.seconds * share, () => work(subject))),
        ]),
      ),
    );
    figures[`${title}, ${what}, us`] = measured;
    found.set(
      what,
      subjects.map((subject) => median(measured[subject.title] ?? [])),
    );
  }
  const table: Table = {
    title: `${title}, microseconds`,
    columns: ["", ...subjects.map((subject) => subject.title)],
    rows: [...found].map(([what, each]) => [what].concat(each.map(round))),
    note: `One after another, each after ${bench.seconds} s of the same work: what is read for the first time takes longer.`,
  };
  return { tables: [table], goals: goals(found), figures };
}

function kindsOfWork(): ReadonlyMap<string, (subject: Subject) => Promise<void>> {
  const work = new Map<string, (subject: Subject) => Promise<void>>();
  for (const limit of limits) {
    work.set(`both histories of ${limit}`, async ({ store, nextSession }) => {
      const sessionId = nextSession();
      for (const messageKey of messageKeys) {
        await store.getHistory({ sessionId, messageKey, limit });
      }
    });
  }
  work.set("a turn", ({ store, nextSession }) => storeTurn(store, nextSession(), text));
  return work;
}

/** The ids of so many sessions again and again, each far from the one before it. */
function toSessions(first: number, sessions: number): () => string {
  const step = 7919;
  let next = 0;
  return () => {
    next = (next + step) % sessions;
    return sessionName(first + next);
  };
}
