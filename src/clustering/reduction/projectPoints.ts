import { distinctPoints } from "../distinctPoints.js";
import type { RunFacts } from "../hdbscanResult.js";
import { placesOfRows } from "../placesOfRows.js";
import { ProgressReporter } from "../progress.js";
import type { Team } from "../team.js";
import { requireFiniteComponents } from "./finiteComponents.js";
import { principalComponents } from "./principalComponents.js";
import {
  type ProjectionParameters,
  type ProjectionProgress,
  type ProjectionResult,
  projectionStages,
} from "./projectionParameters.js";
import { expectedProjectionTimes } from "./reducedTimes.js";

interface ProjectionRunOptions {
  onProgress?: (progress: ProjectionProgress) => void;
  /** Called when the run is over, with what it did. */
  onFacts?: (facts: RunFacts) => void;
}

/**
 * Projects rows onto their principal components, synchronously, on the calling thread with the help of its team.
 *
 * @param data n·d float32, row-major
 * @throws {InvalidClusteringInputError} for a row that is not finite, cannot be scaled, or is too far from the others
 */
export function projectPoints(
  data: Float32Array,
  rowDimensions: number,
  parameters: ProjectionParameters,
  team: Team,
  { onProgress = () => {}, onFacts = () => {} }: ProjectionRunOptions = {},
): ProjectionResult {
  const started = performance.now();
  const { dimensions, normalize } = parameters;
  const rowCount = data.length / rowDimensions;
  const progress = new ProgressReporter(projectionStages, onProgress);
  progress.expect(expectedProjectionTimes(rowCount, rowCount, rowDimensions, dimensions, team.threads));
  progress.report("PREPARING", 0, 1);
  const points = distinctPoints(data, rowDimensions, normalize, team, (done, of) =>
    progress.report("PREPARING", done, of),
  );
  progress.report("COMPONENTS", 0, 1);
  const { rows, weight, ofRow } = points;
  const components = principalComponents(rows, rowDimensions, weight, dimensions, team, (done, of) =>
    progress.report("COMPONENTS", done, of + 1),
  );
  requireFiniteComponents(components, dimensions, points);
  const places = placesOfRows(ofRow, components, dimensions);
  const count = weight.length;
  const times = { places: performance.now() - started };
  onFacts({ distinctPoints: count, pairsComputed: 0, pairs: (count * (count - 1)) / 2, times });
  progress.report("COMPONENTS", 1, 1);
  return { places, distinctPoints: ofRow };
}
