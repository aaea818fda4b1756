import { copiedPoints, copyRows, type DistinctSources } from "../distinctPoints.js";
import type { ProgressReporter } from "../progress.js";
import { spaceForPiece } from "../rowsInPieces.js";
import { sharedCopy } from "../sharedArray.js";
import type { Team } from "../team.js";
import { laidOutSubset } from "./laidOutSubset.js";
import { type DistinctPlaces, layOutDistinct } from "./layOutDistinct.js";
import { expectedLayoutTimes } from "./layoutEstimate.js";
import type { LayoutParameters } from "./layoutParameters.js";
import type { LayoutStage } from "./layoutProgress.js";
import { placeRows } from "./placedRows.js";
import type { SubsetSizes } from "./subsetSizes.js";

export interface RowPlaces extends DistinctPlaces {
  /** Number of input rows that were not laid out, but placed among the rows that were. */
  placedRows: number;
}

/**
 * Lays the distinct rows out; where there are too many of them, a subset, among which the others are placed.
 *
 * @param lap called at the end of each step, with its name
 */
export function layOutRows(
  sources: DistinctSources,
  parameters: LayoutParameters,
  sizes: SubsetSizes,
  team: Team,
  progress: ProgressReporter<LayoutStage>,
  lap: (step: string) => void = () => {},
): RowPlaces {
  const { dimensions: width, weight, ofRow } = sources;
  const count = weight.length;
  const expect = (portable: boolean): void =>
    progress.expect(
      expectedLayoutTimes(ofRow.length, count, width, parameters, team.threads, portable, sizes),
    );
  expect(team.module === null);
  const onCopied = (done: number, of: number): void => progress.report("PREPARING", of + done, 3 * of);
  if (count <= sizes.all) {
    const points = copiedPoints(sources, team, onCopied);
    return { ...layOutDistinct(points, parameters, team, progress, expect, lap), placedRows: 0 };
  }

  const numbers = laidOutSubset(sources, sizes.size, parameters.seed, team);
  lap("subset");
  const rows = spaceForPiece(sizes.size, count - sizes.size, width);
  copyRows(sources, numbers, rows, team, (done) => onCopied(done, sizes.size));
  const points = {
    rows: rows.subarray(0, sizes.size * width),
    dimensions: width,
    weight: sharedCopy(
      Int32Array,
      numbers.map((number) => weight[number]),
    ),
  };
  const laidOut = layOutDistinct(points, parameters, team, progress, expect, lap);
  progress.report("PLACING", 0, 1);
  const { dimensions, neighbours, metric } = laidOut.parameters;
  const { ends, pairsComputed } = placeRows(
    sources,
    { numbers, rows, places: sharedCopy(Float32Array, laidOut.ends), dimensions },
    neighbours - 1,
    metric,
    team,
    (done, of) => progress.report("PLACING", done, of),
  );
  lap("placedRows");
  return {
    ...laidOut,
    ends,
    pairsComputed: laidOut.pairsComputed + pairsComputed,
    placedRows: ofRow.length - points.weight.reduce((sum, copies) => sum + copies, 0),
  };
}
