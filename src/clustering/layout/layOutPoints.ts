import { distinctPoints } from "../distinctPoints.js";
import type { RunFacts } from "../hdbscanResult.js";
import { InvalidClusteringInputError } from "../invalidClusteringInput.js";
import { findNearestNeighbours, listedNeighbours } from "../nearestNeighbours.js";
import { ProgressReporter } from "../progress.js";
import { projectRows } from "../projectedRows.js";
import { quantisedRows } from "../quantisedRows.js";
import type { Team } from "../team.js";
import { sortIntoTiles } from "../tiles.js";
import { distanceCurve } from "./distanceCurve.js";
import { fuzzyGraph } from "./fuzzyGraph.js";
import { gradientSteps } from "./gradientSteps.js";
import { expectedLayoutTimes, MOST_DISTINCT_ROWS } from "./layoutEstimate.js";
import { effectiveParameters, type LayoutParameters } from "./layoutParameters.js";
import { type LayoutProgress, layoutStages } from "./layoutProgress.js";
import type { LayoutResult } from "./layoutResult.js";
import { neighbourLists } from "./neighbourLists.js";
import { startingPlaces } from "./startingPlaces.js";

export interface LayoutRunOptions {
  onProgress?: (progress: LayoutProgress) => void;
  /** Called when the run is over, with what it did. */
  onFacts?: (facts: RunFacts) => void;
}

/**
 * Lays rows out, synchronously, on the calling thread with the help of its team.
 *
 * @param data n·d float32, row-major
 * @throws {InvalidClusteringInputError} for a row that is not finite or cannot be scaled; for too many distinct rows
 */
export function layOutPoints(
  data: Float32Array,
  rowDimensions: number,
  parameters: LayoutParameters,
  team: Team,
  { onProgress = () => {}, onFacts = () => {} }: LayoutRunOptions = {},
): LayoutResult {
  const started = performance.now();
  const times: Record<string, number> = {};
  const lap = (step: string): void => {
    times[step] = performance.now() - started;
  };
  const progress = new ProgressReporter(layoutStages, onProgress);
  const rowCount = data.length / rowDimensions;
  const expect = (distinct: number, portable: boolean): void =>
    progress.expect(
      expectedLayoutTimes(rowCount, distinct, rowDimensions, parameters, team.threads, portable),
    );
  expect(rowCount, team.module === null);
  progress.report("PREPARING", 0, 1);
  const points = distinctPoints(data, rowDimensions, parameters.normalize, team, (done, of) =>
    progress.report("PREPARING", done, 2 * of),
  );
  lap("distinctPoints");
  const { ofRow, weight } = points;
  const count = weight.length;
  if (count > MOST_DISTINCT_ROWS) {
    const most = `at most ${MOST_DISTINCT_ROWS.toLocaleString("en-US")} distinct rows`;
    const message = `a layout takes ${most}; the data held ${count.toLocaleString("en-US")}`;
    throw new InvalidClusteringInputError("data", count, message);
  }
  const effective = effectiveParameters(parameters, count);
  const { dimensions, neighbours, minDistance, spread, epochs, seed, metric } = effective;
  let pairsComputed = 0;
  /** m·dimensions: the places of the distinct points. A single one is at the origin. */
  let ends: Float32Array = new Float32Array(count * dimensions);
  if (count > 1) {
    const rows = quantisedRows(points, metric, listedNeighbours(count, neighbours), team);
    expect(count, rows.memory instanceof SharedArrayBuffer);
    progress.report("PREPARING", 0.75, 1);
    sortIntoTiles(rows, team);
    projectRows(rows, team);
    lap("projectedRows");

    progress.report("NEIGHBOURS", 0, 1);
    pairsComputed = findNearestNeighbours(rows, team, (done, of) => progress.report("NEIGHBOURS", done, of));
    lap("nearestNeighbours");

    progress.report("GRAPH", 0, 1);
    const lists = neighbourLists(rows, neighbours - 1, team, (done, of) =>
      progress.report("GRAPH", done, 2 * of),
    );
    lap("neighbourLists");
    const graph = fuzzyGraph(lists);
    lap("fuzzyGraph");
    progress.report("GRAPH", 0.8, 1);
    const start = startingPlaces(rows, dimensions, seed, team.module);
    lap("startingPlaces");

    progress.report("STEPS", 0, 1);
    const curve = distanceCurve(minDistance, spread);
    ends = gradientSteps(start, dimensions, graph, curve, epochs, seed, team.module, (done, of) =>
      progress.report("STEPS", done, of),
    );
    lap("gradientSteps");
  }
  const places = new Float32Array(ofRow.length * dimensions);
  for (let row = 0; row < ofRow.length; row++) {
    const from = ofRow[row] * dimensions;
    for (let axis = 0; axis < dimensions; axis++) places[row * dimensions + axis] = ends[from + axis];
  }
  lap("places");
  onFacts({ distinctPoints: count, pairsComputed, pairs: (count * (count - 1)) / 2, times });
  progress.report("STEPS", 1, 1);
  return { places, distinctPoints: ofRow, parameters: effective };
}
