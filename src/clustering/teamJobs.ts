import {
  type FriendsContext,
  friendsJob,
  type RefinedNeighboursContext,
  refinedNeighboursJob,
  type TreeNeighboursContext,
  treeNeighboursJob,
} from "./approximateNeighbours.js";
import {
  type CoreDistancesContext,
  coreDistancesJob,
  type WholeCoreDistancesContext,
  wholeCoreDistancesJob,
} from "./coreDistances.js";
import {
  type RowSquaresContext,
  rowSquaresJob,
  type ScaledRowsContext,
  scaledRowsJob,
} from "./distinctPoints.js";
import { type RowHashesContext, rowHashesJob } from "./equalRows.js";
import {
  type ChordBoundsContext,
  chordBoundsJob,
  type TileSumsContext,
  tileSumsJob,
} from "./medoids/medoidBounds.js";
import {
  type ExactCostsContext,
  exactCostsJob,
  type MedoidCostsContext,
  medoidCostsJob,
} from "./medoids/medoidCosts.js";
import { type MissingEdges, type MissingEdgesContext, missingEdgesJob } from "./missingEdges.js";
import { type NearestNeighboursContext, nearestNeighboursJob } from "./nearestNeighbours.js";
import { type ProjectedRowsContext, projectedRowsJob } from "./projectedRows.js";
import {
  type CentredLengthsContext,
  centredLengthsJob,
  type RoundedRowsContext,
  roundedRowsJob,
} from "./quantisedRows.js";
import type { TakeTasks } from "./team.js";
import { type TiledSetsContext, tiledSetsJob } from "./tiles.js";

/** What threads do together. Contexts hold shared memory and plain values, so that they can be sent. */
export interface JobContexts {
  tileSums: TileSumsContext;
  chordBounds: ChordBoundsContext;
  tiledSets: TiledSetsContext;
  rowHashes: RowHashesContext;
  rowSquares: RowSquaresContext;
  scaledRows: ScaledRowsContext;
  centredLengths: CentredLengthsContext;
  roundedRows: RoundedRowsContext;
  projectedRows: ProjectedRowsContext;
  nearestNeighbours: NearestNeighboursContext;
  treeNeighbours: TreeNeighboursContext;
  friends: FriendsContext;
  refinedNeighbours: RefinedNeighboursContext;
  coreDistances: CoreDistancesContext;
  wholeCoreDistances: WholeCoreDistancesContext;
  missingEdges: MissingEdgesContext;
  medoidCosts: MedoidCostsContext;
  exactCosts: ExactCostsContext;
}

export interface JobResults {
  tileSums: null;
  chordBounds: null;
  tiledSets: null;
  rowHashes: null;
  rowSquares: null;
  scaledRows: null;
  centredLengths: null;
  roundedRows: null;
  projectedRows: null;
  nearestNeighbours: number;
  treeNeighbours: null;
  friends: null;
  refinedNeighbours: null;
  coreDistances: null;
  wholeCoreDistances: null;
  missingEdges: MissingEdges;
  medoidCosts: null;
  exactCosts: null;
}

export const jobs: {
  [K in JobKind]: (context: JobContexts[K], take: TakeTasks, slot: number) => JobResults[K];
} = {
  tileSums: tileSumsJob,
  chordBounds: chordBoundsJob,
  tiledSets: tiledSetsJob,
  rowHashes: rowHashesJob,
  rowSquares: rowSquaresJob,
  scaledRows: scaledRowsJob,
  centredLengths: centredLengthsJob,
  roundedRows: roundedRowsJob,
  projectedRows: projectedRowsJob,
  nearestNeighbours: nearestNeighboursJob,
  treeNeighbours: treeNeighboursJob,
  friends: friendsJob,
  refinedNeighbours: refinedNeighboursJob,
  coreDistances: coreDistancesJob,
  wholeCoreDistances: wholeCoreDistancesJob,
  missingEdges: missingEdgesJob,
  medoidCosts: medoidCostsJob,
  exactCosts: exactCostsJob,
};

export type JobKind = keyof JobContexts;
