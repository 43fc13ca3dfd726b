import type { Kysely, RawBuilder, Transaction } from "kysely";
import { type ChunkRow, chunksTable, type Tables, type TurnRow, turnsTable } from "../tables.ts";
import { BatchInsert } from "./batch-insert.ts";
import { isLapsed } from "./lapsed.ts";
import { prepare, type Statement } from "./statement.ts";

// How many turns one statement asks for; the places that are left take the last one again.
const heldSizes = [64, 8, 1] as const;

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
  readonly remove: Statement<{ readonly requestId: string }, unknown>;
  readonly inserts: BatchInsert<ChunkRow>;
  /** Asks for every column, and at most one row. */
  readonly probe: Statement<object, ChunkRow>;
  readonly #held: ReadonlyMap<number, Statement<readonly string[], HeldRow>>;

  /** @param now the expression for the present time of the database's clock. */
  constructor(kysely: Kysely<Tables>, now: RawBuilder<number>) {
    this.chunks = prepare((argument) =>
      kysely
        .selectFrom(chunksTable)
        .select(columns)
        .where("request_id", "=", argument("requestId"))
        .where("number", ">=", argument("from"))
        .orderBy("number"),
    );
    this.remove = prepare((argument) =>
      kysely.deleteFrom(chunksTable).where("request_id", "=", argument("requestId")),
    );
    this.inserts = new BatchInsert<ChunkRow>(kysely, chunksTable, columns);
    this.probe = prepare(() => kysely.selectFrom(chunksTable).select(columns).limit(1));
    this.#held = new Map(heldSizes.map((size) => [size, prepareHeld(kysely, now, size)]));
  }

  /** Those of the turns that the replica holds, each with the number of its last chunk, or -1. */
  async heldAmong(
    transaction: Transaction<Tables>,
    replica: string,
    requestIds: readonly string[],
  ): Promise<ReadonlyMap<string, number>> {
    const held = new Map<string, number>();
    let start = 0;
    while (start < requestIds.length) {
      const size = heldSizes.findLast((each) => each >= requestIds.length - start) ?? heldSizes[0];
      const part = requestIds.slice(start, start + size);
      const places = Array.from({ length: size }, (_, index) => part[index] ?? part[0] ?? "");
      const statement = this.#held.get(size);
      if (statement !== undefined) {
        const { rows } = await transaction.executeQuery(statement(places));
        for (const row of rows) {
          if (row.replica !== replica || row.lapsed === 1) continue;
          held.set(row.request_id, row.last_chunk ?? -1);
        }
      }
      start += size;
    }
    return held;
  }
}

const columns = ["request_id", "number", "chunk"] as const satisfies readonly (keyof ChunkRow)[];

function prepareHeld(
  kysely: Kysely<Tables>,
  now: RawBuilder<number>,
  size: number,
): Statement<readonly string[], HeldRow> {
  return prepare((argument) =>
    kysely
      .selectFrom(`${turnsTable} as turn`)
      .select((row) => [
        "turn.request_id",
        "turn.replica",
        isLapsed("turn.claim_expires", now).as("lapsed"),
        row
          .selectFrom(`${chunksTable} as chunk`)
          .select((chunk) => chunk.fn.max<number | null>("chunk.number").as("number"))
          .whereRef("chunk.request_id", "=", "turn.request_id")
          .as("last_chunk"),
      ])
      .where(
        "turn.request_id",
        "in",
        Array.from({ length: size }, (_, index) => argument(index)),
      ),
  );
}
