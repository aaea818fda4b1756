import { readMoment } from "../../database/recording/moment.js";

const isoTime =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(?:(Z|UTC)|([+-])(\d\d)(?::?(\d\d))?)?$/i;

/** Nanoseconds in each unit in which programs count time since 1970, the smallest unit first. */
const units = [1n, 1_000n, 1_000_000n, 1_000_000_000n];

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
  if (typeof value === "number") return ofNumber(value);
  if (typeof value !== "string") return null;
  const text = value.trim();
  if (/^\d+$/.test(text)) return ofCount(BigInt(text));
  if (/^\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text)) return ofNumber(Number(text));
  const [, date, hours, seconds = "00", fraction = "", , sign, offsetHours, offsetMinutes = "00"] =
    isoTime.exec(text) ?? [];
  if (date === undefined) return null;
  const offset = sign === undefined ? "Z" : `${sign}${offsetHours}:${offsetMinutes}`;
  const second = readMoment(`${date}T${hours}:${seconds}${offset}`);
  if (second === null) return null;
  return inRange(BigInt(second.getTime()) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0")));
}

function ofCount(count: bigint): bigint | null {
  for (const unit of units) if (count * unit >= earliestCount) return inRange(count * unit);
  return null;
}

function ofNumber(number: number): bigint | null {
  if (!Number.isFinite(number)) return null;
  const whole = Math.trunc(number);
  const count = ofCount(BigInt(whole));
  if (count === null || whole === number || whole === 0) return count;
  const unit = Number(count / BigInt(whole));
  return inRange(count + BigInt(Math.round((number - whole) * unit)));
}

function inRange(nanoseconds: bigint): bigint | null {
  return nanoseconds >= 0n && nanoseconds <= latest ? nanoseconds : null;
}
