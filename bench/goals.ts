import type { Goal } from "./part.ts";

/** A goal that wants a figure of so much or more. */
export function atLeast(number: number, what: string, wanted: number, measured: number): Goal {
  return {
    number,
    what,
    wanted: `at least ${wanted}`,
    measured: round(measured),
    isMet: measured >= wanted,
  };
}

/** A goal that wants a figure of so much or less. */
export function atMost(
  number: number,
  what: string,
  wanted: number,
  measured: number,
  unit = "",
): Goal {
  const unitText = unit === "" ? "" : ` ${unit}`;
  return {
    number,
    what,
    wanted: `at most ${wanted}${unitText}`,
    measured: `${round(measured)}${unitText}`,
    isMet: measured <= wanted,
  };
}

/** A figure as a table shows it: three digits that count. */
export function round(figure: number): string {
  if (Number.isNaN(figure)) return "none";
  if (Math.abs(figure) >= 100) return Math.round(figure).toLocaleString("en-US");
  return String(Number(figure.toPrecision(3)));
}
