import type * as tedious from "tedious";
import { CompiledQuery, type QueryResult } from "kysely";
import type { ServerHost } from "../../sql/server/connection-pool.ts";
import { loadDriver } from "../../sql/server/load-driver.ts";
import type { ServerOptions } from "../../sql/server/server-options.ts";
import {
  CommitBroken,
  ConnectionBroken,
  LoginRefused,
  TransactionFailed,
  UnusableHost,
} from "./connection-errors.ts";
import { isConnectionLost, isReadOnly, isRolledBack } from "./failure.ts";
import {
  type FactsRow,
  type KnownConnection,
  type ServerFacts,
  settingsAndFacts,
  toFacts,
} from "./server-facts.ts";
import { hasLongText, toParameter, toPlainValue } from "./values.ts";

/** What is SQL Server's own among the options of a URL. */
export interface MSSQLOptions extends ServerOptions {
  /** As {@link ServerOptions} has it; 0 for a statement that may take as long as it likes. */
  readonly statementTimeout: number;
  readonly username: string;
  readonly database: string;
  /** The schema that the tables are in; the user's own where undefined. */
  readonly schema: string | undefined;
  /** What the server shows the connections as. */
  readonly applicationName: string;
  /** Whether encryption begins before anything else is said, as SQL Server 2022 has it. */
  readonly isStrict: boolean;
  /** Whether all addresses of a host are tried at once. */
  readonly triesAllAddresses: boolean;
}

type Driver = Pick<typeof tedious, "Connection" | "Request" | "TYPES">;

/** What the server answered to a statement. */
interface Answer {
  readonly rows: readonly unknown[];
  /** How many rows it changed or found. */
  readonly count: number;
}

interface Cell {
  readonly value: unknown;
  readonly metadata: { readonly colName: string; readonly type: { readonly name: string } };
}

/**
 * Connects to a host.
 * @throws LoginRefused where the server lets this user not in; UnusableHost where there are other
 * hosts and this one takes no writes.
 */
export async function connect(
  options: MSSQLOptions,
  { host, port }: ServerHost,
): Promise<KnownConnection> {
  const module = await loadDriver("tedious", () => import("tedious"));
  const driver: Driver = module.default;
  const client = await openClient(driver, options, { host, port });
  const connection = new MSSQLConnection(driver, client);
  try {
    await connection.learn(options.statementTimeout);
    if (options.hosts.length > 1 && !connection.facts.takesWrites) {
      throw new UnusableHost(`The host ${host}:${port} takes no writes.`);
    }
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function openClient(
  driver: Driver,
  options: MSSQLOptions,
  { host, port }: ServerHost,
): Promise<tedious.Connection> {
  const { username, password, database, tls, connectTimeout, statementTimeout } = options;
  const { rejectUnauthorized = true, ...credentials } = tls ?? {};
  const encrypt = options.isStrict ? "strict" : tls !== undefined;
  const client = new driver.Connection({
    server: host,
    authentication: { type: "default", options: { userName: username, password: password ?? "" } },
    options: {
      port,
      database,
      encrypt,
      trustServerCertificate: !rejectUnauthorized,
      cryptoCredentialsDetails: credentials,
      appName: options.applicationName,
      multiSubnetFailover: options.triesAllAddresses,
      connectTimeout,
      requestTimeout: statementTimeout,
      cancelTimeout: connectTimeout,
      // What is lost is tried again by whoever asked for it, within limits of its own.
      maxRetriesOnTransientErrors: 0,
      // An error within a transaction ends it, so that nothing of it can be committed.
      abortTransactionOnError: true,
      useUTC: true,
    },
  });
  let refusal = 0;
  const note = ({ number }: { readonly number: number }): void => {
    refusal = number;
  };
  client.on("errorMessage", note);
  try {
    await new Promise<void>((resolve, reject) => {
      client.connect((error) => (error ? reject(error) : resolve()));
    });
    return client;
  } catch (error) {
    client.close();
    throw refusal > 0 ? new LoginRefused(refusal, error as Error) : error;
  } finally {
    client.off("errorMessage", note);
    // What breaks it shows in what is asked next; unheard, it would end the process.
    client.on("error", () => undefined);
  }
}

class MSSQLConnection implements KnownConnection {
  readonly #driver: Driver;
  readonly #client: tedious.Connection;
  #facts: ServerFacts | undefined;
  /** Fulfilled when what was asked last is answered: the server takes one statement at a time. */
  #last: Promise<unknown> = Promise.resolve();
  /** What made the transaction fail that is under way. */
  #failure: { readonly error: unknown } | undefined;
  #isInTransaction = false;
  #isBroken = false;

  constructor(driver: Driver, client: tedious.Connection) {
    this.#driver = driver;
    this.#client = client;
    const broken = (): void => {
      this.#isBroken = true;
    };
    client.on("error", broken);
    client.on("end", broken);
  }

  get facts(): ServerFacts {
    if (this.#facts === undefined) throw new TypeError("The server has not been asked yet.");
    return this.#facts;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Sets what a connection begins with, and asks what the server is. */
  async learn(statementTimeout: number): Promise<void> {
    const query = CompiledQuery.raw(settingsAndFacts(statementTimeout));
    const { rows } = await this.executeQuery<FactsRow>(query);
    const [row] = rows;
    if (row === undefined) throw new ConnectionBroken("The server does not say what it is.");
    this.#facts = toFacts(row);
  }

  async begin(): Promise<void> {
    await this.#ask(() => this.#send("begin transaction"));
    this.#failure = undefined;
    this.#isInTransaction = true;
  }

  async commit(): Promise<void> {
    // The server has rolled it back, and would take what came behind it for no transaction at all.
    if (this.#failure !== undefined) throw new TransactionFailed(this.#failure.error);
    try {
      await this.#ask(() => this.#send("commit transaction"));
    } catch (error) {
      if (isRolledBack(error)) throw error;
      // Anything else leaves it open whether it was committed, and is no state to go on from.
      this.#break();
      throw new CommitBroken(error);
    }
    this.#isInTransaction = false;
  }

  async rollback(): Promise<void> {
    this.#failure = undefined;
    this.#isInTransaction = false;
    try {
      await this.#ask(() => this.#send("if @@trancount > 0 rollback transaction"));
    } catch {
      this.#break();
    }
  }

  async executeQuery<Row>({ query, sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const isInsert = query.kind === "InsertQueryNode";
    const { rows, count } = await this.#ask(() => this.#send(sql, parameters, isInsert));
    const isChange =
      isInsert || query.kind === "UpdateQueryNode" || query.kind === "DeleteQueryNode";
    return isChange
      ? { rows: rows as Row[], numAffectedRows: BigInt(count) }
      : { rows: rows as Row[] };
  }

  // oxlint-disable-next-line require-yield -- what a store reads is short: nothing is streamed
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new TypeError("Queries are not streamed.");
  }

  async close(): Promise<void> {
    this.#break();
  }

  /** Sends something when what was asked before is answered. */
  #ask(send: () => Promise<Answer>): Promise<Answer> {
    const answer = this.#last.then(() => this.#answer(send));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #answer(send: () => Promise<Answer>): Promise<Answer> {
    if (this.#isBroken) throw new ConnectionBroken("The connection is closed.");
    // Once it has failed it is gone, and what follows would be done by itself.
    if (this.#failure !== undefined) throw new TransactionFailed(this.#failure.error);
    try {
      return await send();
    } catch (error) {
      if (this.#isInTransaction) this.#failure = { error };
      // A server that has become a replica takes writes again through another connection alone.
      if (isConnectionLost(error) || isReadOnly(error)) this.#break();
      throw error;
    }
  }

  #send(text: string, values: readonly unknown[] = [], isInsert = false): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const rows: unknown[] = [];
      const request: tedious.Request = new this.#driver.Request(text, (error, count = 0) => {
        if (error) reject(error);
        else resolve({ rows, count });
      });
      const areLong = isInsert && hasLongText(values);
      for (const [index, value] of values.entries()) {
        const { type, value: given, options } = toParameter(this.#driver.TYPES, value, areLong);
        request.addParameter(String(index + 1), type, given, options);
      }
      request.on("row", (cells: readonly Cell[]) => rows.push(toRow(cells)));
      if (values.length === 0) this.#client.execSqlBatch(request);
      else this.#client.execSql(request);
    });
  }

  #break(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#client.close();
  }
}

function toRow(cells: readonly Cell[]): object {
  return Object.fromEntries(
    cells.map(({ value, metadata: { colName, type } }) => [
      colName,
      toPlainValue(value, type.name),
    ]),
  );
}
