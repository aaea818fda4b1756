import { noCounts } from "./importCounts.js";
import type { SourceRun } from "./runSource.js";
import { SkippedTally } from "./skippedTally.js";

/** What a source has counted of a run of which nothing has been read yet. */
export function emptyTally(): Pick<SourceRun, "read" | "skipped" | "rows"> {
  return { read: noCounts(), skipped: new SkippedTally(), rows: 0 };
}
