import type { TYPES } from "tedious";

/** The types of the driver's parameters. */
export type ParameterTypes = typeof TYPES;

/** A value as the driver is given it. */
export interface DriverParameter {
  readonly type: ParameterTypes[keyof ParameterTypes];
  readonly value: unknown;
  readonly options?: { readonly length: number };
}

// Texts of all lengths up to this are declared alike, and those beyond it: each way in which the
// parameters of a statement are declared is a plan of its own at the server.
const longest = 4000;
const ofAnyLength = 65_535;
const maxInt = 2 ** 31 - 1;

/**
 * A parameter of a statement as the driver is given it.
 * @param areLong whether texts are declared as of any length, also short ones.
 * @throws TypeError for a value that none of the statements has.
 */
export function toParameter(
  types: ParameterTypes,
  value: unknown,
  areLong: boolean,
): DriverParameter {
  if (typeof value === "string" || value === null) {
    const length = areLong ? ofAnyLength : lengthOf(value);
    return { type: types.NVarChar, value, options: { length } };
  }
  if (typeof value === "boolean") return { type: types.Bit, value };
  if (Number.isSafeInteger(value)) {
    const isSmall = Math.abs(value as number) <= maxInt;
    return { type: isSmall ? types.Int : types.BigInt, value };
  }
  throw new TypeError(`A statement has a parameter that is a ${typeof value}.`);
}

/** Whether any of the values is longer than what is declared for texts otherwise. */
export function hasLongText(values: readonly unknown[]): boolean {
  return values.some((value) => typeof value === "string" && value.length > longest);
}

/** A value of a row, from what the driver makes of it. */
export function toPlainValue(value: unknown, type: string): unknown {
  if (value instanceof Date) return toTime(value);
  // Whole numbers of eight bytes come as texts.
  return type === "BigInt" || type === "IntN" ? toNumber(value) : value;
}

function toNumber(value: unknown): unknown {
  return typeof value === "string" ? Number(value) : value;
}

/** `YYYY-MM-DD HH:MM:SS.ffffff`, whatever zone this machine is in. */
function toTime(date: Date & { readonly nanosecondsDelta?: number }): string {
  const [day = "", time = ""] = date.toISOString().slice(0, -1).split("T");
  // What is beyond the millisecond, in seconds.
  const rest = Math.round((date.nanosecondsDelta ?? 0) * 1_000_000);
  return `${day} ${time}${String(rest).padStart(3, "0")}`;
}

function lengthOf(value: string | null): number {
  return value === null || value.length <= longest ? longest : ofAnyLength;
}
