import { isUtf8 } from "node:buffer";
import { isQuotedNumber, parseJsonOfVector } from "./exactJson.js";
import { isMissing, vectorOf } from "./vectorValue.js";

/**
 * Fewest numbers by which whole numbers and base64 are known to be a vector: shorter lists and words may be anything.
 */
export const fewestNumbers = 16;

/** What looks like a vector, whether or not it can be recorded as one. */
interface SeemingVector {
  length: number;
  /** Whether some of its numbers are not whole. */
  hasFraction: boolean;
  /** Whether it can be read: Python has not printed it, and no number is missing. */
  isReadable: boolean;
}

/** How many of a column's values are vectors, "all" if they can be read; "unknown" if it has no value. */
export type VectorShare = "all" | "most" | "few" | "unknown";

/**
 * Other bytes, and words as base64, have numbers above the first if they are read as float32; if they are whole numbers,
 * most are below the second, but not 0.
 */
const largestOfBytes = 1000;
const smallestOfBytes = 1e-6;

/** Fewest numbers of a list that looks like a vector. */
const fewestOfList = 2;

/**
 * What a value has of a vector: of a list of numbers, in which some may be missing, of JSON or Python's print of one, or
 * of base64.
 *
 * @returns "missing" if there is no value or the list is empty; null if the value is something else
 */
export function seemingVector(value: unknown): SeemingVector | "missing" | null {
  if (isMissing(value)) return "missing";
  const numbers = numbersOf(value);
  if (numbers === null) return null;
  if (numbers.length === 0) return "missing";
  if (numbers.length < fewestOfList) return null;
  let hasFraction = false;
  for (let i = 0; i < numbers.length && !hasFraction; i++) {
    hasFraction = Number.isFinite(numbers[i]) && !Number.isInteger(numbers[i]);
  }
  const isReadable = vectorOf(value) instanceof Float32Array;
  return { length: numbers.length, hasFraction, isReadable };
}

/** @returns null if the value is not a list of numbers; a number that is missing is NaN */
function numbersOf(value: unknown): ArrayLike<number> | null {
  if (Array.isArray(value)) return ofList(value);
  if (value instanceof Float32Array || value instanceof Float64Array) return value;
  if (typeof value !== "string") return ofBytes(value);
  const text = value.trim();
  if (text.startsWith("[")) {
    try {
      return ofList(parseJsonOfVector(text) as unknown[]);
    } catch {
      // It may be what Python prints.
    }
  }
  const printed = printedNumbers(text);
  if (printed === null) return ofBytes(text);
  // A pair in parentheses may be anything, such as a place on a map.
  return printed.isTuple && printed.numbers.length < fewestNumbers ? null : printed.numbers;
}

function ofList(list: unknown[]): number[] | null {
  const numbers: number[] = [];
  for (const item of list) {
    if (item === null || item === undefined) numbers.push(Number.NaN);
    else if (typeof item === "number" || typeof item === "bigint" || isQuotedNumber(item)) {
      numbers.push(Number(item));
    } else return null;
  }
  return numbers;
}

/** Of bytes or base64, which any word may be, only what has many numbers of the size that vectors have. */
function ofBytes(value: unknown): Float32Array | null {
  if (value instanceof Uint8Array && isUtf8(value)) return null;
  const vector = vectorOf(value);
  if (!(vector instanceof Float32Array) || vector.length < fewestNumbers) return null;
  let [small, others] = [0, 0];
  for (const number of vector) {
    const size = Math.abs(number);
    if (!(size <= largestOfBytes)) return null;
    if (size >= smallestOfBytes) others++;
    else if (size > 0) small++;
  }
  return small <= others ? vector : null;
}

/** Whether a value is a text that Python has printed of a vector. */
export function isPrintedVector(value: unknown): boolean {
  if (typeof value !== "string" || vectorOf(value) instanceof Float32Array) return false;
  const printed = printedNumbers(value.trim());
  return printed !== null && printed.numbers.length >= fewestOfList;
}

const wrappedNumber = /\bnp\.float\d+\(([^()]*)\)/g;
/** A number, or the three points in place of those that NumPy leaves out. */
const printedNumber = /^(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[-+]?nan|[-+]?inf|\.{3})$/i;

/**
 * The numbers in an array, a list or a tuple as Python and NumPy print them; null if a text is anything else. Numbers that
 * are left out or are not finite are NaN.
 */
function printedNumbers(text: string): { numbers: number[]; isTuple: boolean } | null {
  if (!/^(?:\[|\(|(?:np\.)?(?:array|tensor)\()/.test(text)) return null;
  const plain = text.replace(wrappedNumber, "$1");
  const [, name, inside = plain] = /^((?:np\.)?(?:array|tensor))?\(([^()]*)\)$/.exec(plain) ?? [];
  const values = inside.replace(/,\s*[a-z_]+=[^,]*/g, ""); // such as dtype=float32
  const [, list] = /^\s*\[([^[\]]*)\]\s*,?\s*$/.exec(values) ?? [];
  const words = (list ?? values).split(/[\s,]+/).filter((word) => word !== "");
  if (!words.every((word) => printedNumber.test(word))) return null;
  return { numbers: words.map(Number), isTuple: name === undefined && list === undefined };
}
