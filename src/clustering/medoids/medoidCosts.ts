import { distanceOf } from "../distance.js";
import { kernelFor, kernelModule, memoryBuffer, TILE } from "../kernel/kernel.js";
import { BLOCK_BYTES, blockSquares, type QuantisedRows } from "../quantisedRows.js";
import { type TakeTasks, teamJob } from "../team.js";

export interface MedoidCostsContext {
  rows: QuantisedRows;
  /**
   * Per task: the first of 64 places whose costs are requested, and the places from … to−1 of their cluster.
   */
  block: Int32Array;
  from: Int32Array;
  to: Int32Array;
  /** Per place: its weight in its cluster. */
  weights: Float32Array;
  /** Per place: receives its cost, in the kernel's units. */
  costs: Float64Array;
}

/** Costs by the kernel's distances: from 64 places to all members of their cluster, block by block. */
export const medoidCostsJob = teamJob(
  "medoidCosts",
  (context: MedoidCostsContext, take: TakeTasks, slot: number): null => {
    const { rows, weights, costs } = context;
    const { layout, memory } = rows;
    const kernel = kernelFor(memory, kernelModule());
    const buffer = memoryBuffer(memory);
    const block = layout.scratch + slot * layout.scratchBytes;
    const sumsAt = block + BLOCK_BYTES;
    const weightsAt = sumsAt + TILE * 8;
    const sums = new Float64Array(buffer, sumsAt, TILE);
    const blockWeights = new Float32Array(buffer, weightsAt, TILE);
    for (let batch = take(); batch !== null; batch = take()) {
      for (let task = batch.from; task < batch.to; task++) {
        const a = context.block[task];
        const end = context.to[task];
        sums.fill(0);
        for (let b = context.from[task]; b < end; b += TILE) {
          const size = Math.min(TILE, end - b);
          blockWeights.set(weights.subarray(b, b + size));
          blockWeights.fill(0, size);
          blockSquares(kernel, layout, a, b, block);
          kernel.addWeightedDistances(block, weightsAt, sumsAt);
        }
        const size = Math.min(TILE, end - a);
        costs.set(sums.subarray(0, size), a);
      }
    }
    return null;
  },
);

export interface ExactCostsContext {
  rows: Float32Array;
  dimensions: number;
  metric: QuantisedRows["metric"];
  /** Per task: a point, and the range of its cluster's members in `members`. */
  points: Int32Array;
  from: Int32Array;
  to: Int32Array;
  /** The points, cluster by cluster, the points of each in the order of content. */
  members: Int32Array;
  probability: Float64Array;
  weight: Int32Array;
  /** Per task: receives the cost. */
  costs: Float64Array;
}

/** The costs by their definition: in float64, summed in the order of content. */
export const exactCostsJob = teamJob("exactCosts", (context: ExactCostsContext, take: TakeTasks): null => {
  const { rows, dimensions, metric, points, from, to, members, probability, weight, costs } = context;
  for (let batch = take(); batch !== null; batch = take()) {
    for (let task = batch.from; task < batch.to; task++) {
      let cost = 0;
      for (let k = from[task]; k < to[task]; k++) {
        const member = members[k];
        cost +=
          distanceOf(rows, dimensions, points[task], member, metric) * probability[member] * weight[member];
      }
      costs[task] = cost;
    }
  }
  return null;
});
