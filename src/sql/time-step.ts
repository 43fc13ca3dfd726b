import { timeOfRecordId } from "../session/record-id.ts";
import { formatTime, parseTime } from "../session/record-time.ts";

// A table that others made may keep times to the second alone. The ids of the rows that were written
// here hold them to the microsecond, and bring the rows of one second into their order.

/** A time as a table keeps it whose times have this step, in microseconds. */
export function cutOff(time: string, step: number): string {
  if (step === 1) return time;
  const micros = parseTime(time);
  return formatTime(micros - modulo(micros, step));
}

/** The time of a row as it was written: what was cut off of it, its id tells, where that is of here. */
export function exactTime(stored: string, id: string, step: number): string {
  if (step === 1) return stored;
  const time = timeOfRecordId(id);
  return time !== undefined && parseTime(cutOff(time, step)) === parseTime(stored) ? time : stored;
}

/**
 * The last time that nothing which follows these rows may have, where all of them have one stored
 * time: that of the newest of them. Where it is another's, whose id tells no time, that is the end of
 * the step, so that what follows it sorts behind it whatever its id is.
 */
export function lastTimeOf(stored: string, ids: readonly string[], step: number): string {
  const newest = ids.reduce((one, other) => (other > one ? other : one), "");
  const time = exactTime(stored, newest, step);
  return time === stored && timeOfRecordId(newest) !== stored
    ? formatTime(parseTime(stored) + BigInt(step - 1))
    : time;
}

function modulo(micros: bigint, step: number): bigint {
  const rest = micros % BigInt(step);
  return rest < 0n ? rest + BigInt(step) : rest;
}
