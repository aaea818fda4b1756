import { clusterPoints } from "../../src/clustering/clusterPoints.js";
import { type HdbscanParameters, type HdbscanResult, resolveParameters } from "../../src/clustering/index.js";
import { kernelModule } from "../../src/clustering/kernel/kernel.js";
import { Team } from "../../src/clustering/team.js";

/** The engine on this thread only: thousands of small clusterings per test, without the cost of threads. */
export function clusterHere(
  data: Float32Array,
  dimensions: number,
  parameters: Partial<HdbscanParameters> = {},
  module: WebAssembly.Module | null = kernelModule(),
): HdbscanResult {
  return clusterPoints(data, dimensions, resolveParameters(parameters), new Team([], module));
}
