import { approximateNeighbours, approximatePairs } from "./approximateNeighbours.js";
import { coreDistances } from "./coreDistances.js";
import type { DistinctPoints } from "./distinctPoints.js";
import { kernelFor } from "./kernel/kernel.js";
import type { Metric } from "./metric.js";
import { findNearestNeighbours, listedNeighbours } from "./nearestNeighbours.js";
import type { HdbscanParameters } from "./parameters.js";
import { projectRows } from "./projectedRows.js";
import { type QuantisedRows, quantisedRows } from "./quantisedRows.js";
import { type SpanningTree, spanningTree } from "./spanningTree.js";
import type { Team } from "./team.js";
import { sortIntoTiles } from "./tiles.js";

export interface TreeOfPoints {
  tree: SpanningTree;
  /** Per point: its core distance. */
  coreDistances: Float64Array;
  /** The points as the kernel reads them, with the bounds that the pass over their pairs left. */
  rows: QuantisedRows;
  /** Number of pairs that the kernel computed. */
  pairsComputed: number;
}

export interface TreeListeners {
  /** @param portable whether the portable kernel computes, because the memory is too large for WebAssembly */
  onKernel: (portable: boolean) => void;
  /** Called when the rows are ready for the pass over their pairs. */
  onPrepared: () => void;
  onNeighbours: (done: number, of: number) => void;
  onSpanningTree: (done: number, of: number) => void;
  /** Called at the end of each step, with its name. */
  onStep: (step: string) => void;
}

/**
 * Computes the minimum spanning tree of mutual reachability of distinct points, from nothing.
 *
 * @param approximate whether neighbours are searched approximately
 */
export function treeOfPoints(
  points: DistinctPoints,
  metric: Metric,
  { minSamples, alpha }: Pick<HdbscanParameters, "minSamples" | "alpha">,
  approximate: boolean,
  team: Team,
  { onKernel, onPrepared, onNeighbours, onSpanningTree, onStep }: TreeListeners,
): TreeOfPoints {
  const count = points.weight.length;
  const rows = quantisedRows(points, metric, listedNeighbours(count, minSamples), team, approximate);
  const kernel = kernelFor(rows.memory, team.module);
  onKernel(rows.memory instanceof SharedArrayBuffer);
  onStep("quantisedRows");
  onPrepared();
  sortIntoTiles(rows, team);
  onStep("tiles");
  projectRows(rows, team);
  onStep("projectedRows");

  onNeighbours(0, 1);
  let passed = approximatePairs(count);
  if (approximate) approximateNeighbours(rows, team, onNeighbours);
  else passed = findNearestNeighbours(rows, team, onNeighbours);
  onStep("nearestNeighbours");
  onSpanningTree(0, 1);
  const cores = coreDistances(rows, minSamples, approximate, team);
  onStep("coreDistances");
  onSpanningTree(1, 4);
  // Three quarters of the stage are over when the search for missing edges begins.
  const { tree, pairs } = spanningTree(rows, cores, alpha, approximate, kernel, team, (done, of) =>
    onSpanningTree(3 * of + done, 4 * of),
  );
  onStep("spanningTree");
  const coreOf = new Float64Array(count);
  for (let place = 0; place < count; place++) coreOf[rows.pointAt[place]] = cores.core[place];
  return { tree, coreDistances: coreOf, rows, pairsComputed: passed + pairs };
}
