import { language } from "./language.ts";

/** A size such as `2 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = Math.min(Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1024)), 3);
  return new Intl.NumberFormat(language.value, {
    style: "unit",
    unit: units[power] ?? "byte",
    unitDisplay: power === 0 ? "long" : "short",
    maximumFractionDigits: power === 0 ? 0 : 1,
  }).format(bytes / 1024 ** power);
}

/** A moment, as short as it can be told today: `14:05` or `2:05 PM`, or `3 May, 14:05`. */
export function formatTime(time: Date, now: Date = new Date()): string {
  const isToday = time.toDateString() === now.toDateString();
  return new Intl.DateTimeFormat(language.value, {
    hour: "numeric",
    minute: "2-digit",
    ...(isToday ? {} : { day: "numeric", month: "short" }),
    ...(time.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
  }).format(time);
}

/** Reads a time of the wire: ISO 8601, or a server's local time without a zone. */
export function parseTime(text: string): Date {
  return new Date(text.replace(" ", "T"));
}
