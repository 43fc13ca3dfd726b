import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createDatabaseAt } from "../../src/databases/mysql/fixture.ts";
import type { TestDatabase } from "../../src/sql/database-fixture.ts";
import { findServerUser, freePort } from "../../src/sql/server/server-fixture.ts";
import { GaleraNode, type NodePorts } from "./galera-node.ts";
import { findPrograms } from "./programs.ts";

const nodeCount = 3;

/** A database on a cluster. */
export interface ClusterDatabase extends TestDatabase {
  /** Its URL with all nodes, in the order of their numbers from one on. */
  urlFrom(node: number): string;
  /** Its URL with one node alone. */
  urlOf(node: number): string;
}

/**
 * A MariaDB Galera cluster of three nodes on 127.0.0.1. Disposing of it ends and removes it; so does
 * the end of this process, however that comes.
 */
export class GaleraCluster implements AsyncDisposable {
  readonly nodes: readonly GaleraNode[];
  readonly #guard: ChildProcess;

  private constructor(nodes: readonly GaleraNode[], guard: ChildProcess) {
    this.nodes = nodes;
    this.#guard = guard;
  }

  /** Starts one; throws where a program is missing, and says what to install. */
  static async start(): Promise<GaleraCluster> {
    const programs = findPrograms();
    const user = await findServerUser("mysql");
    const folder = await mkdtemp(join(tmpdir(), "turnkeep-cluster-"));
    const guard = startGuard(folder);
    // Its nodes run as another user.
    await chmod(folder, 0o755);
    const ports: NodePorts[] = [];
    for (let number = 0; number < nodeCount; number += 1) ports.push(await freePorts());
    const address = `gcomm://${ports.map(({ group }) => `127.0.0.1:${group}`).join(",")}`;
    const nodes = ports.map(
      (own, number) =>
        new GaleraNode(`node${number}`, {
          folder: join(folder, `node${number}`),
          ports: own,
          address,
          programs,
          user,
          onStart: (session) => guard.stdin?.write(`${session}\n`),
        }),
    );
    const cluster = new GaleraCluster(nodes, guard);
    try {
      await Promise.all(nodes.map((node, number) => node.prepare({ isFirst: number === 0 })));
      const [first, ...others] = nodes;
      await first?.start({ isFirst: true });
      await Promise.all(others.map((node) => node.start()));
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  node(number: number): GaleraNode {
    const node = this.nodes[number % nodeCount];
    if (node === undefined) throw new RangeError(`There is no node ${number}.`);
    return node;
  }

  /** Fulfilled when all nodes are there and have the same. */
  async whole(): Promise<void> {
    for (;;) {
      const all = await Promise.all(this.nodes.map((node) => node.status()));
      if (all.every((each) => each.isReady && each.isSynced && each.nodes === nodeCount)) return;
      await setTimeout(50);
    }
  }

  async createDatabase(): Promise<ClusterDatabase> {
    const database = await createDatabaseAt(this.node(0).url);
    const name = new URL(database.url).pathname;
    const urlOf = (ports: readonly number[]): string =>
      `mysql://root@${ports.map((port) => `127.0.0.1:${port}`).join(",")}${name}`;
    // A node takes connections to a database as soon as it knows of it.
    await Promise.all(
      this.nodes.map((node) => node.execute("set wsrep_sync_wait = 7", "select 1 as one")),
    );
    return {
      ...database,
      urlFrom: (node) =>
        urlOf(this.nodes.map((_, place) => this.node((node + place) % nodeCount).port)),
      urlOf: (node) => urlOf([this.node(node).port]),
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#guard.exitCode !== null) return;
    const ended = once(this.#guard, "exit");
    this.#guard.stdin?.end();
    await ended;
  }
}

function startGuard(folder: string): ChildProcess {
  const program = fileURLToPath(new URL("guard.ts", import.meta.url));
  // In a session of its own, so that what interrupts the tests does not end it.
  return spawn(process.execPath, [program, folder], {
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
}

async function freePorts(): Promise<NodePorts> {
  return {
    clients: await freePort(),
    group: await freePort(),
    changes: await freePort(),
    state: await freePort(),
  };
}
