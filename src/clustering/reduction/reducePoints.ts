import { type DistinctPoints, distinctPoints } from "../distinctPoints.js";
import { layOutDistinct } from "../layout/layOutDistinct.js";
import type { LayoutParameters } from "../layout/layoutParameters.js";
import { layoutStages } from "../layout/layoutProgress.js";
import type { Metric } from "../metric.js";
import { ProgressReporter } from "../progress.js";
import { sharedArray } from "../sharedArray.js";
import type { Team } from "../team.js";
import { requireFiniteComponents } from "./finiteComponents.js";
import { principalComponents } from "./principalComponents.js";
import type { ReductionParameters } from "./reductionParameters.js";

export interface ReducedPoints {
  /**
   * The distinct reduced rows, in the order of their content. Those of several distinct points may be equal: they are
   * then one point, whose first row is that of the point that is first in the order of content.
   */
  points: DistinctPoints;
  /** Every parameter as it took effect: fewer neighbours where there are fewer distinct points. */
  reduction: ReductionParameters;
}

/** The parameters of the layout that a reduction by UMAP makes. */
export const layoutOf = (
  { dimensions, neighbours, minDistance, seed }: ReductionParameters,
  metric: Metric,
): LayoutParameters => ({
  dimensions,
  neighbours: neighbours as number,
  minDistance: minDistance as number,
  spread: 1,
  epochs: null,
  seed: seed as number,
  metric,
  normalize: false, // of points that have been scaled already
});

/**
 * Reduces distinct points to fewer dimensions. The result depends on the points' content and weights alone, not on the
 * order of the input or on the number of threads.
 *
 * @throws {InvalidClusteringInputError} for too many distinct points, or rows too far apart for reduced rows of float32
 */
export function reducePoints(
  points: DistinctPoints,
  metric: Metric,
  reduction: ReductionParameters,
  team: Team,
  onProgress: (done: number, of: number) => void,
): ReducedPoints {
  const { weight, dimensions: width } = points;
  const { dimensions } = reduction;
  const reduced = sharedArray(Float32Array, weight.length * dimensions);
  let effective = reduction;
  if (reduction.method === "UMAP") {
    const progress = new ProgressReporter(layoutStages, (report) => onProgress(report.progress, 1));
    const { ends, parameters } = layOutDistinct(points, layoutOf(reduction, metric), team, progress);
    reduced.set(ends);
    effective = { ...reduction, neighbours: parameters.neighbours };
  } else {
    reduced.set(principalComponents(points.rows, width, weight, dimensions, team, onProgress));
    requireFiniteComponents(reduced, dimensions, points);
  }
  return { points: reducedPoints(points, reduced, dimensions, team), reduction: effective };
}

/** @param reduced per point: its reduced row */
function reducedPoints(
  points: DistinctPoints,
  reduced: Float32Array,
  dimensions: number,
  team: Team,
): DistinctPoints {
  // Its input rows are the points, so that each one's first row is the first of them in the order of content.
  const distinct = distinctPoints(reduced, dimensions, false, team);
  const weight = sharedArray(Int32Array, distinct.weight.length);
  for (let point = 0; point < points.weight.length; point++) {
    weight[distinct.ofRow[point]] += points.weight[point];
  }
  return {
    rows: distinct.rows,
    dimensions,
    weight,
    ofRow: points.ofRow.map((point) => distinct.ofRow[point]),
    firstRow: distinct.firstRow.map((point) => points.firstRow[point]),
  };
}
