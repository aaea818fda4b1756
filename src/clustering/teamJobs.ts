import { friendsJob, refinedNeighboursJob, treeNeighboursJob } from "./approximateNeighbours.js";
import { coreDistancesJob, wholeCoreDistancesJob } from "./coreDistances.js";
import { rowSquaresJob, scaledRowsJob } from "./distinctPoints.js";
import { rowHashesJob } from "./equalRows.js";
import { contentHashesJob } from "./layout/laidOutSubset.js";
import { sparseProductJob } from "./layout/laplacianEigenvectors.js";
import { nearerRowsJob, nearestPlacesJob } from "./layout/measureTrustworthiness.js";
import { neighbourListsJob, wholeNeighbourListsJob } from "./layout/neighbourLists.js";
import { placedRowsJob } from "./layout/placedRows.js";
import { chordBoundsJob, tileSumsJob } from "./medoids/medoidBounds.js";
import { exactCostsJob, medoidCostsJob } from "./medoids/medoidCosts.js";
import { momentsJob } from "./medoids/momentBounds.js";
import { missingEdgesJob } from "./missingEdges.js";
import { nearestNeighboursJob } from "./nearestNeighbours.js";
import { projectedRowsJob } from "./projectedRows.js";
import { centredLengthsJob, roundedRowsJob } from "./quantisedRows.js";
import { componentsJob, covariancePartsJob } from "./reduction/principalComponents.js";
import type { AnyTeamJob } from "./team.js";
import { tiledSetsJob } from "./tiles.js";

/** Every job of which a helping thread may have to do a share. */
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
  momentsJob,
  medoidCostsJob,
  exactCostsJob,
  neighbourListsJob,
  wholeNeighbourListsJob,
  sparseProductJob,
  contentHashesJob,
  placedRowsJob,
  covariancePartsJob,
  componentsJob,
  nearestPlacesJob,
  nearerRowsJob,
];
