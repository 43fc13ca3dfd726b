import { describe, TurnkeepError } from "../errors.ts";

/** Gives the present time as {@link localTime} does. */
export type Clock = () => string;

let anchor = performance.timeOrigin;

const form = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?$/;

/**
 * The present local time without zone, to the microsecond: `YYYY-MM-DD HH:MM:SS.ffffff`, as the
 * table's columns have it.
 */
export function localTime(): string {
  const before = performance.now();
  const wall = Date.now();
  const after = performance.now();
  // The performance clock has the microseconds but does not follow when the wall clock is set. The
  // process may have been held up between the readings, which is no difference of the clocks.
  if (wall < anchor + before - 2 || wall > anchor + after + 2) anchor = wall - after;
  const micros = BigInt(Math.floor((anchor + after) * 1000));
  return formatTime(micros - BigInt(new Date(wall).getTimezoneOffset()) * 60_000_000n);
}

/**
 * The times of a session's next records: strictly increasing, none before `now` and all after
 * `last`, the time of the session's newest record, where it has one.
 * @throws TurnkeepError `database_schema_mismatch` where `last` is not a time.
 */
export function nextTimes(now: string, last: string | undefined, count: number): string[] {
  const present = parseTime(now);
  const after = last === undefined ? present : parseTime(last) + 1n;
  const first = after > present ? after : present;
  return Array.from({ length: count }, (_, index) => formatTime(first + BigInt(index)));
}

/** Microseconds from 1970 to a time without zone, as if it were UTC. */
export function parseTime(time: string): bigint {
  const match = form.exec(time);
  const [, date = "", clock = "", fraction = ""] = match ?? [];
  const millis = Date.parse(`${date}T${clock}Z`);
  if (match === null || Number.isNaN(millis)) {
    throw new TurnkeepError(
      "database_schema_mismatch",
      `A record's time is ${describe(time)}, not YYYY-MM-DD HH:MM:SS.ffffff. Mend the column updated_at of the rows that have it.`,
    );
  }
  return BigInt(millis) * 1000n + BigInt(fraction.padEnd(6, "0").slice(0, 6));
}

/**
 * The inverse of {@link parseTime}.
 * @throws TurnkeepError `database_schema_mismatch` behind the year 9999.
 */
export function formatTime(micros: bigint): string {
  // The remainder of a time before 1970 is negative.
  const fraction = ((micros % 1000n) + 1000n) % 1000n;
  const iso = new Date(Number((micros - fraction) / 1000n)).toISOString();
  if (iso.length > 24) {
    throw new TurnkeepError(
      "database_schema_mismatch",
      "A session's newest record has the last time there is, so that nothing can come after it. Mend its column updated_at.",
    );
  }
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}${String(fraction).padStart(3, "0")}`;
}
