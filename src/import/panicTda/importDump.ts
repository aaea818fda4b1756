import type { ImportTarget } from "../../database/recording/importTarget.js";
import type { TaskReporter } from "../../database/threads/taskReporter.js";
import type { ImportReport } from "../importReport.js";
import { importRuns } from "../importRuns.js";
import { panicTdaDumpSource } from "./dump.js";

/** Share of copying the files in the duration of an import, as measured. */
const copyingShare = 0.4;

/**
 * Imports a dump of ANUcybernetics/panic-tda.
 *
 * @throws RunFileError, TaskStoppedError: the runs recorded before stay recorded
 */
export async function importPanicTdaDump(
  target: ImportTarget,
  directory: string,
  reporter: TaskReporter,
): Promise<ImportReport> {
  const part = (from: number, to: number): TaskReporter => ({
    report: (progress) => reporter.report(from + (to - from) * (progress as number)),
    throwIfStopped: () => reporter.throwIfStopped(),
  });
  const source = await panicTdaDumpSource(directory, part(0, copyingShare));
  return importRuns(target, source, part(copyingShare, 1));
}
