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

export function givenTwice(path: string[], value: string | number): RecordConflictError {
  return new RecordConflictError(path, "is given twice.", shown(value));
}

/** A value as a conflict quotes it: JSON, cut to 100 characters. */
export function shown(value: unknown): string {
  return shortenedText(typeof value === "bigint" ? String(value) : JSON.stringify(value), 100);
}
