import {
  type Estimate,
  engineVersion,
  estimate,
  type HdbscanOptions,
  type HdbscanParameters,
  type HdbscanResult,
  hdbscan,
  type Points,
} from "../../clustering/index.js";

/** What computes clusterings; tests pass in others, to see that nothing is believed unchecked. */
export interface Engine {
  readonly version: string;
  /** What a clustering would take; the bytes are those beyond the input. */
  estimate(
    rows: number,
    dimensions: number,
    parameters: Partial<HdbscanParameters>,
    threads: number,
    distinct?: number,
  ): Estimate;
  cluster(points: Points, options: HdbscanOptions): Promise<HdbscanResult>;
}

export const hdbscanEngine: Engine = { version: engineVersion, estimate, cluster: hdbscan };
