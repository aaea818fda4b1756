import type { DistinctPoints } from "../distinctPoints.js";
import { findNearestNeighbours, listedNeighbours } from "../nearestNeighbours.js";
import type { ProgressReporter } from "../progress.js";
import { projectRows } from "../projectedRows.js";
import { quantisedRows } from "../quantisedRows.js";
import type { Team } from "../team.js";
import { sortIntoTiles } from "../tiles.js";
import { distanceCurve } from "./distanceCurve.js";
import { fuzzyGraph } from "./fuzzyGraph.js";
import { gradientSteps } from "./gradientSteps.js";
import {
  type EffectiveLayoutParameters,
  effectiveParameters,
  type LayoutParameters,
} from "./layoutParameters.js";
import type { LayoutStage } from "./layoutProgress.js";
import { neighbourLists } from "./neighbourLists.js";
import { startingPlaces } from "./startingPlaces.js";

export interface DistinctPlaces {
  /** m·dimensions: the places of the distinct points, by their numbers. A single one is at the origin. */
  ends: Float32Array;
  parameters: EffectiveLayoutParameters;
  /** Number of pairs whose distance the kernel computed. */
  pairsComputed: number;
}

/**
 * Lays distinct points out, each once, however many rows are equal to it.
 *
 * @param expect called with whether the portable kernel is used, once that is known
 * @param lap called at the end of each step, with its name
 */
export function layOutDistinct(
  points: Pick<DistinctPoints, "rows" | "dimensions" | "weight">,
  parameters: LayoutParameters,
  team: Team,
  progress: ProgressReporter<LayoutStage>,
  expect: (portable: boolean) => void,
  lap: (step: string) => void,
): DistinctPlaces {
  const count = points.weight.length;
  const effective = effectiveParameters(parameters, count);
  const { dimensions, neighbours, minDistance, spread, epochs, seed, metric } = effective;
  if (count < 2) {
    return { ends: new Float32Array(count * dimensions), parameters: effective, pairsComputed: 0 };
  }
  const rows = quantisedRows(points, metric, listedNeighbours(count, neighbours), team);
  expect(rows.memory instanceof SharedArrayBuffer);
  progress.report("PREPARING", 0.75, 1);
  sortIntoTiles(rows, team);
  projectRows(rows, team);
  lap("projectedRows");

  progress.report("NEIGHBOURS", 0, 1);
  const pairsComputed = findNearestNeighbours(rows, team, (done, of) =>
    progress.report("NEIGHBOURS", done, of),
  );
  lap("nearestNeighbours");

  progress.report("GRAPH", 0, 1);
  const lists = neighbourLists(rows, neighbours - 1, team, (done, of) =>
    progress.report("GRAPH", done, 2 * of),
  );
  lap("neighbourLists");
  const graph = fuzzyGraph(lists);
  lap("fuzzyGraph");
  const start = startingPlaces(rows, graph, dimensions, seed, team, (done, of) =>
    progress.report("GRAPH", of + done, 2 * of),
  );
  lap("startingPlaces");

  progress.report("STEPS", 0, 1);
  const curve = distanceCurve(minDistance, spread);
  const ends = gradientSteps(start, dimensions, graph, curve, epochs, seed, team.module, (done, of) =>
    progress.report("STEPS", done, of),
  );
  lap("gradientSteps");
  return { ends, parameters: effective, pairsComputed };
}
