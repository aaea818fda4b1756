import type { ImportReport } from "../importReport.js";
import { type ImportDestination, type ImportOptions, runImport } from "../importThreads.js";

/**
 * Imports a database or a dump of ANUcybernetics/panic-tda, of any size, run by run. Importing it again
 * adds only what is new; this also completes an import that was stopped or crashed, since each run is
 * recorded completely or not at all.
 *
 * @param path of the SQLite file, or of the directory of Parquet files, which are only read
 * @throws RunFileError if it is neither such a database nor such a dump, or cannot be read; the signal's reason if it is
 *   aborted
 */
export function importPanicTda(
  destination: ImportDestination,
  path: string,
  options?: ImportOptions,
): Promise<ImportReport> {
  return runImport(destination, "importPanicTda", path, path, options);
}
