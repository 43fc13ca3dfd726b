import type { MessagesQuery } from "../session/session-index.ts";
import type { SessionRecord } from "../session/session-record.ts";
import type { HistoryQuery, TurnMessages } from "../session/session-store.ts";
import { listOverKeys, positionOf } from "./list-over-keys.ts";
import { type BrokenRow, toPendingMessages, toRecord } from "./message-rows.ts";
import { appendMessages, areStored } from "./operations/append-messages.ts";
import { readPathHistory } from "./path-history.ts";
import { isShown } from "./session-rows.ts";
import type { ListedRow, ListPosition } from "./statements/message-list.ts";
import type { StoreDatabase, Warn } from "./store-database.ts";

const maxReportedRows = 1000;

/** The messages in a database. */
export class SqlMessages {
  readonly #database: StoreDatabase;
  readonly #warn: Warn;
  readonly #reported = new Set<string>();

  constructor(database: StoreDatabase, warn: Warn) {
    this.#database = database;
    this.#warn = warn;
  }

  /** See `SessionStore`. */
  async getHistory(query: HistoryQuery): Promise<readonly SessionRecord[]> {
    const ofPath = query.requestId === undefined ? undefined : await this.#readPath(query);
    const rows = ofPath ?? (await this.#database.readShort(this.#statements.history(query)));
    return this.#toRecords(rows.toReversed(), query.sessionId);
  }

  /** See `SessionStore`. */
  async appendTurn({
    sessionId,
    requestId,
    messages,
  }: TurnMessages): Promise<readonly SessionRecord[]> {
    const pending = toPendingMessages(messages);
    const size = { rows: messages.length, characters: pending.characters };
    let stored: readonly SessionRecord[] = [];
    return this.#database.writeInTime<readonly SessionRecord[]>((waiting) => ({
      size,
      sessionId,
      run: async (work) => {
        const done = await appendMessages(work, { sessionId, requestId }, pending, waiting);
        stored = "wait" in done ? [] : done;
        return done;
      },
      recall: async (work) => ((await areStored(work, stored)) ? { result: stored } : undefined),
    }));
  }

  /** See `SessionIndex`. */
  async getMessages(query: MessagesQuery): Promise<readonly SessionRecord[] | undefined> {
    const { sessionId, userId, limit } = query;
    const { sessions } = this.#database.statements;
    const [session] = await this.#database.read(sessions.session({ sessionId }));
    if (session === undefined || !isShown(session, userId)) return undefined;
    const records: SessionRecord[] = [];
    let position = await positionOf(this.#database, query);
    while (records.length < limit) {
      const rows = await this.#list(query, position, limit - records.length);
      const isLast = rows.length < limit - records.length;
      records.push(...this.#toRecords(rows, sessionId));
      const last = rows.at(-1);
      if (isLast || last === undefined) break;
      position = { updatedAt: last.updated_at, id: last.id };
    }
    return records;
  }

  #readPath(query: HistoryQuery): Promise<readonly ListedRow[] | undefined> {
    const { statements, timeStep } = this.#database;
    return readPathHistory((each) => this.#database.read(each), statements, query, timeStep);
  }

  get #statements(): StoreDatabase["statements"]["messages"] {
    return this.#database.statements.messages;
  }

  #list(
    { sessionId, messageKey }: MessagesQuery,
    position: ListPosition,
    limit: number,
  ): Promise<readonly ListedRow[]> {
    const { list, historyBefore } = this.#statements;
    const values = { sessionId, ...position, limit };
    return messageKey === undefined
      ? listOverKeys(this.#database, values, list)
      : this.#database.read(historyBefore({ ...values, messageKey }));
  }

  #toRecords(rows: readonly ListedRow[], sessionId: string): SessionRecord[] {
    const records: SessionRecord[] = [];
    for (const row of rows) {
      const record = toRecord(row, sessionId, this.#database.timeStep);
      if ("column" in record) this.#report(record, sessionId, row.message_key);
      else records.push(record);
    }
    return records;
  }

  #report({ recordId, column }: BrokenRow, sessionId: string, messageKey: string): void {
    if (this.#reported.has(recordId)) return;
    if (this.#reported.size >= maxReportedRows) this.#reported.clear();
    this.#reported.add(recordId);
    this.#warn(
      { recordId, sessionId, messageKey, column },
      "a stored row cannot be read and is left out of the history",
    );
  }
}
