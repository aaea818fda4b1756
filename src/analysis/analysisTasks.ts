// Runs on a database thread: the tasks that `createAnalyses` requests by name.
import { workerData } from "node:worker_threads";
import { readingTasks } from "../database/readingTasks.js";
import type { DatabaseThreadData } from "../database/threads/databaseThreads.js";
import { serveTasks } from "../database/threads/taskThread.js";
import { spanningTreeOf } from "../jobs/clustering/spanningTreeBytes.js";
import { lowerThreadPriority } from "../runtime/threadPriority.js";
import { assignVectors } from "./assignment/assignVectors.js";
import { loadPointVectors } from "./assignment/pointVectors.js";
import { compare, readOverlaps } from "./comparison.js";
import { membershipsOfResult } from "./memberships/membershipsOfResult.js";
import { nearestOfResult } from "./neighbours/nearestOfResult.js";
import { type LoadedTree, loadTree } from "./tree/loadedTree.js";
import { pointsOfResult } from "./tree/pointsOfResult.js";
import { type InputOf, type OutputOf, type TreeAnalyses, treeAnalyses } from "./tree/treeAnalyses.js";

/** An analysis to run, with its input. */
export type AnalysisRequest<Name extends keyof TreeAnalyses> = {
  name: Name;
  tree: LoadedTree;
  input: InputOf<Name>;
};

lowerThreadPriority(); // requests that only read a page are served first
const task = readingTasks(workerData as DatabaseThreadData);

async function analyse<Name extends keyof TreeAnalyses>(
  { name, tree, input }: AnalysisRequest<Name>,
  throwIfStopped: () => void,
): Promise<OutputOf<Name>> {
  const run = treeAnalyses[name] as (
    tree: ReturnType<typeof spanningTreeOf>,
    input: InputOf<Name>,
    throwIfStopped: () => void,
  ) => OutputOf<Name>;
  throwIfStopped();
  return run(spanningTreeOf(tree.id, tree.bytes), input, throwIfStopped);
}

serveTasks({
  loadTree: task(loadTree),
  pointsOfResult: task(pointsOfResult),
  nearestOfResult: task(nearestOfResult),
  membershipsOfResult: task(membershipsOfResult),
  loadPointVectors: task(loadPointVectors),
  assignVectors: task(assignVectors),
  compareOverlaps: task(async (overlaps: string, _, __, { throwIfStopped }) =>
    compare(readOverlaps(overlaps), throwIfStopped),
  ),
  analyse: task((request: AnalysisRequest<keyof TreeAnalyses>, _, __, { throwIfStopped }) =>
    analyse(request, throwIfStopped),
  ),
});
