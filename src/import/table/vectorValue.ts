import { beyondFloat32 } from "../../database/recording/runRecord.js";
import { shortenedText } from "../../runtime/shortenedText.js";
import { vectorFault } from "../vectorFault.js";
import { isQuotedNumber, parseJsonOfVector } from "./exactJson.js";

/** Why a value is not a vector that can be recorded. */
export interface VectorFault {
  reason: string;
  /** The number that is the reason, and its index from 0; absent if it is not a single number. */
  number?: string;
}

/** How tables that are written as text say that a value is missing. */
const missing = /^(?:null|none|nan|n\/a|<na>)?$/i;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Lists of numbers without commas, as NumPy prints arrays, and tuples and arrays as Python prints them. */
const printedByPython = /^(?:\[\s*[-+]?[\d.][^,]*\]$|(?:(?:np\.)?array|tensor)?\(\s*\[?\s*[-+]?[\d.])/;

const asPrinted =
  "its vector is text as Python prints it, not a JSON list: write the table as Parquet, or the vectors by json.dumps([float(x) for x in vector])";
const noListOfNumbers = "its vector is not a list of numbers";
const noValidList = "its vector is not a valid JSON list";
const neitherListNorBase64 = "its vector is neither a JSON list nor base64 of float32 numbers";
const noWholeNumbers = "its vector's bytes are not whole float32 numbers";

/** The reasons for which a value is not a vector at all. */
export const reasonsOfOtherValues: ReadonlySet<string> = new Set([
  ...[asPrinted, noListOfNumbers, noValidList, neitherListNorBase64, noWholeNumbers],
]);

/** Whether a value is one by which tables say that there is none. */
export function isMissing(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === "string" && missing.test(value.trim()));
}

/** Length at which a number in a message is cut off: JSON may have numbers of any length. */
const longestNumber = 40;

/** The vector that a value of a table holds, if it can be recorded. */
export function recordableVector(value: unknown): Float32Array | VectorFault {
  const vector = vectorOf(value);
  if (!(vector instanceof Float32Array)) return vector;
  const reason = vectorFault(vector);
  return reason === null ? vector : { reason };
}

/**
 * The vector that a value of a table holds: a list of numbers, a JSON list of numbers as text, or float32
 * numbers as little-endian bytes or their base64. It may hold NaN or infinity.
 *
 * @returns the reason if the value is not a vector
 */
export function vectorOf(value: unknown): Float32Array | VectorFault {
  if (isMissing(value)) return { reason: "it has no vector" };
  if (value instanceof Float32Array) return value;
  if (Array.isArray(value) || value instanceof Float64Array) return ofNumbers(value);
  if (value instanceof Uint8Array) return ofBytes(value);
  if (typeof value !== "string") return { reason: noListOfNumbers };
  const text = value.trim();
  if (text.startsWith("[")) {
    try {
      return ofNumbers(parseJsonOfVector(text) as unknown[]);
    } catch {
      if (printedByPython.test(text)) return { reason: asPrinted };
      return {
        reason: /\bnan\b|\binf/i.test(text) ? "its vector holds NaN or infinity" : noValidList,
      };
    }
  }
  if (printedByPython.test(text)) return { reason: asPrinted };
  const bytes = base64.test(text) ? Buffer.from(text, "base64") : null;
  if (bytes === null || bytes.length % 4 !== 0) return { reason: neitherListNorBase64 };
  return ofBytes(bytes);
}

function ofNumbers(numbers: ArrayLike<unknown>): Float32Array | VectorFault {
  const vector = new Float32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const given = numbers[i];
    const number = isQuotedNumber(given) ? Number(given) : given;
    if (typeof number !== "number") {
      return number === null || number === undefined
        ? { reason: "its vector has a null among its numbers" }
        : { reason: noListOfNumbers };
    }
    vector[i] = number;
    if (Math.abs(vector[i]) === Number.POSITIVE_INFINITY && (Number.isFinite(number) || number !== given)) {
      return { reason: `its vector holds ${beyondFloat32}`, number: numberAt(i, String(given)) };
    }
  }
  return vector;
}

/** A number and its index, as a message names them. */
function numberAt(index: number, written: string): string {
  return `${shortenedText(written, longestNumber)} at index ${index}`;
}

function ofBytes(bytes: Uint8Array): Float32Array | VectorFault {
  if (bytes.length % 4 !== 0) return { reason: noWholeNumbers };
  const aligned = new Uint8Array(bytes); // at the start of a buffer of its own
  return new Float32Array(aligned.buffer);
}
