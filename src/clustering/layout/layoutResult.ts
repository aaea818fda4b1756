import type { EffectiveLayoutParameters } from "./layoutParameters.js";

export interface LayoutResult {
  /**
   * n·dimensions, row-major: each row's place. Rows that are near each other have places near each other; distances
   * between places that are far apart mean little.
   */
  places: Float32Array;
  /**
   * n: number of each row's distinct vector, from 0, in the order of content; equal vectors have equal numbers, and
   * equal places.
   */
  distinctPoints: Int32Array;
  /** Number of rows that were laid out: all of them, unless more than 250,000 are distinct. */
  laidOutRows: number;
  /** Number of the other rows: each was placed among the places of its nearest laid-out rows. */
  placedRows: number;
  /** Every parameter as it took effect: fewer neighbours where there are fewer distinct rows. */
  parameters: EffectiveLayoutParameters;
}
