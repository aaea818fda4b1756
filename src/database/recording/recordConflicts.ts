import { shortenedText } from "../../runtime/shortenedText.js";
import { RecordConflictError } from "../errors/bulkErrors.js";

/** @throws RecordConflictError at the path, if the values differ */
export function requireEqual(
  path: string[],
  given: string | number | bigint | null,
  stored: string | number | bigint | null,
): void {
  if (given !== stored) throw new RecordConflictError(path, `is recorded as ${shown(stored)}.`, shown(given));
}

/**
 * The same for JSON.
 *
 * @throws RecordConflictError at the path, if the texts differ
 */
export function requireEqualJson(path: string[], given: string, stored: string): void {
  if (given === stored) return;
  throw new RecordConflictError(
    path,
    `is recorded as ${shown(JSON.parse(stored))}.`,
    shown(JSON.parse(given)),
  );
}

export function givenTwice(path: string[], value: string | number): RecordConflictError {
  return new RecordConflictError(path, "is given twice.", shown(value));
}

/** A value as a conflict quotes it: JSON, cut to 100 characters. */
export function shown(value: unknown): string {
  return shortenedText(typeof value === "bigint" ? String(value) : JSON.stringify(value), 100);
}
