import { distinctSources } from "../distinctPoints.js";
import type { RunFacts } from "../hdbscanResult.js";
import { placesOfRows } from "../placesOfRows.js";
import { ProgressReporter } from "../progress.js";
import type { Team } from "../team.js";
import { layOutRows } from "./layOutRows.js";
import { expectedLayoutTimes } from "./layoutEstimate.js";
import type { LayoutParameters } from "./layoutParameters.js";
import { type LayoutProgress, layoutStages } from "./layoutProgress.js";
import type { LayoutResult } from "./layoutResult.js";
import { type SubsetSizes, subsetSizes } from "./subsetSizes.js";

export interface LayoutRunOptions {
  /** @default subsetSizes */
  sizes?: SubsetSizes;
  onProgress?: (progress: LayoutProgress) => void;
  /** Called when the run is over, with what it did. */
  onFacts?: (facts: RunFacts) => void;
}

/**
 * Lays rows out, synchronously, on the calling thread with the help of its team.
 *
 * @param data n·d float32, row-major
 * @throws {InvalidClusteringInputError} for a row that is not finite or cannot be scaled
 */
export function layOutPoints(
  data: Float32Array,
  rowDimensions: number,
  parameters: LayoutParameters,
  team: Team,
  { sizes = subsetSizes, onProgress = () => {}, onFacts = () => {} }: LayoutRunOptions = {},
): LayoutResult {
  const started = performance.now();
  const times: Record<string, number> = {};
  const lap = (step: string): void => {
    times[step] = performance.now() - started;
  };
  const progress = new ProgressReporter(layoutStages, onProgress);
  const rowCount = data.length / rowDimensions;
  const portable = team.module === null;
  progress.expect(
    expectedLayoutTimes(rowCount, rowCount, rowDimensions, parameters, team.threads, portable, sizes),
  );
  progress.report("PREPARING", 0, 1);
  const sources = distinctSources(data, rowDimensions, parameters.normalize, team, (done, of) =>
    progress.report("PREPARING", done, 3 * of),
  );
  lap("distinctPoints");
  const { ofRow } = sources;
  const laidOut = layOutRows(sources, parameters, sizes, team, progress, lap);
  const { ends, parameters: effective, pairsComputed, placedRows } = laidOut;
  const places = placesOfRows(ofRow, ends, effective.dimensions);
  lap("places");
  const count = sources.weight.length;
  onFacts({ distinctPoints: count, pairsComputed, pairs: (count * (count - 1)) / 2, times });
  progress.report(placedRows > 0 ? "PLACING" : "STEPS", 1, 1);
  return {
    places,
    distinctPoints: ofRow,
    laidOutRows: rowCount - placedRows,
    placedRows,
    parameters: effective,
  };
}
