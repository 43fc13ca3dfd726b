import { type CompiledQuery, Kysely, type Transaction } from "kysely";
import { isTurnkeepError, TurnkeepError } from "../errors.ts";
import type { Clock } from "../session/record-time.ts";
import type { OpenDatabase, Written } from "./database.ts";
import { openSchema, requireKnownVersion } from "./schema.ts";
import { StoreStatements, type Work } from "./statements/store-statements.ts";
import type { Tables } from "./tables.ts";
import { Writer } from "./writer.ts";

/** Where a warning goes. */
export type Warn = (facts: Readonly<Record<string, unknown>>, message: string) => void;

// A group is kept short, so that whoever reads meanwhile waits a few milliseconds at the most.
const maxGroupOperations = 64;
const maxGroupCharacters = 1_000_000;

/**
 * The database of a store: reads from it, writes to it in groups, and says of its errors what they
 * mean.
 */
export class StoreDatabase implements AsyncDisposable {
  readonly statements: StoreStatements;
  readonly #database: OpenDatabase;
  readonly #clock: Clock;
  readonly #warn: Warn;
  readonly #writes: Kysely<Tables>;
  readonly #reads: Kysely<Tables>;
  readonly #writer: Writer<Transaction<Tables>>;
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
    this.statements = new StoreStatements(this.#writes, database);
    this.#writer = new Writer({
      transact: (work) => this.#writes.transaction().execute(work),
      afterCommit: (written) => this.#afterCommit(written),
      isOutage: (error) => database.explain(error)?.outage === true,
      maxOperations: maxGroupOperations,
      maxCharacters: maxGroupCharacters,
    });
  }

  /** Makes the tables where they are missing. */
  async prepare(): Promise<void> {
    await this.#explained(() => openSchema(this.#writes, this.#database));
  }

  /** The rows that a statement answers. */
  async read<Row>(query: CompiledQuery<Row>): Promise<readonly Row[]> {
    this.#requireOpen();
    const { rows } = await this.#explained(() => this.#reads.executeQuery(query));
    return rows;
  }

  /** Does the work in a transaction, which it may share with others: see {@link Writer}. */
  async write<Result>(size: Written, run: (work: Work) => Promise<Result>): Promise<Result> {
    this.#requireOpen();
    const { statements } = this;
    const clock = this.#clock;
    return this.#explained(() =>
      this.#writer.write({ size, run: (transaction) => run({ transaction, statements, clock }) }),
    );
  }

  /** Fulfilled where the database answers and has the tables, in a version that this knows. */
  async check(): Promise<void> {
    this.#requireOpen();
    await this.#explained(async () => this.#database.check?.());
    const { messages, sessions, turns, chunks, versions } = this.statements;
    for (const { probe } of [messages, sessions, turns, chunks]) await this.read(probe({}));
    requireKnownVersion((await this.read(versions({})))[0]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#writer.idle();
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

  async #explained<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (isTurnkeepError(error)) throw error;
      const failure = this.#database.explain(error);
      if (failure === undefined) throw error;
      throw new TurnkeepError(failure.code, failure.message, { cause: error });
    }
  }
}
