import {
  engineVersion,
  type HdbscanOptions,
  type HdbscanResult,
  hdbscan,
  type Points,
} from "../clustering/index.js";

/** What computes clusterings; tests pass in others, to see that nothing is believed unchecked. */
export interface Engine {
  readonly version: string;
  cluster(points: Points, options: HdbscanOptions): Promise<HdbscanResult>;
}

export const hdbscanEngine: Engine = { version: engineVersion, cluster: hdbscan };
