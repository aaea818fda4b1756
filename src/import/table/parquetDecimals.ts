import type { SchemaElement, SchemaTree } from "hyparquet";

/** Number of significant decimal digits that every JavaScript number can hold. */
const exactDigits = 15;

/** Number of bytes that no writer's decimals exceed, and of the digits that they can hold. */
const mostBytes = 64;
const mostDigits = 154;

/** Whether hyparquet would read values as decimals, which it rounds to JavaScript numbers. */
export function isDecimal({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === "DECIMAL" || logical_type?.type === "DECIMAL";
}

/**
 * What is wrong with a column of decimals; null if nothing is. Its digits are padded with zeros up to the scale, so a
 * damaged scale could take all memory.
 */
export function faultOfDecimals({ element }: SchemaTree): string | null {
  const { scale, precision } = decimalOf(element);
  if (scale >= 0 && scale <= precision) return null;
  return `column ${element.name} has decimals of ${precision} digits, of which ${scale} are after the point`;
}

function decimalOf({ logical_type, ...element }: SchemaElement): { scale: number; precision: number } {
  const logical = logical_type?.type === "DECIMAL" ? logical_type : undefined;
  const precision = element.precision ?? logical?.precision ?? 0;
  return { scale: element.scale ?? logical?.scale ?? 0, precision: Math.min(precision, mostDigits) };
}

/** Whether each value of a column is one decimal. */
export function isColumnOfDecimals({ element, children }: SchemaTree): boolean {
  return children.length === 0 && element.repetition_type !== "REPEATED" && isDecimal(element);
}

/**
 * Makes hyparquet return the decimals of columns as they are stored, for `exactDecimal`.
 * @param columns of a file's schema; those of decimals are changed
 * @returns the number of digits after the point, by the name of the column
 */
export function readDecimalsAsStored(columns: SchemaTree[]): Map<string, number> {
  const scales = new Map<string, number>();
  for (const { element } of columns.filter(isColumnOfDecimals)) {
    scales.set(element.name, decimalOf(element).scale);
    delete element.converted_type;
    delete element.logical_type;
  }
  return scales;
}

/**
 * @param stored digits without the point: an integer, or its bytes, the highest first, as two's complement
 * @param scale number of these digits that are after the point
 * @returns a bigint if the scale is 0; otherwise a number if it holds all digits, or else a text; the bytes if
 *   there are too many
 */
export function exactDecimal(stored: unknown, scale: number): bigint | number | string | Uint8Array | null {
  if (stored === null || stored === undefined) return null;
  if (stored instanceof Uint8Array && stored.length > mostBytes) return stored;
  const digits = stored instanceof Uint8Array ? ofBytes(stored) : BigInt(stored as number | bigint);
  if (scale === 0) return digits;
  const sign = digits < 0n ? "-" : "";
  const all = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
  const fraction = withoutZerosAtEnd(all.slice(-scale));
  const text = `${sign}${all.slice(0, -scale)}${fraction && `.${fraction}`}`;
  return text.replace(/^-?[0.]*|\./g, "").length <= exactDigits ? Number(text) : text;
}

function withoutZerosAtEnd(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === "0") end--;
  return digits.slice(0, end);
}

function ofBytes(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
}
