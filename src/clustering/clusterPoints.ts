import { selectClusters } from "./clusterSelection.js";
import { condensedTree, stability } from "./condensedTree.js";
import { coreDistances } from "./coreDistances.js";
import { distinctPoints } from "./distinctPoints.js";
import { outlierScores } from "./glosh.js";
import { medoids } from "./medoids.js";
import { membership } from "./membership.js";
import { mergeTree } from "./mergeTree.js";
import { type HdbscanParameters, InvalidClusteringInputError } from "./parameters.js";
import type { ProgressReporter, Stage, StageShares } from "./progress.js";
import { type SpanningTree, spanningTree, treeWeight } from "./spanningTree.js";

export interface HdbscanResult {
  /** n: each row's cluster, from 0, the largest first; −1 for outliers. */
  labels: Int32Array;
  /** n: strength of membership, 0 to 1; 0 for outliers. */
  probabilities: Float64Array;
  /** n: GLOSH, 0 to 1. */
  outlierScores: Float64Array;
  /** n: number of each row's distinct vector, from 0 in the order of content: equal numbers, equal vectors. */
  distinctPoints: Int32Array;
  /** Per label: the row that is its medoid; of equal rows the first. */
  medoids: Int32Array;
  /** Per label: rows. */
  sizes: Int32Array;
  /** Per label: 0 to 1. */
  persistence: Float64Array;
  /** Sum of the heights of the minimum spanning tree over the distinct points. */
  treeWeight: number;
  /** Every effective value, the defaults resolved. */
  parameters: HdbscanParameters;
}

/** Which part of the run's time each stage takes, roughly. */
export const STAGE_SHARES: Record<Stage, StageShares> = {
  PREPARING: { from: 0, to: 0.02 },
  NEIGHBOURS: { from: 0.02, to: 0.46 },
  SPANNING_TREE: { from: 0.46, to: 0.9 },
  CLUSTERS: { from: 0.9, to: 0.91 },
  MEDOIDS: { from: 0.91, to: 1 },
};

/**
 * HDBSCAN* from rows to medoids; runs to its end on the thread that calls.
 *
 * @param data n·d float32, row-major
 * @throws {InvalidClusteringInputError} rows that are not finite or cannot be scaled; an alpha that drives
 *   heights out of the range of float64
 */
export function clusterPoints(
  data: Float32Array,
  dimensions: number,
  parameters: HdbscanParameters,
  progress: ProgressReporter,
): HdbscanResult {
  const { minClusterSize, minSamples, alpha, metric } = parameters;
  progress.report("PREPARING", 0, 1);
  const points = distinctPoints(data, dimensions, parameters.normalize);
  const { weight, ofRow, firstRow } = points;
  const rows = ofRow.length;
  const m = weight.length;

  const core = coreDistances(points, minSamples, metric, (done) => progress.report("NEIGHBOURS", done, m));
  const tree = spanningTree(points, core, alpha, metric, (done) => progress.report("SPANNING_TREE", done, m));
  rejectUnusableHeights(tree, alpha);

  progress.report("CLUSTERS", 0, 1);
  const condensed = condensedTree(mergeTree(tree, weight), weight, minClusterSize);
  const chosen =
    rows < minClusterSize
      ? new Uint8Array(condensed.clusters)
      : selectClusters(condensed, stability(condensed, weight, Infinity), parameters);
  const { home, probability } = membership(condensed, chosen, parameters.clusterSelectionEpsilon);
  const scores = outlierScores(condensed);

  progress.report("MEDOIDS", 0, 1);
  const members = membersOf(home, condensed.clusters);
  const found = [...members.keys()];
  const memberLists = [...members.values()];
  const medoidPoints = medoids(points, memberLists, probability, metric, (done) =>
    progress.report("MEDOIDS", done, found.length),
  );
  const sizes = memberLists.map((list) => list.reduce((sum, point) => sum + weight[point], 0));
  // The largest first; equal sizes by the medoid's content, which its number is in the order of.
  const order = found
    .map((_, k) => k)
    .sort((p, q) => sizes[q] - sizes[p] || medoidPoints[p] - medoidPoints[q]);
  const labelOf = new Int32Array(condensed.clusters).fill(-1);
  order.forEach((k, label) => {
    labelOf[found[k]] = label;
  });
  // As `hdbscan` reports it: a share of the stability that the cluster could have had.
  const finiteStability = stability(condensed, weight, condensed.lambdaMax);
  const persistence = order.map((k) => finiteStability[found[k]] / (sizes[k] * condensed.lambdaMax));

  progress.report("MEDOIDS", 1, 1);
  return {
    labels: ofRow.map((point) => (home[point] < 0 ? -1 : labelOf[home[point]])),
    probabilities: Float64Array.from(ofRow, (point) => probability[point]),
    outlierScores: Float64Array.from(ofRow, (point) => scores[point]),
    distinctPoints: ofRow,
    medoids: Int32Array.from(order, (k) => firstRow[medoidPoints[k]]),
    sizes: Int32Array.from(order, (k) => sizes[k]),
    persistence: Float64Array.from(persistence),
    treeWeight: treeWeight(tree),
    parameters,
  };
}

/** Per cluster that has any: its points, ascending. */
function membersOf(home: Int32Array, clusters: number): Map<number, Int32Array> {
  const counts = new Int32Array(clusters);
  for (const cluster of home) if (cluster >= 0) counts[cluster]++;
  const members = new Map<number, Int32Array>();
  for (let c = 0; c < clusters; c++) if (counts[c] > 0) members.set(c, new Int32Array(counts[c]));
  counts.fill(0);
  for (let point = 0; point < home.length; point++) {
    const cluster = home[point];
    if (cluster >= 0) (members.get(cluster) as Int32Array)[counts[cluster]++] = point;
  }
  return members;
}

/** Distinct float32 rows have distances that float64 holds; only an extreme alpha can spoil them. */
function rejectUnusableHeights(tree: SpanningTree, alpha: number): void {
  const { height } = tree;
  if (height.length === 0) return;
  const least = height[0];
  const most = height[height.length - 1];
  if (!Number.isFinite(most) || !Number.isFinite(1 / least)) {
    throw new InvalidClusteringInputError(
      "alpha",
      alpha,
      `alpha ${alpha} drives distances out of the range of numbers: they run from ${least} to ${most}`,
    );
  }
}
