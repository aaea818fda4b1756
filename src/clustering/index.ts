export { type Estimate, estimate } from "./estimate.js";
export { type HdbscanOptions, hdbscan } from "./hdbscan.js";
export type { HdbscanResult, RunFacts } from "./hdbscanResult.js";
export {
  type HdbscanParameters,
  InvalidClusteringInputError,
  type Points,
  resolveParameters,
} from "./parameters.js";
export type { Progress, Stage } from "./progress.js";

/** Changes whenever equal input and parameters may give another result than before. */
export const engineVersion = "4";
