import { condensedTree, stability } from "./condensedTree.js";
import { type DistinctPoints, distinctPoints, distinctSources } from "./distinctPoints.js";
import { flatClustering } from "./flatClustering.js";
import { requireTreeOf } from "./givenTree.js";
import { outlierScores } from "./glosh.js";
import type { HdbscanResult, RunFacts } from "./hdbscanResult.js";
import { InvalidClusteringInputError } from "./invalidClusteringInput.js";
import { type SubsetSizes, subsetSizes } from "./layout/subsetSizes.js";
import { linkageTree } from "./linkageTree.js";
import { medoids } from "./medoids/medoids.js";
import type { Members } from "./membership.js";
import type { Metric } from "./metric.js";
import type { HdbscanParameters } from "./parameters.js";
import { clusteringStages, type Progress, ProgressReporter } from "./progress.js";
import { LEAF, quantisedRows } from "./quantisedRows.js";
import { expectedStageTimes } from "./reduction/reducedTimes.js";
import { reducePoints } from "./reduction/reducePoints.js";
import type { ReductionParameters } from "./reduction/reductionParameters.js";
import { sharedArray } from "./sharedArray.js";
import { type SpanningTree, treeWeight } from "./spanningTree.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";
import type { Team } from "./team.js";
import { type TreeOfPoints, treeOfPoints } from "./treeOfPoints.js";

export interface RunOptions {
  /** The spanning tree of these rows with these minSamples, alpha, metric and reduction, if it is known. */
  spanningTree?: SpanningTreeOfRows;
  /**
   * Of a reduction by a layout.
   *
   * @default subsetSizes
   */
  sizes?: SubsetSizes;
  onProgress?: (progress: Progress) => void;
  /** Called when the run is over, with what it did. */
  onFacts?: (facts: RunFacts) => void;
}

/**
 * Runs HDBSCAN* from rows to medoids, synchronously, on the calling thread with the help of its team.
 *
 * @param data n·d float32, row-major
 * @throws {InvalidClusteringInputError} for a row that is not finite or cannot be scaled; for an alpha that
 *   drives heights out of the range of float64
 */
export function clusterPoints(
  data: Float32Array,
  dimensions: number,
  parameters: HdbscanParameters,
  team: Team,
  {
    spanningTree: given,
    sizes: layoutSizes = subsetSizes,
    onProgress = () => {},
    onFacts = () => {},
  }: RunOptions = {},
): HdbscanResult {
  const { minClusterSize, alpha } = parameters;
  const started = performance.now();
  const times: Record<string, number> = {};
  const lap = (step: string): void => {
    times[step] = performance.now() - started;
  };
  const progress = new ProgressReporter(clusteringStages, onProgress);
  const rowCount = data.length / dimensions;
  const approximateRequested = parameters.algorithm === "APPROXIMATE_HDBSCAN";
  const expect = (distinct: number, approximate: boolean, portable: boolean): void => {
    const { threads } = team;
    const all = expectedStageTimes(
      rowCount,
      distinct,
      dimensions,
      parameters,
      threads,
      approximate,
      portable,
    );
    progress.expect(given === undefined ? all : { ...all, NEIGHBOURS: 0, SPANNING_TREE: 0 });
  };
  expect(rowCount, approximateRequested && rowCount > LEAF, team.module === null);
  progress.report("PREPARING", 0, 1);
  const toCluster = pointsToCluster(data, dimensions, parameters, layoutSizes, team, {
    onPrepared: (done, of) => progress.report("PREPARING", done, 2 * of),
    onReduced: (done, of) => progress.report("REDUCING", done, of),
  });
  const { points, numberOf, metric, reduction, placedRows } = toCluster;
  lap("distinctPoints");
  const { weight, ofRow, firstRow } = points;
  const n = ofRow.length;
  const m = weight.length;
  const approximate = approximateRequested && m > LEAF;
  const { tree, coreDistances, rows, pairsComputed } =
    given !== undefined
      ? takenTree(given, points, metric, parameters, approximate, team)
      : treeOfPoints(points, metric, parameters, approximate, team, {
          onKernel: (portable) => expect(m, approximate, portable),
          onPrepared: () => reduction === null && progress.report("PREPARING", 0.75, 1),
          onNeighbours: (done, of) => progress.report("NEIGHBOURS", done, of),
          onSpanningTree: (done, of) => progress.report("SPANNING_TREE", done, of),
          onStep: lap,
        });
  rejectUnusableHeights(tree, alpha);

  progress.report("CLUSTERS", 0, 1);
  const condensed = condensedTree(linkageTree(tree, weight), weight, minClusterSize);
  const { home, probability } = flatClustering(condensed, weight, minClusterSize, parameters);
  const scores = outlierScores(condensed);
  const { found, members } = membersOf(home, condensed.clusters);
  lap("clusters");

  progress.report("MEDOIDS", 0, 1);
  const medoidPoints = medoids(points, rows, members, probability, approximate, team, (done, of) =>
    progress.report("MEDOIDS", done, of),
  );
  const sizes = found.map((_, c) => {
    let size = 0;
    for (let at = members.first[c]; at < members.first[c + 1]; at++) size += weight[members.points[at]];
    return size;
  });
  const medoidRows = found.map((_, c) => firstRow[medoidPoints[c]]);
  // The largest cluster first; clusters of equal size in the order of their medoids' content, which is the
  // order of the numbers of distinct rows.
  const order = found
    .map((_, c) => c)
    .sort((p, q) => sizes[q] - sizes[p] || numberOf[medoidRows[p]] - numberOf[medoidRows[q]]);
  const labelOf = new Int32Array(condensed.clusters).fill(-1);
  order.forEach((c, label) => {
    labelOf[found[c]] = label;
  });
  // `hdbscan` reports persistence as the share of the stability that the cluster could have had.
  const finiteStability = stability(condensed, weight, condensed.lambdaMax);
  const persistence = order.map((c) => finiteStability[found[c]] / (sizes[c] * condensed.lambdaMax));

  const labels = new Int32Array(n);
  const probabilities = new Float64Array(n);
  const rowScores = new Float64Array(n);
  for (let row = 0; row < n; row++) {
    const point = ofRow[row];
    labels[row] = home[point] < 0 ? -1 : labelOf[home[point]];
    probabilities[row] = probability[point];
    rowScores[row] = scores[point];
  }
  lap("medoids");
  onFacts({
    distinctPoints: m,
    pairsComputed,
    pairs: (m * (m - 1)) / 2,
    times,
  });
  progress.report("MEDOIDS", 1, 1);
  return {
    labels,
    probabilities,
    outlierScores: rowScores,
    distinctPoints: numberOf,
    medoids: Int32Array.from(order, (c) => medoidRows[c]),
    sizes: Int32Array.from(order, (c) => sizes[c]),
    persistence: Float64Array.from(persistence),
    treeWeight: treeWeight(tree),
    spanningTree: {
      points: ofRow,
      weights: weight.slice(),
      coreDistances,
      firstEnds: tree.a,
      secondEnds: tree.b,
      heights: tree.height,
    },
    placedRows,
    parameters: { ...parameters, reduction },
  };
}

interface PointsToCluster {
  points: DistinctPoints;
  /** n: the number of each row's distinct row, in the order of content, before it was reduced. */
  numberOf: Int32Array;
  metric: Metric;
  reduction: ReductionParameters | null;
  /** Number of input rows that the reduction placed among rows that were laid out. */
  placedRows: number;
}

/** The distinct rows, reduced if requested. Reduced rows are compared by their Euclidean distance. */
function pointsToCluster(
  data: Float32Array,
  dimensions: number,
  { normalize, metric, reduction }: HdbscanParameters,
  sizes: SubsetSizes,
  team: Team,
  listeners: Record<"onPrepared" | "onReduced", (done: number, of: number) => void>,
): PointsToCluster {
  if (reduction === null) {
    const points = distinctPoints(data, dimensions, normalize, team, listeners.onPrepared);
    return { points, numberOf: points.ofRow, metric, reduction, placedRows: 0 };
  }
  const sources = distinctSources(data, dimensions, normalize, team, listeners.onPrepared);
  listeners.onReduced(0, 1);
  const reduced = reducePoints(sources, metric, reduction, sizes, team, listeners.onReduced);
  return { ...reduced, numberOf: sources.ofRow, metric: "EUCLIDEAN" };
}

/**
 * The tree that is given, and the points as the search for medoids reads them, without bounds of their pairs.
 *
 * @throws {InvalidClusteringInputError} for a tree of other points or parameters
 */
function takenTree(
  given: SpanningTreeOfRows,
  points: DistinctPoints,
  metric: Metric,
  parameters: HdbscanParameters,
  approximate: boolean,
  team: Team,
): TreeOfPoints {
  requireTreeOf(given, points, metric, parameters, approximate);
  const { firstEnds, secondEnds, heights, coreDistances } = given;
  const tree = { a: firstEnds, b: secondEnds, height: heights };
  const rows = quantisedRows(points, metric, 1, team, false, 0, false);
  return { tree, coreDistances, rows, pairsComputed: 0 };
}

/** The clusters that have members, in the order of their numbers, and the members of each cluster. */
function membersOf(home: Int32Array, clusters: number): { found: number[]; members: Members } {
  const counts = new Int32Array(clusters);
  for (const cluster of home) if (cluster >= 0) counts[cluster]++;
  const found: number[] = [];
  const first: number[] = [0];
  const next = new Int32Array(clusters);
  let total = 0;
  for (let c = 0; c < clusters; c++) {
    if (counts[c] === 0) continue;
    found.push(c);
    next[c] = total;
    total += counts[c];
    first.push(total);
  }
  const points = sharedArray(Int32Array, total);
  for (let point = 0; point < home.length; point++) if (home[point] >= 0) points[next[home[point]]++] = point;
  return { found, members: { points, first: Int32Array.from(first) } };
}

/**
 * Distances between distinct float32 rows, and their sum, are within the range of float64; only an extreme
 * alpha can take them out of it.
 */
function rejectUnusableHeights(tree: SpanningTree, alpha: number): void {
  const { height } = tree;
  if (height.length === 0) return;
  const least = height[0];
  const most = height[height.length - 1];
  if (!Number.isFinite(treeWeight(tree)) || !Number.isFinite(1 / least)) {
    throw new InvalidClusteringInputError(
      "alpha",
      alpha,
      `alpha ${alpha} drives distances out of the range of numbers: they run from ${least} to ${most}`,
    );
  }
}
