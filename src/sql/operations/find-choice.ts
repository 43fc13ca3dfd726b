import type { Work } from "../statements/store-statements.ts";
import { readerOf } from "../statements/store-statements.ts";
import type { EndingRow } from "../statements/turn-statements.ts";
import { readTree } from "../turn-places.ts";
import { choosePath } from "./choose-path.ts";

/**
 * What the end of a turn does to the chosen path: the turn is on it, or stays aside, or is to be
 * `choose`n, with the newest that follows it.
 */
export type Choice = "chosen" | "aside" | { readonly choose: () => Promise<void> };

/**
 * Finds what the end of a turn does to the chosen path, and writes nothing. In a session without
 * versions there is nothing to read.
 * @param becomesChosen whether a turn that ends so is chosen where it is not on the path.
 */
export async function findChoice(
  work: Work,
  { session_id: sessionId, number, head }: Pick<EndingRow, "session_id" | "number" | "head">,
  becomesChosen: boolean,
): Promise<Choice> {
  if (head === null || head === number) return "chosen";
  const { transaction, statements } = work;
  const tree = await readTree(readerOf(work), statements, sessionId);
  if (tree.isOn(number, head)) return "chosen";
  if (!becomesChosen) return "aside";
  const { rows } = await transaction.executeQuery(statements.sessions.session({ sessionId }));
  const to = tree.newestEnd(number, rows[0]?.turn_count ?? number);
  return { choose: () => choosePath(work, sessionId, tree, { from: head, to }) };
}
