export { estimate } from "./estimate.js";
export type { Estimate } from "./expectedTimes.js";
export { type HdbscanOptions, hdbscan } from "./hdbscan.js";
export type { HdbscanResult, RunFacts } from "./hdbscanResult.js";
export { InvalidClusteringInputError } from "./invalidClusteringInput.js";
export { type LayoutOptions, layOut } from "./layout/layOut.js";
export { estimateLayout } from "./layout/layoutEstimate.js";
export {
  type EffectiveLayoutParameters,
  type LayoutParameters,
  layoutParameterFaults,
  layoutParameterNames,
  resolveLayoutParameters,
} from "./layout/layoutParameters.js";
export type { LayoutProgress, LayoutStage } from "./layout/layoutProgress.js";
export type { LayoutResult } from "./layout/layoutResult.js";
export { type TrustworthinessOptions, trustworthiness } from "./layout/trustworthiness.js";
export { estimateTrustworthiness } from "./layout/trustworthinessEstimate.js";
export type {
  Trustworthiness,
  TrustworthinessParameters,
  TrustworthinessProgress,
} from "./layout/trustworthinessParameters.js";
export {
  type HdbscanParameterOptions,
  type HdbscanParameters,
  type Points,
  parameterFaults,
  parameterNames,
  pickParameters,
  resolveParameters,
} from "./parameters.js";
export type { Progress, Stage } from "./progress.js";
export { parametersOfUmapWithPca } from "./reduction/parametersOfUmap.js";
export { estimateProjection, type ProjectionOptions, project } from "./reduction/project.js";
export type {
  ProjectionParameters,
  ProjectionProgress,
  ProjectionResult,
} from "./reduction/projectionParameters.js";
export {
  type ReductionOptions,
  type ReductionParameters,
  reductionParameterNames,
} from "./reduction/reductionParameters.js";
export type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";

/** Raised whenever the same input and parameters may give a different result than before. */
export const engineVersion = "5";
