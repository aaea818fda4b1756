import { listedEdges } from "./candidateEdges.js";
import type { CoreDistances } from "./coreDistances.js";
import { joiningEdges } from "./joinedForest.js";
import type { Kernel } from "./kernel.js";
import { missingEdges } from "./missingEdges.js";
import { openRows } from "./openRows.js";
import type { QuantisedRows } from "./quantisedRows.js";
import { spanningForest } from "./spanningForest.js";
import type { Team } from "./team.js";

/** A minimum spanning tree of mutual reachability: m−1 edges between distinct points, ascending by height. */
export interface SpanningTree {
  a: Int32Array;
  b: Int32Array;
  height: Float64Array;
}

/**
 * The minimum spanning tree of mutual reachability (Campello et al. 2015, definition 2, with distances
 * divided by alpha): a forest of the listed pairs, made one tree, and then corrected by whatever the lists
 * cannot rule out. Which of the minimal trees it is may depend on the order of the rows; its heights, and
 * its components at every height, do not.
 *
 * @param onOpenRows called with the share of the search for missing edges that is done
 */
export function spanningTree(
  rows: QuantisedRows,
  cores: CoreDistances,
  alpha: number,
  kernel: Kernel,
  team: Team,
  onOpenRows: (done: number, of: number) => void,
): { tree: SpanningTree; pairs: number } {
  const { count, pointAt } = rows;
  const { core } = cores;
  let forest = spanningForest(rows, core, alpha, listedEdges(rows, cores, alpha));
  if (forest.count < count - 1) {
    forest = spanningForest(rows, core, alpha, joiningEdges(rows, forest, core, alpha, kernel), forest);
  }
  const open = openRows(count, forest, cores, alpha);
  const { edges, pairs } = missingEdges(rows, core, alpha, open, team, onOpenRows);
  if (edges.count > 0) forest = spanningForest(rows, core, alpha, edges, forest);
  return {
    tree: {
      a: forest.a.map((place) => pointAt[place]),
      b: forest.b.map((place) => pointAt[place]),
      height: forest.height,
    },
    pairs,
  };
}

/** The sum of the heights, in ascending order. */
export function treeWeight(tree: SpanningTree): number {
  let sum = 0;
  for (const height of tree.height) sum += height;
  return sum;
}
