export { type Estimate, estimate } from "./estimate.js";
export { type HdbscanOptions, hdbscan } from "./hdbscan.js";
export type { HdbscanResult, RunFacts } from "./hdbscanResult.js";
export { InvalidClusteringInputError } from "./invalidClusteringInput.js";
export { type HdbscanParameters, type Points, parameterFaults, resolveParameters } from "./parameters.js";
export type { Progress, Stage } from "./progress.js";

/** Changes whenever equal input and parameters may give another result than before. */
export const engineVersion = "4";
