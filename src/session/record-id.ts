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

/**
 * The id of a record in a table that keeps times to the second: a UUID of version 8 that holds the
 * record's time to the microsecond, so that the ids of one second sort as its records do. It begins
 * with eight zero bits and sorts before the random ids that others give: what they add within the
 * same second comes behind it.
 */
export function coarseRecordId(time: string): string {
  const micros = parseTime(time);
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = toHex(BigInt.asUintN(40, (micros - fraction) / 1_000_000n), 12);
  const [high, low] = [toHex(fraction >> 8n, 3), toHex(fraction & 255n, 2)];
  const random = randomUUID();
  return `${seconds.slice(0, 8)}-${seconds.slice(8)}-8${high}-8${low}${random.slice(22)}`;
}

const coarseForm = /^(00[0-9a-f]{6})-([0-9a-f]{4})-8([0-9a-f]{3})-8([0-9a-f]{2})/;
const form = /^([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-/;

/** The time that an id of {@link coarseRecordId} holds; undefined for an id of another form. */
export function timeOfCoarseId(id: string): string | undefined {
  const [, high = "", low = "", upper = "", lower = ""] = coarseForm.exec(id) ?? [];
  if (high === "") return undefined;
  const seconds = BigInt.asIntN(40, BigInt(`0x${high}${low}`));
  return toTime(seconds * 1_000_000n + BigInt(`0x${upper}${lower}`));
}

/** The time that an id of {@link recordId} holds; undefined for an id of another form. */
export function timeOfRecordId(id: string): string | undefined {
  const [, high = "", low = "", fraction = ""] = form.exec(id) ?? [];
  if (high === "") return undefined;
  const millis = BigInt.asIntN(48, BigInt(`0x${high}${low}`));
  return toTime(millis * 1000n + (BigInt(`0x${fraction}`) >> 2n));
}

function toTime(micros: bigint): string | undefined {
  try {
    return formatTime(micros);
  } catch {
    return undefined;
  }
}

function toHex(value: bigint, length: number): string {
  return value.toString(16).padStart(length, "0");
}
