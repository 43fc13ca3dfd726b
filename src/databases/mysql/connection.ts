import type { Connection, UpsertResult } from "mariadb";
import type { CompiledQuery, QueryResult } from "kysely";
import { loadDriver } from "../../sql/server/load-driver.ts";
import type { ServerHost } from "../../sql/server/connection-pool.ts";
import type { ServerOptions } from "../../sql/server/server-options.ts";
import { isAnswer, isConnectionLost, isReadOnly, isRolledBack } from "./failure.ts";
import {
  CommitBroken,
  ConnectionBroken,
  PacketTooLarge,
  TransactionFailed,
  UnusableHost,
} from "./connection-errors.ts";
import { PreparedStatements } from "./prepared-statements.ts";
import { findServerFacts, type KnownConnection, type ServerFacts } from "./server-facts.ts";
import { beginning, ending, toSettings } from "./session-settings.ts";
import { SilenceWatch } from "./silence-watch.ts";

/** What is MySQL's own among the options of a URL. */
export interface MySQLOptions extends ServerOptions {
  /** As {@link ServerOptions} has it; 0 for a statement that may take as long as it likes. */
  readonly statementTimeout: number;
  readonly database: string;
  /** The file of a socket, in place of the hosts. */
  readonly socketPath: string | undefined;
}

// The driver's types do not know it.
const jsonAsText = { jsonStrings: true };
/** What a command has beside its values, in bytes, at the most. */
const packetRest = 65_536;

/**
 * Connects to a host.
 * @throws UnusableHost where it is a node that is cut off from its cluster; where there are other
 * hosts, also where it takes no writes or is behind.
 */
export async function connect(options: MySQLOptions, host: ServerHost): Promise<KnownConnection> {
  const client = await openClient(options, host);
  try {
    const ask = async (text: string) =>
      (await client.query<Readonly<Record<string, unknown>>[]>(text)).slice();
    const facts = await findServerFacts(ask);
    requireUsable(facts, host, options.hosts.length > 1);
    await Promise.all(
      toSettings(facts, options.statementTimeout).map((text) => client.query(text)),
    );
    return new MySQLConnection(client, facts, options, host);
  } catch (error) {
    client.destroy();
    throw error;
  }
}

async function openClient(options: MySQLOptions, { host, port }: ServerHost): Promise<Connection> {
  const { createConnection } = await loadDriver("mariadb", () => import("mariadb"));
  const { username, password, database, socketPath, connectTimeout, tls } = options;
  const client = await createConnection({
    host,
    port,
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(username === undefined ? {} : { user: username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { ssl: tls }),
    database,
    connectTimeout,
    keepAliveDelay: 10_000,
    charset: "utf8mb4",
    pipelining: true,
    // They are kept here.
    prepareCacheLength: 0,
    // Where nothing is encrypted, whoever stands between could have the password in other ways too.
    allowPublicKeyRetrieval: tls === undefined,
    dateStrings: true,
    ...jsonAsText,
    bigIntAsNumber: true,
    decimalAsNumber: true,
    insertIdAsNumber: true,
    // An error's text would show what was to be stored.
    logParam: false,
    logger: {},
  });
  // What breaks it shows in what is asked next; unheard, it would end the process.
  client.on("error", () => undefined);
  return client;
}

function requireUsable(facts: ServerFacts, { host, port }: ServerHost, hasOthers: boolean): void {
  const name = `${host}:${port}`;
  if (!facts.isReady) throw new UnusableHost(`The node ${name} is cut off from its cluster.`);
  if (!hasOthers) return;
  if (facts.isBehind) throw new UnusableHost(`The node ${name} is behind its cluster.`);
  if (!facts.takesWrites) throw new UnusableHost(`The host ${name} takes no writes.`);
}

class MySQLConnection implements KnownConnection {
  readonly facts: ServerFacts;
  readonly #client: Connection;
  readonly #statements: PreparedStatements;
  readonly #watch: SilenceWatch;
  /** What the statements without an answer are told when the connection breaks. */
  readonly #waiting = new Set<(error: unknown) => void>();
  /** What made the transaction fail that is under way. */
  #failure: { readonly error: unknown } | undefined;
  #isInTransaction = false;
  #isBroken = false;

  constructor(client: Connection, facts: ServerFacts, options: MySQLOptions, host: ServerHost) {
    this.facts = facts;
    this.#client = client;
    this.#statements = new PreparedStatements(client);
    const { connectTimeout, statementTimeout } = options;
    this.#watch = new SilenceWatch({
      // The server ends a statement that takes too long; this ends the wait for a server that does not.
      limit: statementTimeout === 0 ? 0 : statementTimeout + connectTimeout,
      pause: connectTimeout,
      isAlive: () => answers(options, host),
      onSilence: () => this.#break(new ConnectionBroken("The server does not answer.")),
    });
    client.on("error", (error) => this.#break(error));
    client.on("end", () => this.#break(new ConnectionBroken("The connection was closed.")));
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  async begin(): Promise<void> {
    await this.#ask(() => this.#client.query(beginning));
    this.#failure = undefined;
    this.#isInTransaction = true;
  }

  async commit(): Promise<void> {
    // The server would commit what came before and after the statement that failed.
    if (this.#failure !== undefined) throw new TransactionFailed(this.#failure.error);
    try {
      await this.#ask(() => this.#client.query("commit"));
    } catch (error) {
      if (isRolledBack(error)) throw error;
      // Anything else leaves it open whether it was committed, and is no state to go on from.
      this.#break(error);
      throw new CommitBroken(error);
    }
    this.#end();
  }

  async rollback(): Promise<void> {
    try {
      await this.#ask(() => this.#client.query("rollback"));
      this.#end();
    } catch (error) {
      this.#break(error);
    }
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#failure !== undefined) throw new TransactionFailed(this.#failure.error);
    try {
      requireRoom(parameters, this.facts.maxPacket);
      const result = await this.#ask(() =>
        this.#statements.execute<Row[] | UpsertResult>(sql, parameters),
      );
      return Array.isArray(result)
        ? { rows: result }
        : { rows: [], numAffectedRows: BigInt(result.affectedRows) };
    } catch (error) {
      if (this.#isInTransaction) this.#failure ??= { error };
      throw error;
    }
  }

  // oxlint-disable-next-line require-yield -- what a store reads is short: nothing is streamed
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new TypeError("Queries are not streamed.");
  }

  async close(): Promise<void> {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#watch.stop();
    // A server that is gone never says that it has heard.
    void this.#client.end().catch(() => undefined);
  }

  #end(): void {
    this.#isInTransaction = false;
    this.#failure = undefined;
    // What is asked next is executed after it.
    this.#ask(() => this.#client.query(ending)).catch((error: unknown) => this.#break(error));
  }

  #ask<Result>(send: () => Promise<Result>): Promise<Result> {
    if (this.#isBroken) throw new ConnectionBroken("The connection is closed.");
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.add(reject);
      this.#watch.asked();
      void this.#answer(send, resolve, reject);
    });
  }

  async #answer<Result>(
    send: () => Promise<Result>,
    resolve: (result: Result) => void,
    reject: (error: unknown) => void,
  ): Promise<void> {
    try {
      resolve(await send());
    } catch (error) {
      // A server that has become a replica takes writes again through another connection alone.
      if (isConnectionLost(error) || isReadOnly(error)) this.#break(error);
      reject(error);
    } finally {
      this.#waiting.delete(reject);
      this.#watch.answered();
    }
  }

  #break(error: unknown): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#watch.stop();
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
    this.#client.destroy();
  }
}

/** Whether a host answers somebody else, so that it is only busy with what it was asked. */
async function answers(options: MySQLOptions, host: ServerHost): Promise<boolean> {
  try {
    const client = await openClient(options, host);
    void client.end().catch(() => undefined);
    return true;
  } catch (error) {
    return isAnswer(error);
  }
}

/** Refuses values that the server would close the connection for. */
function requireRoom(parameters: readonly unknown[], maxPacket: number): void {
  const room = maxPacket - packetRest;
  let length = 0;
  for (const value of parameters) if (typeof value === "string") length += value.length;
  // A unit of a text is three bytes at the most.
  if (length * 3 <= room) return;
  let bytes = 0;
  for (const value of parameters) if (typeof value === "string") bytes += Buffer.byteLength(value);
  if (bytes > room) throw new PacketTooLarge(bytes, maxPacket);
}
