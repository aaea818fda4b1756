import { mostModels } from "../database/recording/runRecord.js";
import type { SourceRun } from "./runSource.js";
import { SkippedTally } from "./skippedTally.js";

/**
 * Yields the runs that have no more models than a run may have; the others are left out, and counted with the run after
 * them.
 *
 * @returns what was left out after the last run
 */
export function* runsOfFewModels(runs: Iterable<SourceRun>): Generator<SourceRun, SkippedTally> {
  let leftOut = new SkippedTally();
  for (const run of runs) {
    if (run.record.network.length > mostModels) {
      run.leaveOut(leftOut, `it has more than ${mostModels} models`);
      continue;
    }
    run.leftOutBefore = leftOut;
    leftOut = new SkippedTally();
    yield run;
  }
  return leftOut;
}
