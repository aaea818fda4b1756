import { expectedTimes } from "../expectedTimes.js";
import { fitsWebAssembly } from "../kernel/kernel.js";
import { expectedLayoutTimes, layoutEstimate } from "../layout/layoutEstimate.js";
import { laidOutCount, subsetSizes } from "../layout/subsetSizes.js";
import { listedNeighbours } from "../nearestNeighbours.js";
import type { HdbscanParameters } from "../parameters.js";
import type { StageTimes } from "../progress.js";
import { layoutFor } from "../quantisedRows.js";
import { krylovBlocks } from "./principalComponents.js";
import { layoutOf } from "./reducePoints.js";
import type { ReductionParameters } from "./reductionParameters.js";

/** Seconds of one thread per row, dimension and direction of a pass over the rows. */
const PASS = 2e-9;
/** Seconds of finding the eigenvectors of a basis, per cube of its size. */
const EIGENVECTORS = 6e-9;

/**
 * Expected seconds of each stage of a clustering with its reduction, if it has one.
 *
 * @param approximate whether the clustering, not the reduction, is approximate
 * @param portable whether the clustering uses the portable kernel
 */
export function expectedStageTimes(
  rows: number,
  distinct: number,
  dimensions: number,
  { reduction, metric }: Pick<HdbscanParameters, "reduction" | "metric">,
  threads: number,
  approximate: boolean,
  portable: boolean,
): StageTimes {
  if (reduction === null) return expectedTimes(rows, distinct, dimensions, threads, approximate, portable);
  const before = preparingSeconds(rows, distinct, dimensions);
  const after = expectedTimes(distinct, distinct, reduction.dimensions, threads, approximate, portable);
  return {
    ...after,
    PREPARING: before,
    REDUCING: reductionSeconds(distinct, dimensions, reduction, metric, threads) + after.PREPARING,
  };
}

const preparingSeconds = (rows: number, distinct: number, dimensions: number): number =>
  rows * dimensions * 3e-9 + distinct * dimensions * 16e-9 + 1e-3;

/** Seconds of finding principal components: for most data, one cycle of blocks is enough. */
function componentSeconds(distinct: number, dimensions: number, wanted: number, threads: number): number {
  const { size, blocks } = krylovBlocks(dimensions, wanted);
  const passes = (distinct * dimensions * size * blocks * PASS) / threads;
  return passes + Math.min(dimensions, size * blocks) ** 3 * EIGENVECTORS + 1e-3;
}

/**
 * Expected seconds of each stage of a projection.
 *
 * @param wanted number of components
 */
export const expectedProjectionTimes = (
  rows: number,
  distinct: number,
  dimensions: number,
  wanted: number,
  threads: number,
) => ({
  PREPARING: preparingSeconds(rows, distinct, dimensions),
  COMPONENTS: componentSeconds(distinct, dimensions, wanted, threads),
});

function reductionSeconds(
  distinct: number,
  dimensions: number,
  reduction: ReductionParameters,
  metric: HdbscanParameters["metric"],
  threads: number,
): number {
  if (reduction.method === "PCA") {
    return componentSeconds(distinct, dimensions, reduction.dimensions, threads);
  }
  const layout = layoutOf(reduction, metric);
  const laidOut = laidOutCount(distinct, subsetSizes);
  const k = listedNeighbours(laidOut, layout.neighbours);
  const portable = !fitsWebAssembly(layoutFor(laidOut, dimensions, k, threads, false).bytes);
  const times = expectedLayoutTimes(0, distinct, dimensions, layout, threads, portable);
  return Object.values(times).reduce((sum, time) => sum + time, 0);
}

/** Bytes of a reduction, which the clustering after it takes on top, because not all of it is collected by then. */
export function expectedReductionBytes(
  rows: number,
  distinct: number,
  dimensions: number,
  { reduction, metric }: Pick<HdbscanParameters, "reduction" | "metric">,
  threads: number,
): number {
  if (reduction === null) return 0;
  const reduced = distinct * reduction.dimensions * 8;
  if (reduction.method === "PCA") return distinct * dimensions * 4 + reduced;
  return layoutEstimate(rows, dimensions, layoutOf(reduction, metric), threads, distinct).bytes + reduced;
}
