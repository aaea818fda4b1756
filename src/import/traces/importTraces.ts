import type { ImportReport } from "../importReport.js";
import { type ImportDestination, type ImportOptions, runImport } from "../importThreads.js";
import type { TraceOptions } from "./traceOptions.js";

/**
 * Imports traces of an LLM application, of any size and in any order. Importing them again adds only what is new; this
 * also completes an import that was stopped or crashed, since each run is recorded completely or not at all.
 *
 * @throws RunFileError if the file cannot be read; the signal's reason if it is aborted
 */
export function importTraces(
  destination: ImportDestination,
  traces: TraceOptions,
  options?: ImportOptions,
): Promise<ImportReport> {
  return runImport(destination, "importTraces", traces.path, traces, options);
}
