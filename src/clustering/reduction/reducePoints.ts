import {
  copiedPoints,
  type DistinctPoints,
  type DistinctRows,
  type DistinctSources,
  distinctPoints,
} from "../distinctPoints.js";
import { layOutRows } from "../layout/layOutRows.js";
import type { LayoutParameters } from "../layout/layoutParameters.js";
import { layoutStages } from "../layout/layoutProgress.js";
import type { SubsetSizes } from "../layout/subsetSizes.js";
import type { Metric } from "../metric.js";
import { ProgressReporter } from "../progress.js";
import { sharedArray, sharedCopy } from "../sharedArray.js";
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
  /** Every parameter as it took effect: fewer neighbours where there are fewer distinct rows. */
  reduction: ReductionParameters;
  /** Number of input rows that were not laid out, but placed among the rows that were. */
  placedRows: number;
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
 * Reduces distinct rows to fewer dimensions. The result depends on the rows' content and weights alone, not on the
 * order of the input or on the number of threads.
 *
 * @param sizes of the subset that is laid out where there are many distinct rows
 * @throws {InvalidClusteringInputError} for rows too far apart for reduced rows of float32
 */
export function reducePoints(
  sources: DistinctSources,
  metric: Metric,
  reduction: ReductionParameters,
  sizes: SubsetSizes,
  team: Team,
  onProgress: (done: number, of: number) => void,
): ReducedPoints {
  const { dimensions } = reduction;
  if (reduction.method === "UMAP") {
    const progress = new ProgressReporter(layoutStages, (report) => onProgress(report.progress, 1));
    const layout = layoutOf(reduction, metric);
    const { ends, parameters, placedRows } = layOutRows(sources, layout, sizes, team, progress);
    return {
      points: reducedPoints(sources, sharedCopy(Float32Array, ends), dimensions, team),
      reduction: { ...reduction, neighbours: parameters.neighbours },
      placedRows,
    };
  }
  const points = copiedPoints(sources, team);
  const { rows, weight, dimensions: width } = points;
  const reduced = principalComponents(rows, width, weight, dimensions, team, onProgress);
  requireFiniteComponents(reduced, dimensions, points);
  return { points: reducedPoints(points, reduced, dimensions, team), reduction, placedRows: 0 };
}

/** @param reduced per distinct row: its reduced row */
function reducedPoints(
  { weight: weights, ofRow, firstRow }: DistinctRows,
  reduced: Float32Array,
  dimensions: number,
  team: Team,
): DistinctPoints {
  // Its input rows are the distinct rows, so that each one's first row is the first of them in the order of content.
  const distinct = distinctPoints(reduced, dimensions, false, team);
  const weight = sharedArray(Int32Array, distinct.weight.length);
  for (let point = 0; point < weights.length; point++) weight[distinct.ofRow[point]] += weights[point];
  return {
    rows: distinct.rows,
    dimensions,
    weight,
    ofRow: ofRow.map((point) => distinct.ofRow[point]),
    firstRow: distinct.firstRow.map((point) => firstRow[point]),
  };
}
