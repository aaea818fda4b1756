import {
  type Estimate,
  engineVersion,
  estimate,
  estimateLayout,
  type HdbscanOptions,
  type HdbscanParameters,
  type HdbscanResult,
  hdbscan,
  type LayoutOptions,
  type LayoutParameters,
  type LayoutResult,
  layOut,
  type Points,
} from "../../clustering/index.js";

/** Computes clusterings and layouts. Tests replace it to show that its results are checked. */
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
  /** The same for a layout. */
  estimateLayout(
    rows: number,
    dimensions: number,
    parameters: Partial<LayoutParameters>,
    threads: number,
    distinct?: number,
  ): Estimate;
  layOut(points: Points, options: LayoutOptions): Promise<LayoutResult>;
}

export const hdbscanEngine: Engine = {
  version: engineVersion,
  estimate,
  cluster: hdbscan,
  estimateLayout,
  layOut,
};
