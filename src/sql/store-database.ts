import { setTimeout } from "node:timers/promises";
import { type CompiledQuery, Kysely } from "kysely";
import { isTurnkeepError, TurnkeepError } from "../errors.ts";
import type { Clock } from "../session/record-time.ts";
import type { FailureKind, OpenDatabase, Written } from "./database.ts";
import { despiteConflicts } from "./despite-conflicts.ts";
import { KnownKeys } from "./known-keys.ts";
import type { NotYet, Waiting } from "./operations/newest-row.ts";
import { openSchema, requireKnownVersion } from "./schema.ts";
import { compileRowsOf } from "./statements/message-list.ts";
import { StoreStatements, type Work } from "./statements/store-statements.ts";
import type { Tables } from "./tables.ts";
import { SharedReads } from "./shared-reads.ts";
import { type Transaction, transact } from "./transaction.ts";
import type { Recalled } from "./writer.ts";
import { Writers } from "./writers.ts";

/** Where a warning goes. */
export type Warn = (facts: Readonly<Record<string, unknown>>, message: string) => void;

// A group is kept short, so that whoever reads meanwhile waits a few milliseconds at the most.
const maxGroupOperations = 64;
const maxGroupCharacters = 1_000_000;
/** How long to wait before something is read again that a lost connection cut off, in milliseconds. */
const readPause = 50;

/** Something to be written. */
export interface Write<Result> {
  /** How much it writes, about. */
  readonly size: Written;
  /** The session that it is about, where it is about one: see `subject` of {@link Writer}. */
  readonly sessionId: string | undefined;
  /** Does it in a transaction that it may share with others. */
  readonly run: (work: Work) => Promise<Result>;
  /** See `recall` of {@link Writer}. */
  readonly recall?: (work: Work) => Promise<Recalled<Result> | undefined>;
}

/**
 * The database of a store: reads from it, writes to it in groups, does again what a lost connection
 * cut off, and says of its errors what they mean.
 */
export class StoreDatabase implements AsyncDisposable {
  readonly #database: OpenDatabase;
  readonly #clock: Clock;
  readonly #warn: Warn;
  readonly #writes: Kysely<Tables>;
  readonly #reads: Kysely<Tables>;
  readonly #sharedReads: SharedReads | undefined;
  readonly #writers: Writers<Transaction>;
  readonly knownKeys: KnownKeys = new KnownKeys();
  #statements: StoreStatements | undefined;
  #timeStep = 1;
  #closed: Promise<void> | undefined;

  constructor(database: OpenDatabase, clock: Clock, warn: Warn) {
    this.#database = database;
    this.#clock = clock;
    this.#warn = warn;
    this.#writes = new Kysely<Tables>({ dialect: database.writes });
    this.#reads =
      database.reads === database.writes
        ? this.#writes
        : new Kysely<Tables>({ dialect: database.reads });
    const kindOf = (error: unknown): FailureKind | undefined => database.explain(error)?.kind;
    const isLost = (error: unknown): boolean => kindOf(error) === "lost";
    const { pipelines = false, failsWhole = false } = database;
    this.#sharedReads = pipelines ? new SharedReads(this.#reads) : undefined;
    this.#writers = new Writers(database.writers, {
      transact: (work) => transact(this.#writes, { pipelines, failsWhole, isLost }, work),
      settle: (transaction) => transaction.finished(),
      afterCommit: (written) => this.#afterCommit(written),
      kindOf,
      patience: database.patience,
      maxOperations: maxGroupOperations,
      maxCharacters: maxGroupCharacters,
    });
  }

  /** All statements. They are there once {@link prepare} is fulfilled. */
  get statements(): StoreStatements {
    if (this.#statements === undefined) throw new TypeError("The database is not prepared.");
    return this.#statements;
  }

  /** The least difference between two times in the table of messages, in microseconds. */
  get timeStep(): number {
    return this.#timeStep;
  }

  /** The statement that shows all rows of a session in the database's own client. */
  showRowsOf(sessionId: string): string {
    const { schema } = this.#database;
    const kysely = schema === undefined ? this.#reads : this.#reads.withSchema(schema);
    return compileRowsOf(kysely, sessionId);
  }

  /** Makes the tables where they are missing, and the statements on them. */
  async prepare(): Promise<void> {
    try {
      await openSchema(this.#writes, this.#database);
      this.#timeStep = await despiteConflicts(this.#database, async () => {
        const times = await this.#database.inspect?.(this.#writes as unknown as Kysely<unknown>);
        return times?.step ?? 1;
      });
      this.#statements = new StoreStatements(this.#writes, this.#database);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** The rows that a statement answers. */
  async read<Row>(query: CompiledQuery<Row>): Promise<readonly Row[]> {
    return this.#readAgain(async () => (await this.#reads.executeQuery(query)).rows);
  }

  /** Like {@link read}, of a statement that takes no long time: see {@link SharedReads}. */
  async readShort<Row>(query: CompiledQuery<Row>): Promise<readonly Row[]> {
    const shared = this.#sharedReads;
    return shared === undefined ? this.read(query) : this.#readAgain(() => shared.read(query));
  }

  async #readAgain<Rows>(read: () => Promise<Rows>): Promise<Rows> {
    this.#requireOpen();
    const deadline = performance.now() + this.#database.patience;
    for (;;) {
      try {
        return await read();
      } catch (error) {
        const kind = this.#database.explain(error)?.kind;
        const again = kind === "lost" || kind === "conflict";
        if (!again || performance.now() >= deadline) throw this.#explain(error);
      }
      await setTimeout(readPause);
      this.#requireOpen();
    }
  }

  /** Fulfilled when it is committed: see {@link Writer}. */
  async write<Result>({ size, sessionId, run, recall }: Write<Result>): Promise<Result> {
    this.#requireOpen();
    const { statements, timeStep, knownKeys } = this;
    const clock = this.#clock;
    const within = (transaction: Transaction): Work => ({
      transaction,
      statements,
      clock,
      timeStep,
      knownKeys,
    });
    try {
      return await this.#writers.write({
        size,
        subject: sessionId,
        run: (transaction) => run(within(transaction)),
        recall: recall && ((transaction) => recall(within(transaction))),
      });
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Like {@link write}, for what may have to wait first: see {@link NotYet}. */
  async writeInTime<Result extends object>(
    toWrite: (waiting: Waiting) => Write<Result | NotYet>,
  ): Promise<Result> {
    const first = await this.write(toWrite({ mayWait: true }));
    if (!("wait" in first)) return first;
    await setTimeout(first.wait);
    return (await this.write(toWrite({ mayWait: false }))) as Result;
  }

  /**
   * Fulfilled where the database answers and has the tables, in a version that this knows. Does not
   * wait for a database that cannot be reached.
   */
  async check(): Promise<void> {
    this.#requireOpen();
    const { messages, sessions, turns, versions, chunks, madeVersions } = this.statements;
    try {
      await this.#database.check?.();
      for (const { probe } of [messages, sessions, turns, versions, chunks]) {
        await this.#reads.executeQuery(probe({}));
      }
      requireKnownVersion((await this.#reads.executeQuery(madeVersions({}))).rows[0]);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#writers.idle();
    await this.#database[Symbol.asyncDispose]();
  }

  async #afterCommit(written: Written): Promise<void> {
    try {
      await this.#database.afterWrite?.(written);
    } catch (error) {
      const problem = this.#database.explain(error)?.message ?? String(error);
      this.#warn({ problem }, "the database's upkeep after a write failed");
    }
  }

  #requireOpen(): void {
    if (this.#closed !== undefined) {
      throw new TurnkeepError("database_unavailable", "The store has been closed.");
    }
  }

  #explain(error: unknown): unknown {
    if (isTurnkeepError(error)) return error;
    const failure = this.#database.explain(error);
    return failure === undefined
      ? error
      : new TurnkeepError(failure.code, failure.message, { cause: error });
  }
}
