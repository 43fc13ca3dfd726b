import { randomUUID } from "node:crypto";
import { formatTime, parseTime } from "./record-time.ts";

/**
 * The id of a record with the given time: a UUID of version 7 (RFC 9562) that holds the record's
 * own time, local as it is, so that a session's ids sort as its records do. The microsecond
 * within the millisecond stands in the twelve bits after the version (method 3 of section 6.2).
 */
export function recordId(time: string): string {
  const micros = parseTime(time);
  const millis = BigInt.asUintN(48, micros / 1000n)
    .toString(16)
    .padStart(12, "0");
  const fraction = BigInt.asUintN(12, (micros % 1000n) * 4n)
    .toString(16)
    .padStart(3, "0");
  // Any UUID's last two groups: the variant and 62 random bits.
  return `${millis.slice(0, 8)}-${millis.slice(8)}-7${fraction}-${randomUUID().slice(19)}`;
}

const form = /^([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-/;

/** The time that an id of {@link recordId} holds; undefined for an id of another form. */
export function timeOfRecordId(id: string): string | undefined {
  const [, high = "", low = "", fraction = ""] = form.exec(id) ?? [];
  if (high === "") return undefined;
  const millis = BigInt.asIntN(48, BigInt(`0x${high}${low}`));
  try {
    return formatTime(millis * 1000n + BigInt(Number.parseInt(fraction, 16) >> 2));
  } catch {
    return undefined;
  }
}
