import { approximateJoin } from "./approximateJoin.js";
import { approximatePairs } from "./approximateNeighbours.js";
import { listedEdges } from "./candidateEdges.js";
import type { CoreDistances } from "./coreDistances.js";
import { joiningEdges } from "./joinedForest.js";
import type { Kernel } from "./kernel/kernelInterface.js";
import { missingEdges } from "./missingEdges.js";
import { type OpenRows, openRows } from "./openRows.js";
import type { QuantisedRows } from "./quantisedRows.js";
import { type SpanningForest, spanningForest } from "./spanningForest.js";
import type { Team } from "./team.js";

/** A minimum spanning tree of mutual reachability: m−1 edges between distinct points, ascending by height. */
export interface SpanningTree {
  a: Int32Array;
  b: Int32Array;
  height: Float64Array;
}

/**
 * The minimum spanning tree of mutual reachability (Campello et al. 2015, definition 2, with distances
 * divided by alpha): a forest of the listed pairs, joined to one tree, and then corrected by the pairs that
 * the lists cannot rule out. Which of several minimum spanning trees it is may depend on the order of the
 * rows; its heights, and its components at every height, do not.
 *
 * In the approximate mode the lists may be incomplete; the parts of their forest are joined where they seem
 * to be nearest, and the tree is corrected as far as the limits below allow.
 *
 * @param onOpenRows called with the share of the search for missing edges that is done
 */
export function spanningTree(
  rows: QuantisedRows,
  cores: CoreDistances,
  alpha: number,
  approximate: boolean,
  kernel: Kernel,
  team: Team,
  onOpenRows: (done: number, of: number) => void,
): { tree: SpanningTree; pairs: number } {
  const { count } = rows;
  const { core } = cores;
  let forest = spanningForest(rows, core, alpha, listedEdges(rows, cores, alpha));
  if (approximate) {
    while (forest.count < count - 1) {
      forest = spanningForest(
        rows,
        core,
        alpha,
        approximateJoin(rows, forest, core, alpha, team.module),
        forest,
      );
    }
  } else if (forest.count < count - 1) {
    forest = spanningForest(rows, core, alpha, joiningEdges(rows, forest, core, alpha, kernel), forest);
  }
  const open = approximate
    ? affordableRows(rows, forest, cores, alpha)
    : openRows(count, forest, cores, alpha);
  const { edges, pairs } = missingEdges(rows, core, alpha, open, team, onOpenRows);
  if (edges.count > 0) forest = spanningForest(rows, core, alpha, edges, forest);
  return { tree: betweenPoints(rows, forest), pairs };
}

/** Numbers of rows per merge that the approximate mode may open; the first that its limits allow is used. */
const OPEN_PER_MERGE = [Infinity, 16, 4, 1, 0];
/** The most pairs that opened rows may cost: a share of the pairs that were computed before, or this many pairs if that is more. */
const AFFORDABLE = 0.25;
const AFFORDABLE_PAIRS = 5e7;

function affordableRows(
  rows: QuantisedRows,
  forest: SpanningForest,
  cores: CoreDistances,
  alpha: number,
): OpenRows {
  const most = Math.max(AFFORDABLE * approximatePairs(rows.count), AFFORDABLE_PAIRS) / rows.count;
  for (const perMerge of OPEN_PER_MERGE) {
    const open = openRows(rows.count, forest, cores, alpha, perMerge);
    if (open.places.length <= most) return open;
  }
  throw new Error("OPEN_PER_MERGE must end with 0, which opens no row");
}

function betweenPoints({ pointAt }: QuantisedRows, { a, b, height }: SpanningForest): SpanningTree {
  return { a: a.map((place) => pointAt[place]), b: b.map((place) => pointAt[place]), height };
}

/** The sum of the heights, in ascending order. */
export function treeWeight(tree: SpanningTree): number {
  let sum = 0;
  for (const height of tree.height) sum += height;
  return sum;
}
