import fc from "fast-check";
import { expect, test } from "vitest";
import { readMoment } from "../../src/database/recording/moment.js";

const iso = (text: string, assumeUtc = false) => readMoment(text, { assumeUtc })?.toISOString() ?? null;

test.each([
  ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"],
  ["2026-01-31t12:00:00.1239z", "2026-01-31T12:00:00.123Z"],
  ["2026-01-31 12:00:00.5+05:30", "2026-01-31T06:30:00.500Z"],
  ["2024-02-29T23:59:59-23:59", "2024-03-01T23:58:59.000Z"],
  ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
  ["9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.999Z"],
  // Leap seconds: at the end of a month, in UTC.
  ["2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"],
  ["2017-01-01T01:59:60.25+02:00", "2016-12-31T23:59:59.250Z"],
  ["2015-06-30T23:59:60Z", "2015-06-30T23:59:59.000Z"],
])("%s is %s", (text, moment) => {
  expect(iso(text)).toBe(moment);
});

test.each([
  "2025-02-29T00:00:00Z",
  "2025-02-30T00:00:00Z",
  "1900-02-29T00:00:00Z",
  "2025-04-31T00:00:00Z",
  "2025-13-01T00:00:00Z",
  "2025-00-01T00:00:00Z",
  "2025-01-00T00:00:00Z",
  "2025-01-31T24:00:00Z",
  "2025-01-31T24:01:00Z",
  "2025-01-31T12:60:00Z",
  "2025-01-31T12:00:61Z",
  "2025-01-31T12:00:60Z",
  "2025-06-29T23:59:60Z",
  "2025-06-30T23:59:60+02:00",
  "2025-01-31T12:00:00+24:00",
  "2025-01-31T12:00:00+01:60",
  "2025-01-31T12:00:00",
  "2025-01-31T12:00Z",
  "2025-01-31",
  "2025-1-31T12:00:00Z",
  "2025-01-31T12:00:00.Z",
  "2025-01-31T12:00:00Z ",
  "2025-01-31T12:00:00Z\n",
  "+010000-01-01T00:00:00Z",
  "10000-01-01T00:00:00Z",
  "9999-12-31T23:59:59-01:00",
  "0000-12-31T23:59:59Z",
  "0001-01-01T00:00:00+00:01",
  "-0001-01-01T00:00:00Z",
  "",
])("%j is not a valid time", (text) => {
  expect(iso(text)).toBeNull();
});

test("a text without an offset is UTC only if that is assumed", () => {
  expect(iso("2025-07-19 04:40:00.123456", true)).toBe("2025-07-19T04:40:00.123Z");
  expect(iso("2025-07-19 04:40:00+02:00", true)).toBe("2025-07-19T02:40:00.000Z");
  expect(iso("2025-02-30 04:40:00", true)).toBeNull();
});

test("a time is read as the moment that counting the days of the calendar gives, and nothing else is accepted", () => {
  const isLeapYear = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const daysOf = (year: number, month: number) =>
    [31, isLeapYear(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  /** Milliseconds since 0001-01-01, counted year by year and month by month. */
  const counted = (year: number, month: number, day: number) => {
    const past = year - 1;
    let days = 365 * past + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
    for (let before = 1; before < month; before++) days += daysOf(year, before);
    return (days + day - 1) * 86_400_000;
  };
  const origin = Date.parse("0001-01-01T00:00:00Z");
  const two = (value: number) => String(value).padStart(2, "0");
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: 0, max: 9999 }), fc.constantFrom(0, 1, 1900, 2000, 2024, 9999)),
      fc.integer({ min: 0, max: 13 }),
      fc.oneof(fc.integer({ min: 0, max: 32 }), fc.integer({ min: 28, max: 31 })),
      fc.integer({ min: 0, max: 25 }),
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 59 }),
      fc.integer({ min: -1500, max: 1500 }),
      (year, month, day, hour, minute, second, ahead) => {
        const offset = `${ahead < 0 ? "-" : "+"}${two(Math.floor(Math.abs(ahead) / 60))}:${two(Math.abs(ahead) % 60)}`;
        const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
        const text = `${date}T${two(hour)}:${two(minute)}:${two(second)}${offset}`;
        const exists =
          day >= 1 && day <= daysOf(year, month) && hour < 24 && minute < 60 && Math.abs(ahead) < 1440;
        const inDay = ((hour * 60 + minute - ahead) * 60 + second) * 1000;
        const moment = exists ? origin + counted(year, month, day) + inDay : Number.NaN;
        const isHeld = moment >= origin && moment <= Date.parse("9999-12-31T23:59:59.999Z");
        expect(readMoment(text)?.getTime() ?? null).toBe(isHeld ? moment : null);
      },
    ),
    { numRuns: 3000 },
  );
});
