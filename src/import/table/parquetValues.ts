import type { ParquetParsers, SchemaElement } from "hyparquet";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * How values of a Parquet file are read: texts only if they are UTF-8, and times as ISO 8601 with all their
 * digits.
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
      return JSON.parse(text);
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

/** Decimal numbers of at most this many digits are exact as JavaScript numbers, in that they are written the same. */
const exactDigits = 15;

/**
 * How to read the values of a column that hyparquet would round or leave without a unit: decimal numbers, and times
 * of day. The element is changed, so that hyparquet returns the stored values.
 *
 * @returns null for all other columns
 */
export function exactValues(element: SchemaElement): ((value: unknown) => unknown) | null {
  const { converted_type, logical_type, scale = 0 } = element;
  let convert: ((stored: bigint) => unknown) | null = null;
  if (converted_type === "DECIMAL" || logical_type?.type === "DECIMAL") {
    convert = (stored) => decimalOf(stored, logical_type?.type === "DECIMAL" ? logical_type.scale : scale);
  } else if (converted_type === "TIME_MILLIS" || converted_type === "TIME_MICROS") {
    convert = (stored) => timeOfDay(stored, converted_type === "TIME_MILLIS" ? 3 : 6);
  } else if (logical_type?.type === "TIME") {
    const digits = { MILLIS: 3, MICROS: 6, NANOS: 9 }[logical_type.unit];
    convert = (stored) => timeOfDay(stored, digits);
  }
  if (convert === null) return null;
  delete element.converted_type;
  delete element.logical_type;
  const read = convert;
  return (value) => {
    const stored = value instanceof Uint8Array ? bigEndian(value) : value;
    return typeof stored === "bigint" || typeof stored === "number" ? read(BigInt(stored)) : value;
  };
}

/** A signed integer in two's complement, most significant byte first. */
function bigEndian(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return hex === "" ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`));
}

/** A number if it is exact, else a text with all digits; a bigint if there is no fraction. */
function decimalOf(stored: bigint, scale: number): number | bigint | string {
  if (scale <= 0) return stored * 10n ** BigInt(-scale);
  const digits = String(stored < 0n ? -stored : stored).padStart(scale + 1, "0");
  const text = `${stored < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return digits.length <= exactDigits ? Number(text) : text;
}

/** @param digits number of digits of a second's fraction that `stored` counts */
function timeOfDay(stored: bigint, digits: number): string | bigint {
  const time = isoTime(stored, digits);
  return typeof time === "string" ? time.slice("1970-01-01T".length, -"Z".length) : time;
}
