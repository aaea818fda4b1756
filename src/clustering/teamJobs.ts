import { friendsJob, refinedNeighboursJob, treeNeighboursJob } from "./approximateNeighbours.js";
import { coreDistancesJob, wholeCoreDistancesJob } from "./coreDistances.js";
import { rowSquaresJob, scaledRowsJob } from "./distinctPoints.js";
import { rowHashesJob } from "./equalRows.js";
import { chordBoundsJob, tileSumsJob } from "./medoids/medoidBounds.js";
import { exactCostsJob, medoidCostsJob } from "./medoids/medoidCosts.js";
import { missingEdgesJob } from "./missingEdges.js";
import { nearestNeighboursJob } from "./nearestNeighbours.js";
import { projectedRowsJob } from "./projectedRows.js";
import { centredLengthsJob, roundedRowsJob } from "./quantisedRows.js";
import type { AnyTeamJob } from "./team.js";
import { tiledSetsJob } from "./tiles.js";

/** Every job that a helping thread may be asked to do a share of. */
export const teamJobs: AnyTeamJob[] = [
  rowHashesJob,
  rowSquaresJob,
  scaledRowsJob,
  centredLengthsJob,
  roundedRowsJob,
  projectedRowsJob,
  nearestNeighboursJob,
  treeNeighboursJob,
  friendsJob,
  refinedNeighboursJob,
  coreDistancesJob,
  wholeCoreDistancesJob,
  missingEdgesJob,
  tiledSetsJob,
  tileSumsJob,
  chordBoundsJob,
  medoidCostsJob,
  exactCostsJob,
];
