import { readMoment } from "../../database/recording/moment.js";

const isoTime =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(?:(Z|UTC)|([+-])(\d\d)(?::?(\d\d))?)?$/i;

/**
 * Digits of nanoseconds behind the point of a count since 1970 in each unit in which programs count, the smallest unit
 * first.
 */
const unitDigits = [0, 3, 6, 9];

/** March 1973: the same count in a smaller unit is earlier, so that the units cannot be mistaken for each other. */
const earliestCount = 10n ** 17n;
/** The last time that fits into 64 bits. */
const latest = 2n ** 63n - 1n;

/**
 * A time as nanoseconds since 1970: of ISO 8601 with any number of digits, UTC unless it has an offset; or of a
 * count of seconds, milliseconds, microseconds or nanoseconds since 1970.
 *
 * @returns null if it is not a time from 1970 to 2262
 */
export function nanosecondsOf(value: unknown): bigint | null {
  if (typeof value === "bigint") return ofCount(value);
  if (typeof value === "number") return ofDecimal(String(value));
  if (typeof value !== "string") return null;
  const text = value.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return ofDecimal(text);
  if (/^\d+(?:\.\d+)?e[+-]?\d+$/i.test(text)) return ofDecimal(String(Number(text)));
  const [, date, hours, seconds = "00", fraction = "", , sign, offsetHours, offsetMinutes = "00"] =
    isoTime.exec(text) ?? [];
  if (date === undefined) return null;
  const offset = sign === undefined ? "Z" : `${sign}${offsetHours}:${offsetMinutes}`;
  const second = readMoment(`${date}T${hours}:${seconds}${offset}`);
  if (second === null) return null;
  return inRange(BigInt(second.getTime()) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0")));
}

function ofCount(count: bigint, fraction = ""): bigint | null {
  for (const digits of unitDigits) {
    const nanoseconds = count * 10n ** BigInt(digits);
    if (nanoseconds < earliestCount) continue;
    return inRange(nanoseconds + BigInt(fraction.slice(0, digits).padEnd(digits, "0")));
  }
  return null;
}

/** Of the digits themselves: a floating-point fraction of seconds is often just below the millisecond that it means. */
function ofDecimal(text: string): bigint | null {
  const [, whole, fraction] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  return whole === undefined ? null : ofCount(BigInt(whole), fraction);
}

function inRange(nanoseconds: bigint): bigint | null {
  return nanoseconds >= 0n && nanoseconds <= latest ? nanoseconds : null;
}
