import { Kysely, type Transaction } from "kysely";
import { isTurnkeepError, TurnkeepError } from "../errors.ts";
import { type Clock, localTime } from "../session/record-time.ts";
import type {
  HistoryQuery,
  SessionRecord,
  SessionStore,
  TurnMessages,
} from "../session/session-store.ts";
import type { OpenDatabase } from "./database.ts";
import { openDatabase } from "./find-database.ts";
import { GroupCommit } from "./group-commit.ts";
import {
  type BrokenRow,
  type PendingTurn,
  type StoredTurn,
  toPendingTurn,
  toRecord,
  toStoredTurn,
} from "./message-rows.ts";
import { MessageStatements } from "./message-statements.ts";
import { openSchema } from "./schema.ts";
import type { Tables } from "./tables.ts";

/** How {@link openSqlStore} opens a store. */
export interface SqlStoreOptions {
  /** The clock records get their times from: the machine's local time by default. */
  readonly clock?: Clock;
  /** Where a warning goes, such as one of a row that cannot be read: by default a process warning. */
  readonly warn?: (facts: Readonly<Record<string, unknown>>, message: string) => void;
}

/**
 * Opens the store in the SQL database that a URL names, in SQLAlchemy's grammar
 * (`sqlite:///relative.db`), and makes its tables where they are missing.
 * @throws TurnkeepError `database_url_invalid`, `database_unknown`, `database_driver_missing`,
 * `database_unavailable`, `database_read_only`, and `database_schema_mismatch` where a table lacks
 * a column. No message shows a password.
 */
export async function openSqlStore(
  url: string,
  { clock = localTime, warn = warnProcess }: SqlStoreOptions = {},
): Promise<SessionStore> {
  const database = await openDatabase(url);
  try {
    const store = new SqlStore(database, clock, warn);
    await store.prepare();
    return store;
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

// A group is kept short, so that whoever reads meanwhile waits a few milliseconds at the most.
const maxGroupTurns = 64;
const maxGroupCharacters = 1_000_000;
const maxReportedRows = 1000;

class SqlStore implements SessionStore {
  readonly #database: OpenDatabase;
  readonly #clock: Clock;
  readonly #warn: NonNullable<SqlStoreOptions["warn"]>;
  readonly #writes: Kysely<Tables>;
  readonly #reads: Kysely<Tables>;
  readonly #statements: MessageStatements;
  readonly #commits: GroupCommit<PendingTurn, readonly SessionRecord[]>;
  readonly #reported = new Set<string>();
  #closed: Promise<void> | undefined;

  constructor(database: OpenDatabase, clock: Clock, warn: NonNullable<SqlStoreOptions["warn"]>) {
    this.#database = database;
    this.#clock = clock;
    this.#warn = warn;
    this.#writes = new Kysely<Tables>({ dialect: database.writes });
    this.#reads =
      database.reads === database.writes
        ? this.#writes
        : new Kysely<Tables>({ dialect: database.reads });
    this.#statements = new MessageStatements(this.#writes);
    this.#commits = new GroupCommit({
      commit: (turns) => this.#commit(turns),
      afterCommit: (turns) => this.#afterCommit(turns),
      isOutage: (error) => database.explain(error)?.outage === true,
      sizeOf: ({ characters }) => characters,
      maxItems: maxGroupTurns,
      maxSize: maxGroupCharacters,
    });
  }

  async prepare(): Promise<void> {
    await this.#explained(() => openSchema(this.#writes, this.#database));
  }

  async getHistory(query: HistoryQuery): Promise<readonly SessionRecord[]> {
    this.#requireOpen();
    const { rows } = await this.#explained(() =>
      this.#reads.executeQuery(this.#statements.history(query)),
    );
    const records: SessionRecord[] = [];
    for (const row of rows.toReversed()) {
      const record = toRecord(row, query);
      if ("column" in record) this.#report(record, query);
      else records.push(record);
    }
    return records;
  }

  async appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
    this.#requireOpen();
    const pending = toPendingTurn(turn);
    return this.#explained(() => this.#commits.add(pending));
  }

  async check(): Promise<void> {
    this.#requireOpen();
    await this.#explained(async () => {
      await this.#database.check?.();
      await this.#reads.executeQuery(this.#statements.probe({}));
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#commits.idle();
    await this.#database[Symbol.asyncDispose]();
  }

  async #commit(turns: readonly PendingTurn[]): Promise<readonly (readonly SessionRecord[])[]> {
    return this.#writes.transaction().execute(async (transaction) => {
      const newest = new Map<string, string | undefined>();
      const stored: StoredTurn[] = [];
      for (const pending of turns) {
        const { sessionId } = pending.turn;
        if (!newest.has(sessionId)) {
          newest.set(sessionId, await this.#newestTime(transaction, sessionId));
        }
        const turn = toStoredTurn(pending, this.#clock(), newest.get(sessionId));
        newest.set(sessionId, turn.rows.at(-1)?.updated_at);
        stored.push(turn);
      }
      await this.#statements.insert(
        transaction,
        stored.flatMap(({ rows }) => rows),
      );
      return stored.map(({ records }) => records);
    });
  }

  async #newestTime(
    transaction: Transaction<Tables>,
    sessionId: string,
  ): Promise<string | undefined> {
    const statement = this.#statements.newestTime({ sessionId });
    const { rows } = await transaction.executeQuery(statement);
    return rows[0]?.newest ?? undefined;
  }

  async #afterCommit(turns: readonly PendingTurn[]): Promise<void> {
    try {
      await this.#database.afterWrite?.({
        rows: turns.reduce((sum, { values }) => sum + values.length, 0),
        characters: turns.reduce((sum, { characters }) => sum + characters, 0),
      });
    } catch (error) {
      const problem = this.#database.explain(error)?.message ?? String(error);
      this.#warn({ problem }, "the database's upkeep after a write failed");
    }
  }

  #report({ recordId, column }: BrokenRow, { sessionId, messageKey }: HistoryQuery): void {
    if (this.#reported.has(recordId)) return;
    if (this.#reported.size >= maxReportedRows) this.#reported.clear();
    this.#reported.add(recordId);
    this.#warn(
      { recordId, sessionId, messageKey, column },
      "a stored row cannot be read and is left out of the history",
    );
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

function warnProcess(facts: Readonly<Record<string, unknown>>, message: string): void {
  process.emitWarning(`${message} ${JSON.stringify(facts)}`, "TurnkeepWarning");
}
