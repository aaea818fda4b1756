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

/** Computes clusterings. Tests replace it to show that its results are checked. */
export interface Engine {
  readonly version: string;
  /** Estimates the time and memory that a clustering takes; the memory does not include the input. */
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
