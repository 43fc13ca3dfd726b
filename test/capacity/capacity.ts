// What a turn costs on each database: npm run capacity [-- <turns>]. Needs a quiet machine.
import { setTimeout } from "node:timers/promises";
import { Message } from "turnkeep";
import type { DatabaseFixture, TestDatabase } from "../../src/sql/database-fixture.ts";
import { openDatabase } from "../../src/sql/find-database.ts";
import { parseDatabaseUrl } from "../../src/sql/database-url.ts";
import { SqlMessages } from "../../src/sql/sql-messages.ts";
import { SqlTurns } from "../../src/sql/sql-turns.ts";
import { StoreDatabase } from "../../src/sql/store-database.ts";
import { ending, newTurn } from "../../src/testing/store-contract/turn-steps.ts";
import { allFixtures } from "../databases/fixtures.ts";
import { projectFile, startServer } from "../helpers/turnkeep-process.ts";
import { countingDatabase } from "./counting-database.ts";
import { findServer, type Use, useOf } from "./processes.ts";

const [given = "4000"] = process.argv.slice(2);
const turns = Number(given);
if (!Number.isInteger(turns) || turns < 100 || turns > 1_000_000) {
  throw new Error(`There is no measuring ${given} turns. Give a whole number from 100 to 1000000.`);
}
const clients = 32;
const question = "The question goes on for 30 bytes".repeat(8);
const secondsOfDay = 86_400;

/** What a turn costs. */
interface Costs {
  readonly "turns/s": number;
  readonly statements: number;
  readonly transactions: number;
  readonly "turnkeep's CPU, ms": number;
  readonly "database's CPU, ms": number | undefined;
  readonly "log, bytes": number | undefined;
  readonly "written, bytes": number;
  readonly "stored, bytes": number;
}

// How many bytes of its log a server has written.
const logs: readonly { readonly dialects: readonly string[]; readonly query: string }[] = [
  {
    dialects: ["postgresql"],
    query: "select (pg_current_wal_insert_lsn() - '0/0')::bigint as bytes",
  },
  {
    dialects: ["mysql", "mariadb"],
    query:
      "select variable_value as bytes from information_schema.global_status where variable_name = 'Innodb_os_log_written'",
  },
];

const costs: Record<string, Costs> = {};
for (const [name, fixture] of await allFixtures()) {
  try {
    costs[name] = await measure(fixture);
  } catch (error) {
    process.stderr.write(`${name} is left out: ${(error as Error).message}\n`);
  }
}
/* oxlint-disable no-console -- the figures are what it is for */
console.log(
  `A turn of two messages of about 300 bytes that reads two histories, streamed, over HTTP; ${turns} turns by ${clients} clients:`,
);
console.table(costs);
console.log("Cores and storage for turns a day, at three times the mean and half the cores' time:");
console.table(
  Object.entries(costs).flatMap(([name, cost]) =>
    [1e5, 1e6, 1e7, 1e8, 1e9].map((day) => project(name, cost, day)),
  ),
);

/** What so many turns a day need. */
function project(name: string, cost: Costs, day: number): object {
  const peak = (day / secondsOfDay) * 3;
  const cores = (milliseconds: number): number => Math.ceil((peak * milliseconds * 2) / 1000);
  return {
    database: name,
    "turns a day": day.toExponential(0),
    "turns/s at the peak": Math.ceil(peak),
    "cores of turnkeep": cores(cost["turnkeep's CPU, ms"]),
    "cores of the database": cores(cost["database's CPU, ms"] ?? 0),
    "log, MB/s": ((peak * (cost["log, bytes"] ?? cost["written, bytes"])) / 1e6).toFixed(2),
    "stored in a year, GB": Math.ceil((day * 365 * cost["stored, bytes"]) / 1e9),
  };
}

async function measure(fixture: DatabaseFixture): Promise<Costs> {
  await using server = await fixture.servers?.startServer();
  await using database = await (server ?? fixture).createDatabase();
  const asked = await countStatements(database);
  const port = server === undefined ? undefined : parseDatabaseUrl(server.url).port;
  const databaseProcess = port === undefined ? undefined : await findServer(port);
  await using turnkeep = await startServer([database.url], {
    cwd: projectFile("."),
    command: [
      process.execPath,
      "--conditions=turnkeep-source",
      projectFile("test/capacity/server.ts"),
    ],
  });
  // What begins slowly, as statements that are prepared, is not of a turn.
  await ask(turnkeep.url, 500, "warm");
  const look = async (): Promise<Look> => ({
    turnkeep: await useOf(turnkeep.pid),
    database: databaseProcess === undefined ? undefined : await useOf(databaseProcess),
    log: await logOf(database),
    size: await sizeOf(database),
  });
  const before = await look();
  const began = performance.now();
  await ask(turnkeep.url, turns, "session");
  const seconds = (performance.now() - began) / 1000;
  // What is written behind is of the turns too.
  await setTimeout(2000);
  const after = await look();
  const perTurn = (one: number, other: number): number => (other - one) / turns;
  return {
    "turns/s": Math.round(turns / seconds),
    ...asked,
    "turnkeep's CPU, ms": round(perTurn(before.turnkeep.cpu, after.turnkeep.cpu)),
    "database's CPU, ms":
      before.database && after.database && round(perTurn(before.database.cpu, after.database.cpu)),
    "log, bytes":
      before.log === undefined || after.log === undefined
        ? undefined
        : Math.round(perTurn(before.log, after.log)),
    "written, bytes": Math.round(
      perTurn(
        (before.database ?? before.turnkeep).written,
        (after.database ?? after.turnkeep).written,
      ),
    ),
    "stored, bytes": Math.round(perTurn(before.size, after.size)),
  };
}

interface Look {
  readonly turnkeep: Use;
  readonly database: Use | undefined;
  readonly log: number | undefined;
  readonly size: number;
}

function round(number: number): number {
  return Number(number.toPrecision(2));
}

async function logOf(database: TestDatabase): Promise<number | undefined> {
  const { dialect } = parseDatabaseUrl(database.url);
  const log = logs.find(({ dialects }) => dialects.includes(dialect));
  return log && Number((await database.execute(log.query))[0]?.["bytes"]);
}

async function sizeOf(database: TestDatabase): Promise<number> {
  if (/^(?:mysql|mariadb):/.test(database.url)) {
    // Otherwise it tells the sizes of some time ago.
    const tables = await database.execute("show tables");
    const names = tables.flatMap((row) => Object.values(row).map(String));
    await database.execute(`analyze table ${names.join(", ")}`);
  }
  return database.sizeOnDisk();
}

/** How many statements and transactions a turn is, when it is alone. */
async function countStatements({
  url,
}: TestDatabase): Promise<Pick<Costs, "statements" | "transactions">> {
  const database = countingDatabase(await openDatabase(url));
  await using store = new StoreDatabase(
    database,
    () => "2026-11-23 10:00:00.000000",
    () => undefined,
  );
  await store.prepare();
  const history = new SqlMessages(store, () => undefined);
  const made = new SqlTurns(store);
  const turn = async (requestId: string): Promise<void> => {
    await made.beginTurn(newTurn("counted", requestId, { question: new Message(question) }));
    for (const messageKey of ["query", "answer"]) {
      await history.getHistory({ sessionId: "counted", messageKey, limit: 1 });
    }
    await made.endTurn(ending(requestId, { query: question, answer: question }));
  };
  await turn("first");
  const before = { ...database.asked };
  await turn("second");
  return {
    statements: database.asked.statements - before.statements,
    transactions: database.asked.transactions - before.transactions,
  };
}

/** Asks for turns, by several clients with a session each. */
async function ask(url: string, count: number, prefix: string): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (left > 0) {
        left -= 1;
        const response = await fetch(`${url}/chat`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({
            message: question,
            session_id: `${prefix}-${client}`,
            stream: true,
          }),
        });
        const text = await response.text();
        if (response.status !== 200 || !text.includes('"is_completion":true')) {
          throw new Error(`A turn failed: ${response.status} ${text.slice(-500)}`);
        }
      }
    }),
  );
}
