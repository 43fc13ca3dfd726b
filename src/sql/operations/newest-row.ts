import { parseTime } from "../../session/record-time.ts";
import { inOneForm, laterOf } from "../message-rows.ts";
import type { SessionKeys } from "../known-keys.ts";
import type { Work } from "../statements/store-statements.ts";
import { endOfStep, isOfHere, timeOfRow } from "../time-step.ts";

/** Messages that cannot be stored yet: how long to wait for that, in milliseconds. */
export interface NotYet {
  readonly wait: number;
}

/** Where an operation may answer that it has to wait; once it has, it must do without. */
export interface Waiting {
  readonly mayWait: boolean;
}

/**
 * The time that all that is added to a session must come after, for the time of its newest row as
 * it is stored. They differ where the table of messages keeps times less exactly than records have
 * them. What follows a row of another's within the same second could not be told from what came before
 * it: it has to wait for the next second, or where that did not help, is given a time of it.
 * @param keys the session's message keys.
 * @param newest the newest row's time; null where there is none.
 * @param lastTime the last time that was given to anything in the session; null where there is none.
 */
export async function findNewest(
  { transaction, statements, clock, timeStep }: Work,
  sessionId: string,
  { keys, newest, lastTime }: SessionKeys & { readonly lastTime: string | null },
  { mayWait }: Waiting,
): Promise<{ readonly newest: string | null; readonly notYet?: NotYet }> {
  if (newest === null || timeStep === 1) return { newest };
  const queries = statements.messages.lastIdsAt(keys, { sessionId, time: newest });
  const found = await Promise.all(queries.map((query) => transaction.executeQuery(query)));
  const stored = inOneForm(newest);
  const rows = found.flatMap((each) => each.rows);
  const last = rows.reduce((one, { id }) => (id > one ? id : one), "");
  if (isOfHere(stored, last, timeStep)) return { newest: timeOfRow(stored, last, timeStep) };
  const end = endOfStep(stored, timeStep);
  const present = lastTime === null ? clock() : laterOf(lastTime, clock());
  const early = Number(parseTime(end) - parseTime(present)) + 1;
  return mayWait && early > 0 && early <= timeStep
    ? { newest: end, notYet: { wait: Math.ceil(early / 1000) } }
    : { newest: end };
}
