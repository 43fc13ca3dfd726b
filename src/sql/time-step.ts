import { coarseRecordId, recordId, timeOfCoarseId, timeOfRecordId } from "../session/record-id.ts";
import { formatTime, parseTime } from "../session/record-time.ts";

// A table that others made may keep times to the second alone. The rows that are written here have ids
// then that hold their times to the microsecond, and bring the rows of a second into their order. The
// rows of others, whose ids are random, come behind them in that second, so that no row may follow one
// of those within its second.

/** The id of a record in a table whose times have this step, in microseconds. */
export function recordIdFor(step: number, time: string): string {
  return step === 1 ? recordId(time) : coarseRecordId(time);
}

/** A time as a table keeps it whose times have this step. */
export function cutOff(time: string, step: number): string {
  if (step === 1) return time;
  const micros = parseTime(time);
  const rest = micros % BigInt(step);
  return formatTime(micros - (rest < 0n ? rest + BigInt(step) : rest));
}

/** The last time that is stored like this one. */
export function endOfStep(stored: string, step: number): string {
  return formatTime(parseTime(cutOff(stored, step)) + BigInt(step - 1));
}

/**
 * The time of a row that was stored in a table whose times have this step, so that the times of rows
 * never go back in their order: the one that its id holds, or else the last that it may have.
 */
export function timeOfRow(stored: string, id: string, step: number): string {
  if (step === 1) return stored;
  const time = timeOfCoarseId(id) ?? timeOfRecordId(id);
  return time !== undefined && cutOff(time, step) === stored ? time : endOfStep(stored, step);
}

/** Whether a row was stored here, so that others of its second may follow it. */
export function isOfHere(stored: string, id: string, step: number): boolean {
  const time = timeOfCoarseId(id);
  return time !== undefined && cutOff(time, step) === stored;
}
