import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { chosenDatabase } from "../databases/chosen.ts";
import { inspect } from "./inspect.ts";
import { askLast, Load } from "./load.ts";
import { startFaultServer } from "./start-fault-server.ts";

/** How often the database is killed: TURNKEEP_FAULTS=full for the whole run. */
const kills = process.env["TURNKEEP_FAULTS"] === "full" ? 20 : 3;
const sessions = 8;

const { servers: databaseServers } = await chosenDatabase();

test.skipIf(databaseServers === undefined)(
  "a database server that is killed under load and comes back loses and tears no turn, and turnkeep goes on",
  async () => {
    if (databaseServers === undefined) return;
    const databaseServer = await databaseServers.startServer();
    onTestFinished(() => databaseServer[Symbol.asyncDispose]());
    const database = await databaseServer.createDatabase();
    const servers = [
      await startFaultServer(database.url, { claimTime: 3000 }),
      await startFaultServer(database.url, { claimTime: 3000 }),
    ];
    await using load = new Load(sessions, (client) => servers[client % 2]?.url);
    const waits: number[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      await sleep(500 + Math.random() * 1000);
      await databaseServer.kill();
      await sleep(Math.random() * 1500);
      await databaseServer.start();
      const back = performance.now();
      for (;;) {
        const next = load.acknowledged.find(({ acknowledgedAt }) => acknowledgedAt > back);
        if (next !== undefined) {
          waits.push((next.acknowledgedAt - back) / 1000);
          break;
        }
        expect(performance.now() - back).toBeLessThan(20_000);
        await sleep(10);
      }
    }
    await load.stop();
    await sleep(4000);
    await askLast(servers[0]?.url ?? "", sessions);
    for (const server of servers) await server.terminate();
    const { figures } = await inspect(database.url, load, sessions);
    const sorted = waits.toSorted((one, other) => one - other);
    // oxlint-disable-next-line no-console -- the figures of the run
    console.log(
      `${kills} kills of the database: ${figures}; seconds from its coming back to the next turn: median ${sorted[Math.floor(kills / 2)]?.toFixed(2)}, longest ${sorted.at(-1)?.toFixed(2)}`,
    );
    expect(load.acknowledged.length).toBeGreaterThan(kills);
  },
  kills * 30_000 + 60_000,
);
