import {
  type FriendsContext,
  friendsJob,
  type RefinedNeighboursContext,
  refinedNeighboursJob,
  type TreeNeighboursContext,
  treeNeighboursJob,
} from "./approximateNeighbours.js";
import { type CoreDistancesContext, coreDistancesJob } from "./coreDistances.js";
import {
  type ExactCostsContext,
  exactCostsJob,
  type MedoidCostsContext,
  medoidCostsJob,
} from "./medoidCosts.js";
import { type MissingEdges, type MissingEdgesContext, missingEdgesJob } from "./missingEdges.js";
import { type NearestNeighboursContext, nearestNeighboursJob } from "./nearestNeighbours.js";
import type { TakeTasks } from "./team.js";

/** What threads do together. Contexts hold shared memory and plain values, so that they can be sent. */
export interface JobContexts {
  nearestNeighbours: NearestNeighboursContext;
  treeNeighbours: TreeNeighboursContext;
  friends: FriendsContext;
  refinedNeighbours: RefinedNeighboursContext;
  coreDistances: CoreDistancesContext;
  missingEdges: MissingEdgesContext;
  medoidCosts: MedoidCostsContext;
  exactCosts: ExactCostsContext;
}

export interface JobResults {
  nearestNeighbours: null;
  treeNeighbours: null;
  friends: null;
  refinedNeighbours: null;
  coreDistances: null;
  missingEdges: MissingEdges;
  medoidCosts: null;
  exactCosts: null;
}

export const jobs: {
  [K in JobKind]: (context: JobContexts[K], take: TakeTasks, slot: number) => JobResults[K];
} = {
  nearestNeighbours: nearestNeighboursJob,
  treeNeighbours: treeNeighboursJob,
  friends: friendsJob,
  refinedNeighbours: refinedNeighboursJob,
  coreDistances: coreDistancesJob,
  missingEdges: missingEdgesJob,
  medoidCosts: medoidCostsJob,
  exactCosts: exactCostsJob,
};

export type JobKind = keyof JobContexts;
