import { setTimeout } from "node:timers/promises";
import type { ImportTarget } from "../database/recording/importTarget.js";
import type { TaskReporter } from "../database/threads/taskReporter.js";

/** Whether a database that the thread has asked for exists. */
export const DatabaseState = { missing: 0, created: 1, failed: 2 } as const;

/** What a thread reports, instead of its progress, when it needs the database. */
export const databaseNeeded = "database needed";

/** Milliseconds between two looks at whether the database has been created. */
const pollMilliseconds = 5;

/**
 * A database that does not exist as the target of an import, which has the thread that started it create the database when
 * it is to write for the first time.
 *
 * @param created the database's state, a DatabaseState, that the other thread sets
 * @param open opens the database once it exists
 */
export function missingTarget(
  created: Int32Array,
  reporter: TaskReporter,
  open: () => ImportTarget,
): ImportTarget {
  let target: ImportTarget | undefined;
  async function existing(): Promise<ImportTarget> {
    if (target) return target;
    reporter.report(databaseNeeded);
    while (Atomics.load(created, 0) === DatabaseState.missing) await setTimeout(pollMilliseconds);
    if (Atomics.load(created, 0) === DatabaseState.failed) throw new Error("The database was not created.");
    target = open();
    return target;
  }
  return {
    comparesFirst: true,
    dimensions: async () => (target ? target.dimensions() : new Map()),
    storedRuns: async (ids) => (target ? target.storedRuns(ids) : new Set()),
    storedImageLengths: async (ids) => (target ? target.storedImageLengths(ids) : new Map()),
    read: async (compare) => (await existing()).read(compare),
    write: async (record) => (await existing()).write(record),
    get pauseMilliseconds() {
      return target?.pauseMilliseconds ?? 0;
    },
  };
}
