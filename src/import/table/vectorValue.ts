import { isQuotedNumber } from "./exactJson.js";

/** How tables that are written as text say that a value is missing. */
const missing = /^(?:null|none|nan|n\/a|<na>)?$/i;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The vector that a value of a table holds: a list of numbers, a JSON list of numbers as text, or float32
 * numbers as little-endian bytes or their base64.
 *
 * @returns the reason if the value is not a vector
 */
export function vectorOf(value: unknown): Float32Array | string {
  if (value === null || value === undefined || value === "") return "it has no vector";
  if (value instanceof Float32Array) return value;
  if (Array.isArray(value)) return ofNumbers(value);
  if (value instanceof Uint8Array) return ofBytes(value);
  if (typeof value !== "string") return "its vector is not a list of numbers";
  const text = value.trim();
  if (text.startsWith("[")) {
    try {
      return ofNumbers(JSON.parse(text));
    } catch {
      // NumPy prints its arrays without commas.
      return /\bnan\b|\binf/i.test(text)
        ? "its vector holds NaN or infinity"
        : "its vector is not a valid JSON list";
    }
  }
  if (missing.test(text)) return "it has no vector";
  const bytes = base64.test(text) ? Buffer.from(text, "base64") : null;
  if (bytes === null || bytes.length % 4 !== 0)
    return "its vector is neither a JSON list nor base64 of float32 numbers";
  return ofBytes(bytes);
}

function ofNumbers(numbers: unknown[]): Float32Array | string {
  const vector = new Float32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const number = isQuotedNumber(numbers[i]) ? Number(numbers[i]) : numbers[i];
    if (typeof number !== "number") {
      return number === null || number === undefined
        ? "its vector has a null among its numbers"
        : "its vector is not a list of numbers";
    }
    vector[i] = number;
    if (Number.isFinite(number) && !Number.isFinite(vector[i]))
      return "its vector has a number beyond float32";
  }
  return vector;
}

function ofBytes(bytes: Uint8Array): Float32Array | string {
  if (bytes.length % 4 !== 0) return "its vector's bytes are not whole float32 numbers";
  const aligned = new Uint8Array(bytes); // at the start of a buffer of its own
  return new Float32Array(aligned.buffer);
}
