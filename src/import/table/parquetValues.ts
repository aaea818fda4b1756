import type { ParquetParsers, SchemaElement } from "hyparquet";
import { parseExactJson } from "./exactJson.js";
import { repeatedField } from "./repeatedField.js";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * How values of a Parquet file are read: texts only if they are UTF-8, and times as ISO 8601 with all their
 * digits. JSON that is not valid, or has a field twice, stays a text.
 */
export const parquetParsers: Pick<
  ParquetParsers,
  | "stringFromBytes"
  | "jsonFromBytes"
  | "timestampFromMilliseconds"
  | "timestampFromMicroseconds"
  | "timestampFromNanoseconds"
  | "dateFromDays"
> = {
  stringFromBytes: textOrBytes,
  jsonFromBytes(bytes) {
    const text = textOrBytes(bytes);
    if (typeof text !== "string") return text;
    try {
      const value = parseExactJson(text);
      return repeatedField(text, value) === undefined ? value : text;
    } catch {
      return text;
    }
  },
  timestampFromMilliseconds: (count) => isoTime(BigInt(count), 3),
  timestampFromMicroseconds: (count) => isoTime(BigInt(count), 6),
  timestampFromNanoseconds: (count) => isoTime(BigInt(count), 9),
  dateFromDays(days) {
    const date = new Date(days * 86_400_000);
    return Number.isNaN(date.getTime()) ? days : date.toISOString().slice(0, -"T00:00:00.000Z".length);
  },
};

/** @returns the bytes if they are not UTF-8 */
function textOrBytes(bytes: Uint8Array | undefined): string | Uint8Array | undefined {
  if (!bytes) return undefined;
  try {
    return strict.decode(bytes);
  } catch {
    return bytes;
  }
}

/** @param digits number of digits of a second's fraction that `count` counts */
function isoTime(count: bigint, digits: number): string | bigint {
  const perSecond = 10n ** BigInt(digits);
  const fraction = ((count % perSecond) + perSecond) % perSecond;
  const date = new Date(Number((count - fraction) / perSecond) * 1000);
  if (Number.isNaN(date.getTime())) return count;
  const seconds = date.toISOString().slice(0, -".000Z".length);
  const shown = fraction === 0n ? "" : `.${fraction.toString().padStart(digits, "0").replace(/0+$/, "")}`;
  return `${seconds}${shown}Z`;
}

/**
 * Number of digits of a second's fraction that the values of a column of times of day count, which hyparquet returns
 * without their unit; null for all other columns.
 */
export function digitsOfTime({ converted_type, logical_type }: SchemaElement): number | null {
  if (logical_type?.type === "TIME") return { MILLIS: 3, MICROS: 6, NANOS: 9 }[logical_type.unit];
  return converted_type === "TIME_MILLIS" ? 3 : converted_type === "TIME_MICROS" ? 6 : null;
}

/** A time of day in ISO 8601; other values are returned unchanged. */
export function timeOfDay(count: unknown, digits: number): unknown {
  if (typeof count !== "bigint" && typeof count !== "number") return count;
  const time = isoTime(BigInt(count), digits);
  return typeof time === "string" ? time.slice("1970-01-01T".length, -"Z".length) : time;
}
