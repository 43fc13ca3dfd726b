import { type Kysely, sql } from "kysely";
import type { Clock } from "../../session/record-time.ts";
import type { OpenDatabase } from "../database.ts";
import type { KnownKeys, Read } from "../known-keys.ts";
import {
  type SchemaRow,
  schemaTable,
  type SettingRow,
  settingsTable,
  type Tables,
} from "../tables.ts";
import type { Transaction } from "../transaction.ts";
import { ChunkStatements } from "./chunk-statements.ts";
import { MessageStatements } from "./message-statements.ts";
import { SessionStatements } from "./session-statements.ts";
import { prepare, type Statement } from "./statement.ts";
import { TurnStatements } from "./turn-statements.ts";
import { VersionStatements } from "./version-statements.ts";

/** All statements of a store, each compiled once. */
export class StoreStatements {
  readonly messages: MessageStatements;
  readonly sessions: SessionStatements;
  readonly turns: TurnStatements;
  readonly versions: VersionStatements;
  readonly chunks: ChunkStatements;
  readonly setting: Statement<Pick<SettingRow, "name">, Pick<SettingRow, "setting">>;
  readonly insertSetting: Statement<SettingRow, unknown>;
  /** The versions that the tables were made as, the newest first. */
  readonly madeVersions: Statement<object, SchemaRow>;

  constructor(
    kysely: Kysely<Tables>,
    database: Pick<OpenDatabase, "epochMilliseconds" | "locksRows" | "locksAreLocal">,
  ) {
    const { epochMilliseconds, locksRows } = database;
    const now = sql<number>`${sql.raw(epochMilliseconds)}`;
    this.messages = new MessageStatements(kysely);
    this.sessions = new SessionStatements(kysely, locksRows);
    this.turns = new TurnStatements(kysely, now, locksRows);
    this.versions = new VersionStatements(kysely);
    this.chunks = new ChunkStatements(kysely, now, database);
    this.setting = prepare((argument) =>
      kysely.selectFrom(settingsTable).select("setting").where("name", "=", argument("name")),
    );
    this.insertSetting = prepare((argument) =>
      kysely
        .insertInto(settingsTable)
        .values({ name: argument("name"), setting: argument("setting") }),
    );
    this.madeVersions = prepare(() =>
      kysely.selectFrom(schemaTable).select(["version", "made_by"]).orderBy("version", "desc"),
    );
  }
}

/** What an operation of a store works with. */
export interface Work {
  readonly transaction: Transaction;
  readonly statements: StoreStatements;
  readonly clock: Clock;
  readonly knownKeys: KnownKeys;
  /** The least difference between two times in the table of messages, in microseconds. */
  readonly timeStep: number;
}

/** Reads rows within the transaction of an operation. */
export function readerOf({ transaction }: Pick<Work, "transaction">): Read {
  return async (query) => (await transaction.executeQuery(query)).rows;
}
