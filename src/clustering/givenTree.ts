import { isFloat64Array, isInt32Array } from "node:util/types";
import { disjointSet, find, union } from "./disjointSet.js";
import { distanceOf, distancesFrom } from "./distance.js";
import type { DistinctPoints } from "./distinctPoints.js";
import { fault, InvalidClusteringInputError, typeOf } from "./invalidClusteringInput.js";
import type { Metric } from "./metric.js";
import type { HdbscanParameters } from "./parameters.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";

const kinds = {
  points: { is: isInt32Array, name: "an Int32Array" },
  weights: { is: isInt32Array, name: "an Int32Array" },
  coreDistances: { is: isFloat64Array, name: "a Float64Array" },
  firstEnds: { is: isInt32Array, name: "an Int32Array" },
  secondEnds: { is: isInt32Array, name: "an Int32Array" },
  heights: { is: isFloat64Array, name: "a Float64Array" },
} as const;

/**
 * Reads each array of a tree that a caller gives once, and checks its type and length.
 *
 * @param rows number of rows
 * @throws {InvalidClusteringInputError} "spanningTree", with the name of the array that is wrong in its message
 */
export function checkedTree(tree: SpanningTreeOfRows, rows: number): SpanningTreeOfRows {
  const type = typeOf(tree);
  if (type !== "Object") throw fault("spanningTree", tree, "the spanningTree of a result", type);
  const read = { ...tree };
  for (const [name, { is, name: kind }] of Object.entries(kinds)) {
    const array = read[name as keyof SpanningTreeOfRows];
    if (!is(array)) throw wrong(`its ${name} must be ${kind}; they were ${typeOf(array)}`);
  }
  const count = read.weights.length;
  const lengths = {
    points: rows,
    coreDistances: count,
    firstEnds: Math.max(0, count - 1),
    secondEnds: Math.max(0, count - 1),
    heights: Math.max(0, count - 1),
  };
  for (const [name, length] of Object.entries(lengths)) {
    const had = read[name as keyof SpanningTreeOfRows].length;
    if (had !== length) throw wrong(`its ${name} must have ${length} elements; they had ${had}`);
  }
  return read;
}

/** Components of vectors that may be read to check core distances: a few hundredths of a second. */
const CHECKED_COMPONENTS = 2e7;
/** The number of core distances that are checked at least. */
const CHECKED_AT_LEAST = 4;

/**
 * Checks that a tree is a spanning tree of these points, of these weights, that its heights are their mutual
 * reachability by its core distances, bit for bit, and that some of the core distances are those of `minSamples`: of few
 * points, all. That no tree is shorter, and that the other core distances are right, it does not check: that would take
 * as long as computing them.
 *
 * @param approximate whether core distances may be greater than they are, because the nearest neighbours were missed
 * @throws {InvalidClusteringInputError} "spanningTree"
 */
export function requireTreeOf(
  tree: SpanningTreeOfRows,
  distinct: DistinctPoints,
  metric: Metric,
  { alpha, minSamples }: Pick<HdbscanParameters, "alpha" | "minSamples">,
  approximate: boolean,
): void {
  const { rows, dimensions, weight, ofRow } = distinct;
  const { points, weights, coreDistances, firstEnds, secondEnds, heights } = tree;
  const count = weight.length;
  if (weights.length !== count) throw wrong(`it has ${weights.length} points, the rows have ${count}`);
  const otherPoint = points.findIndex((point, row) => point !== ofRow[row]);
  if (otherPoint >= 0) {
    throw wrong(`row ${otherPoint} is point ${ofRow[otherPoint]}, and in it point ${points[otherPoint]}`);
  }
  const otherWeight = weights.findIndex((rowCount, point) => rowCount !== weight[point]);
  if (otherWeight >= 0) throw wrong(`point ${otherWeight} has another number of rows in it`);
  const part = disjointSet(count);
  for (let edge = 0; edge < heights.length; edge++) {
    const a = firstEnds[edge];
    const b = secondEnds[edge];
    const height = heights[edge];
    if (!(a >= 0 && a < count && b >= 0 && b < count)) throw wrong(`its edge ${edge} joins no two points`);
    if (find(part, a) === find(part, b)) throw wrong(`its edge ${edge} closes a circle`);
    union(part, a, b);
    if (edge > 0 && height < heights[edge - 1]) throw wrong(`its edge ${edge} is lower than the one before`);
    const distance = distanceOf(rows, dimensions, a, b, metric) / alpha;
    if (height !== Math.max(distance, coreDistances[a], coreDistances[b])) {
      throw wrong(`its edge ${edge} is not as high as the mutual reachability of its ends`);
    }
  }
  requireCoreDistances(coreDistances, distinct, metric, minSamples, approximate);
}

/** Checks the core distances of points that are spread evenly over the order of contents. */
function requireCoreDistances(
  coreDistances: Float64Array,
  { rows, dimensions, weight, ofRow }: DistinctPoints,
  metric: Metric,
  minSamples: number,
  approximate: boolean,
): void {
  const count = weight.length;
  const affordable = Math.floor(CHECKED_COMPONENTS / (count * dimensions));
  const checked = Math.min(count, Math.max(CHECKED_AT_LEAST, affordable));
  const needed = Math.min(minSamples, ofRow.length);
  const distances = new Float64Array(count);
  for (let k = 0; k < checked; k++) {
    const point = Math.floor((k * count) / checked);
    distancesFrom(rows, dimensions, point, 0, count, metric, distances);
    let within = 0;
    let nearer = 0;
    for (let other = 0; other < count; other++) {
      if (distances[other] <= coreDistances[point]) within += weight[other];
      if (distances[other] < coreDistances[point]) nearer += weight[other];
    }
    if (within < needed || (nearer >= needed && !approximate)) {
      throw wrong(`the core distance of its point ${point} is not that of minSamples ${minSamples}`);
    }
  }
}

const wrong = (what: string): InvalidClusteringInputError =>
  new InvalidClusteringInputError(
    "spanningTree",
    "SpanningTreeOfRows",
    `spanningTree is not that of these rows and parameters: ${what}`,
  );
