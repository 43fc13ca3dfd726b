import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { chosenDatabase } from "../databases/chosen.ts";
import { inspect } from "./inspect.ts";
import { askLast, Load } from "./load.ts";
import { type FaultServer, startFaultServer } from "./start-fault-server.ts";

/** How often a server is killed: TURNKEEP_FAULTS=full for the whole run. */
const kills = process.env["TURNKEEP_FAULTS"] === "full" ? 200 : 8;
const sessions = 8;

test.each([1, 2])(
  "servers that are killed at random moments, %i on one database, lose and tear no turn",
  async (replicas) => {
    const database = await (await chosenDatabase()).createDatabase();
    onTestFinished(() => database[Symbol.asyncDispose]());
    const start = (): Promise<FaultServer> => startFaultServer(database.url, { claimTime: 600 });
    const servers: (FaultServer | undefined)[] = [];
    for (let replica = 0; replica < replicas; replica += 1) servers.push(await start());
    await using load = new Load(sessions, (client) => servers[client % replicas]?.url);
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
    await askLast(servers[0]?.url ?? "", sessions);
    for (const server of servers) await server?.terminate();
    const { figures, interrupted } = await inspect(database.url, load, sessions);
    // oxlint-disable-next-line no-console -- the figures of the run
    console.log(`${kills} kills of turnkeep, ${replicas} on one database: ${figures}`);
    expect(load.acknowledged.length).toBeGreaterThan(kills);
    expect(interrupted).toBeGreaterThan(0);
  },
  kills * 5_000 + 30_000,
);
