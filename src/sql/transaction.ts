import type { CompiledQuery, DatabaseConnection, Kysely, QueryResult } from "kysely";
import type { WritingConnection } from "./database.ts";
import type { Shareable } from "./statements/shared-statement.ts";
import type { Tables } from "./tables.ts";

/** Where the statements of a transaction are executed, also several at once. */
export interface Transaction {
  executeQuery<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>>;
  /**
   * Executes a statement, once for all who ask for it at the same time. Of those who ask for several
   * at once each has to do so in the same order, or must not mind the order.
   * @returns the rows that answer these values; as the number of rows that were changed 1 where as many
   * were as have asked, and 0 where it cannot be told whose were not.
   */
  executeShared<Values, Row>(
    statement: Shareable<Values, Row>,
    values: Values,
  ): Promise<QueryResult<Row>>;
  /**
   * Takes what an operation writes last, for which it need not wait: the transaction is kept where that
   * is fulfilled. Where the database `failsWhole`, all of its statements must have been asked for by
   * then: the commit is sent along with them.
   */
  finishWith(writes: Promise<unknown>): void;
  /** Fulfilled when what operations have finished with is done; rejected where some of it is. */
  finished(): Promise<void>;
}

/** Whether a transaction was committed cannot be told: its connection broke while it was asked to be. */
export class CommitUnknown extends Error {
  constructor(cause: unknown) {
    super("It is not known whether the transaction was committed.", { cause });
    this.name = "CommitUnknown";
  }
}

/** How the transactions of a database are made. */
export interface TransactOptions {
  /** See `pipelines` of `OpenDatabase`. */
  readonly pipelines?: boolean;
  /** See `failsWhole` of `OpenDatabase`. */
  readonly failsWhole?: boolean;
  /** Whether an error means that the connection broke. */
  readonly isLost: (error: unknown) => boolean;
}

/**
 * Does the work in a transaction: all of it is kept where it is fulfilled, and none where it is
 * rejected, but for {@link CommitUnknown}. Kysely's own transactions would execute one statement
 * after another, and a driver can send the next one while it waits for the last one's answer.
 */
export async function transact<Result>(
  kysely: Kysely<Tables>,
  { pipelines = false, failsWhole = false, isLost }: TransactOptions,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return kysely.getExecutor().provideConnection(async (provided) => {
    const connection = provided as WritingConnection;
    const begun = connection.begin();
    if (!pipelines) await begun;
    const statements = pipelines
      ? new PipelinedStatements(connection, begun)
      : new Statements(connection);
    let result: Result;
    try {
      result = await work(statements);
      await begun;
      if (failsWhole) await statements.send();
      else await statements.finished();
    } catch (error) {
      await statements.end();
      await connection.rollback();
      throw error;
    }
    const [committed, finished] = await Promise.allSettled([
      connection.commit(),
      statements.finished(),
    ]);
    if (committed.status === "rejected") {
      await connection.rollback();
      if (isLost(committed.reason)) throw new CommitUnknown(committed.reason);
      // What has failed is told by the statement, and by the commit only that it has.
      throw finished.status === "rejected" ? finished.reason : committed.reason;
    }
    // The answer to a statement was lost, but not the one to the commit behind it.
    if (finished.status === "rejected") throw new CommitUnknown(finished.reason);
    return result;
  });
}

/** The statements of one transaction, on its connection: each is executed when it is asked for. */
export class Statements implements Transaction {
  readonly #connection: Pick<DatabaseConnection, "executeQuery">;
  readonly #asked: Promise<unknown>[] = [];
  readonly #last: Promise<unknown>[] = [];
  #hasEnded = false;

  constructor(connection: Pick<DatabaseConnection, "executeQuery">) {
    this.#connection = connection;
  }

  executeQuery<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    if (this.#hasEnded) return Promise.reject(new Error("The transaction has ended."));
    const answer = this.#connection.executeQuery<Row>(query);
    this.#asked.push(answer);
    return answer;
  }

  async executeShared<Values, Row>(
    statement: Shareable<Values, Row>,
    values: Values,
  ): Promise<QueryResult<Row>> {
    const answers = statement.compile([values]).map((query) => this.executeQuery(query));
    return toResult(statement, [values], await Promise.all(answers))(values);
  }

  finishWith(writes: Promise<unknown>): void {
    this.#last.push(writes);
    // Whoever commits is told.
    writes.catch(() => undefined);
  }

  async finished(): Promise<void> {
    await Promise.all(this.#last);
  }

  /**
   * Takes no more; fulfilled when all that was asked for has been sent. What is sent behind the commit
   * would be committed by itself.
   */
  async send(): Promise<void> {
    this.#hasEnded = true;
  }

  /**
   * Takes no more, and waits for those that were asked for: work that has failed may have left some
   * under way, and what a driver sends behind the rollback would be committed by itself.
   */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await Promise.allSettled(this.#asked);
  }
}

/** Who has asked for a statement, with what values. */
interface Asking {
  readonly values: unknown;
  readonly settle: PromiseWithResolvers<QueryResult<unknown>>;
}

/**
 * Statements that are sent before the answers to those before them, and once for all who ask at the
 * same time. The first are sent along with what begins the transaction, where they only read: what
 * writes would be kept by itself where the beginning has failed.
 */
class PipelinedStatements implements Transaction {
  readonly #statements: Statements;
  readonly #begun: Promise<void>;
  /** What was asked for since something was sent last. */
  #asked = new Map<Shareable<unknown, unknown>, Asking[]>();
  /** Whether something was to be written: that waits for the beginning, and so does all behind it. */
  #writes = false;

  constructor(connection: WritingConnection, begun: Promise<void>) {
    this.#statements = new Statements(connection);
    this.#begun = begun;
    // Whoever asks for something is told.
    begun.catch(() => undefined);
  }

  executeQuery<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    return this.executeShared(new Unshared(query), undefined);
  }

  executeShared<Values, Row>(
    statement: Shareable<Values, Row>,
    values: Values,
  ): Promise<QueryResult<Row>> {
    // When all that can go on has gone on.
    if (this.#asked.size === 0) process.nextTick(() => this.#sendAll());
    const settle = Promise.withResolvers<QueryResult<unknown>>();
    const key = statement as Shareable<unknown, unknown>;
    const asking = this.#asked.get(key) ?? [];
    asking.push({ values, settle });
    this.#asked.set(key, asking);
    return settle.promise as Promise<QueryResult<Row>>;
  }

  finishWith(writes: Promise<unknown>): void {
    this.#statements.finishWith(writes);
  }

  finished(): Promise<void> {
    return this.#statements.finished();
  }

  /** See {@link Statements.send}. */
  async send(): Promise<void> {
    this.#sendAll();
    // What waits for it has begun to wait before, and goes on before.
    await this.#begun;
    await this.#statements.send();
  }

  /** See {@link Statements.end}. */
  end(): Promise<void> {
    return this.#statements.end();
  }

  #sendAll(): void {
    const batches = [...this.#asked].map(([statement, asking]) => ({
      asking,
      statement,
      queries: statement.compile(asking.map(({ values }) => values)),
    }));
    this.#asked = new Map();
    this.#writes ||= !batches.every(({ queries }) => queries.every(isRead));
    for (const batch of batches) void this.#send(batch);
  }

  async #send({ statement, asking, queries }: Batch): Promise<void> {
    try {
      if (this.#writes) await this.#begun;
      const answers = queries.map((query) => this.#statements.executeQuery(query));
      const [results] = await Promise.all([Promise.all(answers), this.#begun]);
      const all = asking.map(({ values }) => values);
      const resultFor = toResult(statement, all, results);
      for (const { values, settle } of asking) settle.resolve(resultFor(values));
    } catch (error) {
      for (const { settle } of asking) settle.reject(error);
    }
  }
}

interface Batch {
  readonly statement: Shareable<unknown, unknown>;
  readonly asking: readonly Asking[];
  readonly queries: readonly CompiledQuery[];
}

/** A query that one asks for. */
class Unshared<Row> implements Shareable<undefined, Row> {
  readonly #query: CompiledQuery<Row>;

  constructor(query: CompiledQuery<Row>) {
    this.#query = query;
  }

  compile(): readonly CompiledQuery<Row>[] {
    return [this.#query];
  }

  rowsFor(_values: undefined, rows: readonly Row[]): Row[] {
    return [...rows];
  }
}

function isRead({ query }: CompiledQuery): boolean {
  return query.kind === "SelectQueryNode";
}

/** What each who has asked for a shared statement is answered. */
function toResult<Values, Row>(
  statement: Shareable<Values, Row>,
  all: readonly Values[],
  results: readonly QueryResult<Row>[],
): (values: Values) => QueryResult<Row> {
  const rows = results.flatMap((result) => result.rows);
  let changed = 0n;
  for (const { numAffectedRows = 0n } of results) changed += numAffectedRows;
  const numAffectedRows = all.length === 1 ? changed : BigInt(changed === BigInt(all.length));
  return (values) => ({ rows: statement.rowsFor(values, rows), numAffectedRows });
}
