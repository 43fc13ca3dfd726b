import { openSqlStore } from "../../src/index.ts";
import { parseDatabaseUrl } from "../../src/sql/database-url.ts";
import type { TestDatabase } from "../../src/sql/database-fixture.ts";
import type { BenchDatabase } from "../databases.ts";
import { atMost, round } from "../goals.ts";
import { analyze } from "../message-table.ts";
import type { Goal, Part } from "../part.ts";
import { storeTurn } from "../store-turn.ts";
import { sessionName, text } from "../work.ts";

const sessions = 400;
const turns = 20;
/** How many come first, so that what an empty database has is no turn's. */
const turnsBefore = 2;

const part: Part = {
  title: "On disk",
  async run(bench) {
    const rows: string[][] = [];
    const goals: Goal[] = [];
    for (const database of bench.databases) {
      bench.say(`on disk: ${database.title}`);
      const bytes = await measure(database);
      rows.push([database.title, round(bytes)]);
      if (database.name === "sqlite") {
        goals.push(atMost(6, "a turn on SQLite with its bookkeeping", 2.5, bytes / 1000, "KB"));
      }
    }
    const title = "Bytes of a turn, with its indexes and bookkeeping";
    return {
      tables: [{ title, columns: ["", "bytes"], rows }],
      goals,
      figures: {},
    };
  },
};

export default part;

async function measure(measured: BenchDatabase): Promise<number> {
  const { name } = measured;
  await using database = await measured.createDatabase();
  await using store = await openSqlStore(database.url);
  const add = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn += 1) {
      const ids = Array.from({ length: sessions }, (_, session) => sessionName(session));
      await Promise.all(ids.map((sessionId) => storeTurn(store, sessionId, text)));
    }
  };
  await add(turnsBefore);
  const before = await sizeOf(database, name);
  await add(turns);
  return ((await sizeOf(database, name)) - before) / (turns * sessions);
}

async function sizeOf(database: TestDatabase, name: string): Promise<number> {
  if (parseDatabaseUrl(database.url).dialect === "mysql") {
    // Otherwise it tells the sizes of some time ago.
    const tables = await database.execute("show tables");
    const names = tables.flatMap((row) => Object.values(row).map(String));
    await database.execute(`analyze table ${names.join(", ")}`);
  } else {
    await analyze(database, name);
  }
  return database.sizeOnDisk();
}
