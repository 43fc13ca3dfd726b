import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { recordId } from "../../src/session/record-id.ts";
import { formatTime, localTime, nextTimes, parseTime } from "../../src/session/record-time.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";

const form = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;
const lastMicros = 253_402_300_799_999_999n;
const micros = fc.bigInt({ min: 0n, max: lastMicros - 1_000_000n });

describe("localTime", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  test.each(["UTC", "Asia/Shanghai", "America/St_Johns"])("is the wall clock's in %s", (zone) => {
    vi.stubEnv("TZ", zone);
    const now = new Date();
    const local = Date.UTC(
      now.getFullYear(),
      now.getMonth(),
      now.getDate(),
      now.getHours(),
      now.getMinutes(),
      now.getSeconds(),
      now.getMilliseconds(),
    );
    const time = localTime();
    expect(time).toMatch(form);
    expect(Math.abs(Number(parseTime(time) / 1000n) - local)).toBeLessThan(1000);
  });

  test("goes on, and has microseconds", () => {
    const times = Array.from({ length: 2000 }, () => parseTime(localTime()));
    const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0n));
    // It may step back once, by little, where the wall clock is being adjusted just then.
    const back = steps.filter((step) => step < 0n);
    expect(back.length).toBeLessThanOrEqual(1);
    expect(back.every((step) => step > -5000n)).toBe(true);
    expect(new Set(times.map((time) => time % 1000n)).size).toBeGreaterThan(1);
  });

  test("follows the wall clock when it is set", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.stubEnv("TZ", "UTC");
    for (const set of ["2026-10-25T12:00:00Z", "2026-10-25T11:00:00Z", "2030-01-01T00:00:00Z"]) {
      vi.setSystemTime(new Date(set));
      const difference = Number(parseTime(localTime()) / 1000n) - Date.parse(set);
      expect(Math.abs(difference)).toBeLessThan(100);
    }
  });
});

describe("nextTimes", () => {
  test("gives the clock's time, and a microsecond more for each", () => {
    expect(nextTimes("2026-12-31 23:59:59.999998", undefined, 3)).toEqual([
      "2026-12-31 23:59:59.999998",
      "2026-12-31 23:59:59.999999",
      "2027-01-01 00:00:00.000000",
    ]);
  });

  test("is behind the last, whatever the clock says", () => {
    fc.assert(
      fc.property(micros, micros, fc.integer({ min: 1, max: 50 }), (now, last, count) => {
        const times = nextTimes(formatTime(now), formatTime(last), count).map(parseTime);
        expect(times[0]).toBe(now > last ? now : last + 1n);
        expect(times.map((time) => time - (times[0] ?? 0n))).toEqual(
          Array.from({ length: count }, (_, index) => BigInt(index)),
        );
      }),
    );
  });
});

describe("times as text", () => {
  test("come back as they were, and sort as the times do", () => {
    fc.assert(
      fc.property(micros, micros, (one, other) => {
        const text = formatTime(one);
        expect(text).toMatch(form);
        expect(parseTime(text)).toBe(one);
        expect(text < formatTime(other)).toBe(one < other);
      }),
    );
  });

  test.each([
    ["2026-11-23 08:44:42.463652", "2026-11-23 08:44:42.463652"],
    ["2026-11-23 08:44:42", "2026-11-23 08:44:42.000000"],
    ["2026-11-23T08:44:42.463652", "2026-11-23 08:44:42.463652"],
    ["2026-11-23T08:44:42", "2026-11-23 08:44:42.000000"],
    ["2026-11-23 08:44:42.5", "2026-11-23 08:44:42.500000"],
    ["2026-11-23 08:44:42.123", "2026-11-23 08:44:42.123000"],
    ["2026-11-23 08:44:42.1234567", "2026-11-23 08:44:42.123456"],
  ])("%s is read as %s", (text, time) => {
    expect(formatTime(parseTime(text))).toBe(time);
  });

  test("are right before 1970 too", () => {
    for (const text of ["1969-12-31 23:59:59.999999", "0001-01-01 00:00:00.000000"]) {
      expect(formatTime(parseTime(text))).toBe(text);
      expect(recordId(text)).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab]/);
    }
  });

  test("end with the year 9999", () => {
    const last = formatTime(lastMicros);
    expect(last).toBe("9999-12-31 23:59:59.999999");
    expect(() => nextTimes("2026-11-23 08:44:42.463652", last, 1)).toThrow(
      turnkeepError("database_schema_mismatch", "the last time there is", "updated_at"),
    );
  });

  test.each([
    "",
    "2026-11-23",
    "2026-13-01 00:00:00",
    "1732351482",
    "2026-11-23 08:44:42Z",
    "yesterday",
  ])("%j is refused", (text) => {
    expect(() => parseTime(text)).toThrow(
      turnkeepError("database_schema_mismatch", JSON.stringify(text), "updated_at"),
    );
  });
});

describe("recordId", () => {
  test("is a UUID of version 7 that holds the time", () => {
    expect(recordId("2026-11-23 08:44:42.463652")).toMatch(
      /^01a20794-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    );
    fc.assert(
      fc.property(micros, (time) => {
        const id = recordId(formatTime(time));
        const millis = BigInt(`0x${id.slice(0, 8)}${id.slice(9, 13)}`);
        expect(millis).toBe(time / 1000n);
        expect(BigInt(`0x${id.slice(15, 18)}`) / 4n).toBe(time % 1000n);
      }),
    );
  });

  test("sorts as the times do", () => {
    fc.assert(
      fc.property(micros, fc.bigInt({ min: 1n, max: 10_000n }), (time, later) => {
        const one = recordId(formatTime(time));
        const other = recordId(formatTime(time + later));
        expect(one < other).toBe(true);
      }),
    );
  });

  test("is never the same", () => {
    const ids = Array.from({ length: 10_000 }, () => recordId("2026-11-23 08:44:42.463652"));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
