import { RunFileError } from "../runSource.js";
import { shownValue, type TableReader } from "./tableReader.js";

/** @throws RunFileError if a table lacks a column that is used */
export function requireColumns({ columns }: TableReader, used: string[], shownPath: string): void {
  const missing = used.find((column) => !columns.includes(column));
  if (missing === undefined) return;
  const shown = columns.slice(0, 20).map((column) => shownValue(column));
  const more = columns.length > shown.length ? `, and ${columns.length - shown.length} more` : "";
  throw new RunFileError(
    `${shownPath} has no column ${JSON.stringify(missing)}. It has: ${shown.join(", ")}${more}.`,
  );
}
