import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, open, readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { executeAt } from "../../src/databases/mysql/fixture.ts";
import { run, type SystemUser } from "../../src/sql/server/server-fixture.ts";
import { killSession, signal } from "./process-session.ts";
import type { Programs } from "./programs.ts";

/** The ports of a node on 127.0.0.1: for clients, the other nodes, and what a node that joins is sent. */
export interface NodePorts {
  readonly clients: number;
  readonly group: number;
  readonly changes: number;
  readonly state: number;
}

/** How a {@link GaleraNode} is run. */
export interface NodeOptions {
  readonly folder: string;
  readonly ports: NodePorts;
  /** Where the cluster's nodes meet, such as `gcomm://127.0.0.1:4567`. */
  readonly address: string;
  readonly programs: Programs;
  readonly user: SystemUser | undefined;
  /** Told the session of each of its processes, before anything can go wrong. */
  readonly onStart: (session: number) => void;
}

/** How a node stands, as it tells itself. */
export interface NodeStatus {
  /** Whether it takes statements: it is in the part of the cluster that goes on. */
  readonly isReady: boolean;
  /** Whether it has all that the cluster has. */
  readonly isSynced: boolean;
  /** How many nodes it is connected with, with itself. */
  readonly nodes: number;
}

const startTimeout = 120_000;
const synced = "4";

/** A node of a cluster: a server process with data of its own. */
export class GaleraNode {
  readonly name: string;
  readonly #options: NodeOptions;
  #pid: number | undefined;

  constructor(name: string, options: NodeOptions) {
    this.name = name;
    this.#options = options;
  }

  /** The URL of an ordinary database on it. */
  get url(): string {
    return `mysql://root@127.0.0.1:${this.#options.ports.clients}/mysql`;
  }

  get port(): number {
    return this.#options.ports.clients;
  }

  /** Makes its folder; with the data of an empty server, where it is to be the first node. */
  async prepare({ isFirst }: { readonly isFirst: boolean }): Promise<void> {
    const { folder, programs, user } = this.#options;
    for (const part of ["data", "temporary"]) await mkdir(`${folder}/${part}`, { recursive: true });
    if (user !== undefined) await run(undefined, "chown", "-R", `${user.uid}:${user.gid}`, folder);
    if (!isFirst) return;
    await run(
      user,
      programs.install,
      "--no-defaults",
      `--datadir=${folder}/data`,
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
    );
  }

  /**
   * Starts it, also again; fulfilled when it has all that its cluster has.
   * @param isFirst whether it begins a cluster, which the others join.
   */
  async start({ isFirst = false }: { readonly isFirst?: boolean } = {}): Promise<void> {
    const position = isFirst ? undefined : await this.#findPosition();
    const session = await this.#spawn([
      ...(isFirst ? ["--wsrep-new-cluster"] : []),
      ...(position === undefined ? [] : [`--wsrep-start-position=${position}`]),
    ]);
    this.#pid = session.pid;
    let hasEnded = false;
    void session.ended.then(() => (hasEnded = true));
    const deadline = performance.now() + startTimeout;
    for (;;) {
      const { isReady, isSynced } = await this.status();
      if (isReady && isSynced) return;
      if (hasEnded || performance.now() > deadline) {
        const log = await readFile(this.#log, "utf8");
        throw new Error(
          `The node ${this.name} ${hasEnded ? "has ended" : "does not join its cluster"}: ${log.slice(-3000)}`,
        );
      }
      await setTimeout(100);
    }
  }

  /** Ends it at once, as a loss of power would; its data stays. */
  async kill(): Promise<void> {
    if (this.#pid !== undefined) await killSession(this.#pid);
    this.#pid = undefined;
  }

  /** Lets it stand still, as a machine that hangs, or go on. */
  freeze(isFrozen: boolean): void {
    if (this.#pid !== undefined) signal(this.#pid, isFrozen ? "SIGSTOP" : "SIGCONT");
  }

  /** Cuts its connections to the other nodes, which those to clients outlive, or lets it have them again. */
  async isolate(isIsolated: boolean): Promise<void> {
    await this.execute(
      `set global wsrep_provider_options = 'gmcast.isolate=${isIsolated ? 1 : 0}'`,
    );
  }

  /** Executes statements on it, and answers the rows of the last. */
  execute(...statements: readonly string[]): ReturnType<typeof executeAt> {
    return executeAt(this.url, ...statements);
  }

  async status(): Promise<NodeStatus> {
    const rows = await this.execute("show status like 'wsrep%'").catch(() => []);
    const status = new Map(rows.map((row) => [row["Variable_name"], row["Value"]]));
    return {
      isReady: status.get("wsrep_ready") === "ON",
      isSynced: status.get("wsrep_local_state") === synced,
      nodes: Number(status.get("wsrep_cluster_size") ?? 0),
    };
  }

  get #log(): string {
    return `${this.#options.folder}/log`;
  }

  /** How far its data goes, where it has any: what came later is all that it has to be sent. */
  async #findPosition(): Promise<string | undefined> {
    if (!existsSync(`${this.#options.folder}/data/ibdata1`)) return undefined;
    const { ended } = await this.#spawn(["--wsrep-recover"]);
    await ended;
    const log = await readFile(this.#log, "utf8");
    return /.*WSREP: Recovered position: (\S+)/s.exec(log)?.[1];
  }

  async #spawn(
    options: readonly string[],
  ): Promise<{ readonly pid: number; readonly ended: Promise<unknown> }> {
    const { folder, ports, address, programs, user, onStart } = this.#options;
    await using log = await open(this.#log, "a");
    const child = spawn(
      programs.server,
      [
        "--no-defaults",
        `--datadir=${folder}/data`,
        `--tmpdir=${folder}/temporary`,
        `--socket=${folder}/socket`,
        `--pid-file=${folder}/pid`,
        `--port=${ports.clients}`,
        "--bind-address=127.0.0.1",
        "--max-connections=100",
        "--performance-schema=off",
        "--innodb-buffer-pool-size=64M",
        "--innodb-log-file-size=32M",
        "--innodb-flush-log-at-trx-commit=1",
        "--innodb-autoinc-lock-mode=2",
        "--binlog-format=ROW",
        "--skip-log-bin",
        "--wsrep-on=ON",
        `--wsrep-provider=${programs.provider}`,
        "--wsrep-cluster-name=turnkeep",
        `--wsrep-cluster-address=${address}`,
        `--wsrep-node-name=${this.name}`,
        "--wsrep-node-address=127.0.0.1",
        "--wsrep-sst-method=rsync",
        `--wsrep-sst-receive-address=127.0.0.1:${ports.state}`,
        `--wsrep-provider-options=${[
          `gmcast.listen_addr=tcp://127.0.0.1:${ports.group}`,
          `ist.recv_addr=127.0.0.1:${ports.changes}`,
          "gcache.size=64M",
        ].join(";")}`,
        ...options,
      ],
      // In a session of its own: the programs that send and take a node's data stay in it.
      { ...user, cwd: folder, detached: true, stdio: ["ignore", log.fd, log.fd] },
    );
    await once(child, "spawn");
    const { pid } = child;
    if (pid === undefined) throw new Error(`The node ${this.name} cannot be started.`);
    onStart(pid);
    return { pid, ended: once(child, "exit") };
  }
}
