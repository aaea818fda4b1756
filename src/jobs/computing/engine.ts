import {
  type Estimate,
  engineVersion,
  estimate,
  estimateLayout,
  estimateProjection,
  estimateTrustworthiness,
  type HdbscanOptions,
  type HdbscanParameters,
  type HdbscanResult,
  hdbscan,
  type LayoutOptions,
  type LayoutParameters,
  type LayoutResult,
  layOut,
  type Points,
  type ProjectionOptions,
  type ProjectionParameters,
  type ProjectionResult,
  project,
  type Trustworthiness,
  type TrustworthinessOptions,
  type TrustworthinessParameters,
  trustworthiness,
} from "../../clustering/index.js";

/** Computes clusterings and maps. Tests replace it to show that its results are checked. */
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
  /** The same for a projection onto principal components. */
  estimateProjection(
    rows: number,
    dimensions: number,
    parameters: Partial<ProjectionParameters>,
    threads: number,
    distinct?: number,
  ): Estimate;
  project(points: Points, options: ProjectionOptions): Promise<ProjectionResult>;
  /** The same for measuring trustworthiness. */
  estimateTrustworthiness(
    rows: number,
    dimensions: number,
    parameters: Partial<TrustworthinessParameters>,
    threads: number,
    distinct?: number,
  ): Estimate;
  /** Measures how well places keep the neighbours of points. */
  trustworthiness(points: Points, places: Points, options: TrustworthinessOptions): Promise<Trustworthiness>;
}

export const hdbscanEngine: Engine = {
  version: engineVersion,
  estimate,
  cluster: hdbscan,
  estimateLayout,
  layOut,
  estimateProjection,
  project,
  estimateTrustworthiness,
  trustworthiness,
};
