import { fenceNumber } from "../statements/chunk-statements.ts";
import type { Work } from "../statements/store-statements.ts";

/**
 * Sees to it that of the transactions that keep chunks of a turn or end it one after another is
 * committed, where the lock of the turn's row does not: all of them write a row that is gone again
 * when they are committed. What is read behind it has all that was kept before.
 */
export async function fenceChunks(work: Work, requestIds: readonly string[]): Promise<void> {
  const { removeFences } = work.statements.chunks;
  if (removeFences === undefined) return;
  await insertFences(work, requestIds);
  for (const query of removeFences(requestIds, {})) await work.transaction.executeQuery(query);
}

/**
 * Removes the chunks of a turn that ends.
 * @param hasChunks whether it had any when that was read.
 */
export async function removeChunks(
  work: Work,
  requestId: string,
  { hasChunks }: { readonly hasChunks: boolean },
): Promise<void> {
  const { transaction, statements } = work;
  const isFenced = statements.chunks.removeFences !== undefined;
  // It goes with the chunks.
  if (isFenced) await insertFences(work, [requestId]);
  if (hasChunks || isFenced)
    await transaction.executeShared(statements.chunks.remove, { requestId });
}

async function insertFences(
  { transaction, statements }: Work,
  requestIds: readonly string[],
): Promise<void> {
  await statements.chunks.inserts.insert(
    transaction,
    requestIds.map((id) => ({ request_id: id, number: fenceNumber, chunk: "" })),
  );
}
