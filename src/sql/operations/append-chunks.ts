import { toJSONValue } from "../../json.ts";
import type { TurnChunk } from "../../session/turn-store.ts";
import type { Written } from "../database.ts";
import type { Work } from "../statements/store-statements.ts";
import type { ChunkRow } from "../tables.ts";
import { fromChunk } from "../turn-rows.ts";
import { fenceChunks } from "./fence-chunks.ts";

/** Chunks that are ready to be stored: JSON texts already. */
export interface PendingChunks {
  readonly rowsOfTurns: ReadonlyMap<string, readonly ChunkRow[]>;
  readonly size: Written;
}

/** Makes chunks ready to be stored; throws what making their JSON throws. */
export function toPendingChunks(chunks: readonly TurnChunk[]): PendingChunks {
  const rowsOfTurns = new Map<string, ChunkRow[]>();
  for (const chunk of chunks) {
    const fields = toJSONValue(chunk.fields, "fields") as TurnChunk["fields"];
    const row = fromChunk({ ...chunk, fields });
    const rows = rowsOfTurns.get(chunk.requestId);
    if (rows === undefined) rowsOfTurns.set(chunk.requestId, [row]);
    else rows.push(row);
  }
  return toPending(rowsOfTurns);
}

/**
 * Keeps chunks: see `appendChunks` of `TurnStore`. The answer is the chunks of turns that another
 * transaction is writing to at the moment: they are still to be kept.
 */
export async function appendChunks(
  work: Work,
  replica: string,
  { rowsOfTurns }: PendingChunks,
): Promise<PendingChunks> {
  const { transaction, statements } = work;
  const requestIds = [...rowsOfTurns.keys()];
  const { held, busy } = await statements.chunks.heldAmong(transaction, replica, requestIds);
  await fenceChunks(work, [...held.keys()]);
  const rows: ChunkRow[] = [];
  for (const [requestId, ofTurn] of rowsOfTurns) {
    const last = held.get(requestId);
    if (last !== undefined) rows.push(...(await withoutKept(work, requestId, ofTurn, last)));
  }
  await statements.chunks.inserts.insert(transaction, rows);
  const left = busy.map((requestId) => [requestId, rowsOfTurns.get(requestId) ?? []] as const);
  return toPending(new Map(left));
}

/** The rows of a turn that are not kept already; the first where several have one number. */
async function withoutKept(
  { transaction, statements }: Work,
  requestId: string,
  rows: readonly ChunkRow[],
  last: number,
): Promise<readonly ChunkRow[]> {
  let before = last;
  const follow = rows.every(({ number }) => {
    const follows = number > before;
    before = number;
    return follows;
  });
  if (follow) return rows;
  const kept = await transaction.executeQuery(statements.chunks.chunks({ requestId, from: 0 }));
  const numbers = new Set(kept.rows.map(({ number }) => number));
  return rows.filter(({ number }) => {
    const isNew = !numbers.has(number);
    numbers.add(number);
    return isNew;
  });
}

function toPending(rowsOfTurns: PendingChunks["rowsOfTurns"]): PendingChunks {
  let rows = 0;
  let characters = 0;
  for (const ofTurn of rowsOfTurns.values()) {
    rows += ofTurn.length;
    for (const { chunk } of ofTurn) characters += chunk.length;
  }
  return { rowsOfTurns, size: { rows, characters } };
}
