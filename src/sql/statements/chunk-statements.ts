import type { CompiledQuery, Kysely, RawBuilder } from "kysely";
import type { OpenDatabase } from "../database.ts";
import { type ChunkRow, chunksTable, type Tables, type TurnRow, turnsTable } from "../tables.ts";
import type { Transaction } from "../transaction.ts";
import { BatchInsert } from "./batch-insert.ts";
import { isLapsed } from "./lapsed.ts";
import { one } from "./message-keys.ts";
import { isAnyOf, SharedStatement } from "./shared-statement.ts";
import { type Batch, inBatches, prepare, type Statement } from "./statement.ts";

interface HeldRow extends Pick<TurnRow, "request_id" | "replica"> {
  /** 1 where the claim has lapsed. */
  readonly lapsed: number;
  /** The number of its last chunk, or null where it has none. */
  readonly last_chunk: number | null;
}

/** The statements on the table of chunks, each compiled once. */
export class ChunkStatements {
  /** The chunks of a turn from a number on, in order. */
  readonly chunks: Statement<{ readonly requestId: string; readonly from: number }, ChunkRow>;
  readonly remove: SharedStatement<{ readonly requestId: string }>;
  readonly inserts: BatchInsert<ChunkRow>;
  /** Takes the fences of turns away; undefined where there is no need of them. */
  readonly removeFences: OfTurns<unknown> | undefined;
  /** Asks for every column, and at most one row. */
  readonly probe: Statement<object, ChunkRow>;
  readonly #held: OfTurns<HeldRow>;
  readonly #lock: OfTurns<LockedRow> | undefined;

  /** @param now the expression for the present time of the database's clock. */
  constructor(
    kysely: Kysely<Tables>,
    now: RawBuilder<number>,
    { locksRows, locksAreLocal = false }: Pick<OpenDatabase, "locksRows" | "locksAreLocal">,
  ) {
    this.chunks = prepare((argument) =>
      kysely
        .selectFrom(chunksTable)
        .select(columns)
        .where("request_id", "=", argument("requestId"))
        .where("number", ">=", argument("from"))
        .orderBy("number"),
    );
    this.remove = new SharedStatement({
      build: (places) =>
        kysely.deleteFrom(chunksTable).where(isAnyOf("request_id", places, "requestId")),
    });
    this.inserts = new BatchInsert<ChunkRow>(kysely, chunksTable, columns);
    this.removeFences = locksAreLocal
      ? inBatches<string, unknown>((size) => prepareRemoveFences(kysely, size))
      : undefined;
    this.probe = prepare(() => kysely.selectFrom(chunksTable).select(columns).limit(1));
    this.#held = inBatches<string, HeldRow>((size) => prepareHeld(kysely, now, size));
    this.#lock = locksRows
      ? inBatches<string, LockedRow>((size) => prepareLock(kysely, size))
      : undefined;
  }

  /**
   * Those of the turns that the replica holds, each with the number of its last chunk, or -1. None
   * of them ends before the transaction does; the turns that another transaction is writing to at
   * the moment are `busy` instead.
   */
  async heldAmong(
    transaction: Transaction,
    replica: string,
    requestIds: readonly string[],
  ): Promise<{ readonly held: ReadonlyMap<string, number>; readonly busy: readonly string[] }> {
    const locked = this.#lock && (await allOf(transaction, this.#lock(requestIds, {})));
    const isLocked = locked && new Set(locked.map((row) => row.request_id));
    const held = new Map<string, number>();
    const busy: string[] = [];
    for (const row of await allOf(transaction, this.#held(requestIds, {}))) {
      if (row.replica !== replica || row.lapsed === 1) continue;
      if (isLocked === undefined || isLocked.has(row.request_id)) {
        held.set(row.request_id, row.last_chunk ?? -1);
      } else {
        busy.push(row.request_id);
      }
    }
    return { held, busy };
  }
}

/** The number of the row in the place of a chunk that is a turn's fence. */
export const fenceNumber = -1;

type LockedRow = Pick<TurnRow, "request_id" | "state">;
type OfTurns<Row> = ReturnType<typeof inBatches<string, Row>>;

/** All rows that statements answer. */
async function allOf<Row>(
  transaction: Transaction,
  statements: readonly CompiledQuery<Row>[],
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const statement of statements)
    rows.push(...(await transaction.executeQuery(statement)).rows);
  return rows;
}

const columns = ["request_id", "number", "chunk"] as const satisfies readonly (keyof ChunkRow)[];

function prepareRemoveFences(
  kysely: Kysely<Tables>,
  size: number,
): Statement<Batch<string>, unknown> {
  return prepare((argument) =>
    kysely
      .deleteFrom(chunksTable)
      .where("number", "=", fenceNumber)
      .where(
        "request_id",
        "in",
        Array.from({ length: size }, (_, index) => argument(index)),
      ),
  );
}

function prepareHeld(
  kysely: Kysely<Tables>,
  now: RawBuilder<number>,
  size: number,
): Statement<Batch<string>, HeldRow> {
  return prepare((argument) =>
    kysely
      .selectFrom(`${turnsTable} as turn`)
      .select((row) => [
        "turn.request_id",
        "turn.replica",
        isLapsed("turn.claim_expires", now).as("lapsed"),
        row
          .selectFrom(`${chunksTable} as chunk`)
          .select("chunk.number")
          .whereRef("chunk.request_id", "=", "turn.request_id")
          .orderBy("chunk.number", "desc")
          .limit(one)
          .as("last_chunk"),
      ])
      .where(
        "turn.request_id",
        "in",
        Array.from({ length: size }, (_, index) => argument(index)),
      ),
  );
}

function prepareLock(kysely: Kysely<Tables>, size: number): Statement<Batch<string>, LockedRow> {
  return prepare((argument) =>
    kysely
      .selectFrom(turnsTable)
      // The state is in no index: reading it locks the row itself, where only what is read is locked.
      .select(["request_id", "state"])
      .where(
        "request_id",
        "in",
        Array.from({ length: size }, (_, index) => argument(index)),
      )
      .forUpdate()
      .skipLocked(),
  );
}
