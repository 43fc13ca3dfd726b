import { type Clock, localTime } from "../session/record-time.ts";
import type {
  MessagesQuery,
  RowsQuery,
  SessionChange,
  SessionInfo,
  SessionsQuery,
  StoredRows,
} from "../session/session-index.ts";
import type { SessionRecord } from "../session/session-record.ts";
import type { HistoryQuery, SessionStore, TurnMessages } from "../session/session-store.ts";
import type {
  Claims,
  NewTurn,
  TurnChunk,
  TurnEnd,
  TurnFeedback,
  TurnRecord,
  TurnsQuery,
} from "../session/turn-store.ts";
import type { DatabaseConfig } from "./database-config.ts";
import { openDatabase } from "./find-database.ts";
import type { BegunTurn } from "./operations/begin-turn.ts";
import type { Claim } from "./operations/claim-turn.ts";
import { SqlMessages } from "./sql-messages.ts";
import { SqlRows } from "./sql-rows.ts";
import { SqlSessions } from "./sql-sessions.ts";
import { SqlTurns } from "./sql-turns.ts";
import { StoreDatabase, type Warn } from "./store-database.ts";

/** How {@link openSqlStore} opens a store. */
export interface SqlStoreOptions {
  /** The clock records get their times from: the machine's local time by default. */
  readonly clock?: Clock;
  /** Where a warning goes, such as one of a row that cannot be read: by default a process warning. */
  readonly warn?: (facts: Readonly<Record<string, unknown>>, message: string) => void;
}

/**
 * Opens the store in the SQL database that a URL names, in SQLAlchemy's grammar
 * (`sqlite:///relative.db`), or `{ url, ...options }`, and makes its tables where they are missing.
 * @throws TurnkeepError `database_url_invalid`, `invalid_argument` naming an option that is wrong,
 * `database_unknown`, `database_driver_missing`, `database_unavailable`, `database_read_only`, and
 * `database_schema_mismatch` where a table lacks a column, or a newer turnkeep made the tables. No
 * message shows a password.
 */
export async function openSqlStore(
  config: string | DatabaseConfig,
  { clock = localTime, warn = warnProcess }: SqlStoreOptions = {},
): Promise<SessionStore> {
  const database = await openDatabase(config);
  try {
    const storeDatabase = new StoreDatabase(database, clock, warn);
    await storeDatabase.prepare();
    return new SqlStore(storeDatabase, warn);
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

/** A store that consists of the messages, the sessions and the turns of one database. */
class SqlStore implements SessionStore {
  readonly #database: StoreDatabase;
  readonly #messages: SqlMessages;
  readonly #rows: SqlRows;
  readonly #sessions: SqlSessions;
  readonly #turns: SqlTurns;

  constructor(database: StoreDatabase, warn: Warn) {
    this.#database = database;
    this.#messages = new SqlMessages(database, warn);
    this.#rows = new SqlRows(database);
    this.#sessions = new SqlSessions(database);
    this.#turns = new SqlTurns(database);
  }

  getHistory(query: HistoryQuery): Promise<readonly SessionRecord[]> {
    return this.#messages.getHistory(query);
  }

  appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
    return this.#messages.appendTurn(turn);
  }

  getMessages(query: MessagesQuery): Promise<readonly SessionRecord[] | undefined> {
    return this.#messages.getMessages(query);
  }

  getRows(query: RowsQuery): Promise<StoredRows | undefined> {
    return this.#rows.getRows(query);
  }

  listSessions(query: SessionsQuery): Promise<readonly SessionInfo[]> {
    return this.#sessions.listSessions(query);
  }

  getSession(sessionId: string, userId: string | undefined): Promise<SessionInfo | undefined> {
    return this.#sessions.getSession(sessionId, userId);
  }

  updateSession(
    sessionId: string,
    userId: string | undefined,
    change: SessionChange,
  ): Promise<SessionInfo | undefined> {
    return this.#sessions.updateSession(sessionId, userId, change);
  }

  beginTurn(turn: NewTurn): Promise<BegunTurn> {
    return this.#turns.beginTurn(turn);
  }

  claimTurn(claim: Claim): Promise<TurnRecord> {
    return this.#turns.claimTurn(claim);
  }

  endTurn(end: TurnEnd): Promise<readonly SessionRecord[]> {
    return this.#turns.endTurn(end);
  }

  renewClaims(replica: string, claimTime: number): Promise<Claims> {
    return this.#turns.renewClaims(replica, claimTime);
  }

  getStopRequests(replica: string): Promise<readonly string[]> {
    return this.#turns.getStopRequests(replica);
  }

  interruptLapsed(): Promise<number> {
    return this.#turns.interruptLapsed();
  }

  appendChunks(replica: string, chunks: readonly TurnChunk[]): Promise<void> {
    return this.#turns.appendChunks(replica, chunks);
  }

  getChunks(requestId: string, from: number): Promise<readonly TurnChunk[]> {
    return this.#turns.getChunks(requestId, from);
  }

  requestStop(requestId: string, userId: string | undefined): Promise<TurnRecord | undefined> {
    return this.#turns.requestStop(requestId, userId);
  }

  selectTurn(requestId: string, userId: string | undefined): Promise<TurnRecord | undefined> {
    return this.#turns.selectTurn(requestId, userId);
  }

  setFeedback(
    requestId: string,
    userId: string | undefined,
    feedback: TurnFeedback | undefined,
  ): Promise<TurnRecord | undefined> {
    return this.#turns.setFeedback(requestId, userId, feedback);
  }

  getTurn(requestId: string, userId: string | undefined): Promise<TurnRecord | undefined> {
    return this.#turns.getTurn(requestId, userId);
  }

  getTurns(query: TurnsQuery): Promise<readonly TurnRecord[] | undefined> {
    return this.#turns.getTurns(query);
  }

  forgetIdempotencyKeys(olderThan: number): Promise<number> {
    return this.#turns.forgetIdempotencyKeys(olderThan);
  }

  getLiveTurns(
    sessionId: string,
    userId: string | undefined,
  ): Promise<readonly string[] | undefined> {
    return this.#turns.getLiveTurns(sessionId, userId);
  }

  async keepSetting(name: string, value: string): Promise<string> {
    return this.#database.write({
      size: { rows: 1, characters: 0 },
      sessionId: undefined,
      run: async ({ transaction, statements }) => {
        const { rows } = await transaction.executeQuery(statements.setting({ name }));
        const kept = rows[0]?.setting;
        if (kept !== undefined) return kept;
        // Of two that insert it at once one fails, and is done again.
        await transaction.executeQuery(statements.insertSetting({ name, setting: value }));
        return value;
      },
    });
  }

  check(): Promise<void> {
    return this.#database.check();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#database[Symbol.asyncDispose]();
  }
}

function warnProcess(facts: Readonly<Record<string, unknown>>, message: string): void {
  process.emitWarning(`${message} ${JSON.stringify(facts)}`, "TurnkeepWarning");
}
