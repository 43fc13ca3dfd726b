import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";
import { inspect } from "../faults/inspect.ts";
import { askLast, Load } from "../faults/load.ts";
import { type FaultServer, startFaultServer } from "../faults/start-fault-server.ts";
import { type ClusterDatabase, GaleraCluster } from "./galera-cluster.ts";
import type { GaleraNode } from "./galera-node.ts";

const kills = 10;
const sessions = 8;
/** How long a replica's claims hold without being renewed, in milliseconds. */
const claimTime = 6000;
/** How long to wait for a turn to succeed again, in milliseconds. */
const patience = 60_000;

let cluster: GaleraCluster;
const figures: Record<string, unknown>[] = [];
beforeAll(async () => {
  cluster = await GaleraCluster.start();
});
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  // oxlint-disable-next-line no-console -- the figures of the run
  console.table(figures);
});

interface Service {
  readonly database: ClusterDatabase;
  readonly servers: readonly FaultServer[];
  readonly load: Load;
}

/** Two servers under load, each of which goes to another node first. */
async function startService(): Promise<Service> {
  const database = await cluster.createDatabase();
  const servers = [
    await startFaultServer(database.urlFrom(0), { claimTime }),
    await startFaultServer(database.urlFrom(1), { claimTime }),
  ];
  const load = new Load(sessions, (client) => servers[client % servers.length]?.url);
  onTestFinished(() => load.stop());
  return { database, servers, load };
}

/** How long it takes from a moment on until each server has made a turn that was asked of it since, in seconds. */
async function untilNext({ servers, load }: Service, since: number): Promise<number> {
  for (;;) {
    const made = new Set(
      load.acknowledged.flatMap(({ askedAt, sessionId }) =>
        askedAt > since ? [Number(sessionId.split("-")[1]) % servers.length] : [],
      ),
    );
    const time = performance.now() - since;
    if (made.size === servers.length) return time / 1000;
    expect(time, "no turn succeeds any more").toBeLessThan(patience);
    await sleep(10);
  }
}

/** Ends the load, and holds what it was told against what each node has. */
async function conclude(
  { database, servers, load }: Service,
  name: string,
  times: readonly number[],
): Promise<void> {
  await load.stop();
  // Claims of turns that were cut off lapse.
  await sleep(claimTime + 1000);
  await askLast(servers[0]?.url ?? "", sessions);
  for (const server of servers) await server.terminate();
  await cluster.whole();
  const found = await Promise.all(
    cluster.nodes.map(async (node, number) => ({
      figures: (await inspect(database.urlOf(number), load, sessions)).figures,
      rows: await checksums(node, database),
    })),
  );
  expect(new Set(found.map((each) => JSON.stringify(each))).size, JSON.stringify(found)).toBe(1);
  const sorted = times.toSorted((one, other) => one - other);
  figures.push({
    fault: name,
    times: times.length,
    "median s to the next turn": sorted[Math.floor(sorted.length / 2)]?.toFixed(1),
    longest: sorted.at(-1)?.toFixed(1),
    turns: found[0]?.figures,
  });
}

async function checksums(node: GaleraNode, { url }: ClusterDatabase): Promise<unknown> {
  const name = new URL(url).pathname.slice(1);
  const tables = ["messages", "turns", "chunks", "hidden"].map(
    (table) => `${name}.appbuilder_session_${table}`,
  );
  return node.execute(
    "set wsrep_sync_wait = 15",
    `checksum table ${name}.appbuilder_sessions, ${tables.join(", ")} extended`,
  );
}

test(
  `a node that is killed ${kills} times loses and tears no turn, and turnkeep goes on`,
  { timeout: kills * 120_000 },
  async () => {
    const service = await startService();
    const times: number[] = [];
    const joins: number[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      await sleep(1000 + Math.random() * 1000);
      const node = cluster.node(kill);
      const since = performance.now();
      await node.kill();
      times.push(await untilNext(service, since));
      const began = performance.now();
      await node.start();
      joins.push((performance.now() - began) / 1000);
      await cluster.whole();
    }
    await conclude(service, "a node is killed", times);
    // oxlint-disable-next-line no-console -- the figures of the run
    console.log(`seconds until a node is back: ${joins.map((each) => each.toFixed(1)).join(", ")}`);
  },
);

test(
  "a node that is cut off from the others is left, and refused by name",
  { timeout: 600_000 },
  async () => {
    const service = await startService();
    const times: number[] = [];
    for (const number of [0, 1]) {
      await sleep(2000);
      const node = cluster.node(number);
      const since = performance.now();
      await node.isolate(true);
      times.push(await untilNext(service, since));
      await expect(openSqlStore(service.database.urlOf(number))).rejects.toEqual(
        turnkeepError("database_unavailable", "cut off from its cluster"),
      );
      await node.isolate(false);
      await cluster.whole();
    }
    await conclude(service, "a node is cut off from the others", times);
  },
);

test("a node that stands still is left", { timeout: 600_000 }, async () => {
  const service = await startService();
  const times: number[] = [];
  for (const number of [0, 1]) {
    await sleep(2000);
    const node = cluster.node(number);
    const since = performance.now();
    node.freeze(true);
    times.push(await untilNext(service, since));
    node.freeze(false);
    await cluster.whole();
  }
  await conclude(service, "a node stands still", times);
});
