import type { ImportReport } from "../importReport.js";
import { type ImportDestination, type ImportOptions, runImport } from "../importThreads.js";
import type { TableOptions } from "./tableOptions.js";

/**
 * Imports a table of any size: Parquet, CSV or JSON lines. Importing it again adds only what is new; this also
 * completes an import that was stopped or crashed, since each run is recorded completely or not at all.
 *
 * @throws RunFileError if the table cannot be read; the signal's reason if it is aborted
 */
export function importTable(
  destination: ImportDestination,
  table: TableOptions,
  options?: ImportOptions,
): Promise<ImportReport> {
  return runImport(destination, "importTable", table.path, table, options);
}
