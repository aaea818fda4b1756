import { distancesFrom } from "./distance.js";
import type { DistinctPoints } from "./distinctPoints.js";
import type { HdbscanParameters } from "./parameters.js";

/** Costs within this of the least, relatively, are equal: the sums have rounding errors. */
const TIE = 1e-12;

/**
 * The medoid of each cluster: the member with the least Σⱼ wⱼ·pⱼ·d(i, j) over its members j, w the number
 * of copies and p the membership probability; on a tie the first in the order of content.
 *
 * @param members per cluster: its distinct points, ascending
 * @param onCluster called with the number of clusters done
 * @returns per cluster: the distinct point
 */
export function medoids(
  points: DistinctPoints,
  members: Int32Array[],
  probability: Float64Array,
  metric: HdbscanParameters["metric"],
  onCluster: (done: number) => void,
): Int32Array {
  return Int32Array.from(members, (cluster, done) => {
    const medoid = medoidOf(points, cluster, probability, metric);
    onCluster(done + 1);
    return medoid;
  });
}

function medoidOf(
  points: DistinctPoints,
  members: Int32Array,
  probability: Float64Array,
  metric: HdbscanParameters["metric"],
): number {
  const { dimensions, weight } = points;
  const count = members.length;
  const rows = new Float32Array(count * dimensions);
  for (let k = 0; k < count; k++) {
    const start = members[k] * dimensions;
    rows.set(points.rows.subarray(start, start + dimensions), k * dimensions);
  }
  const cost = new Float64Array(count);
  const distances = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    distancesFrom(rows, dimensions, i, 0, count, metric, distances);
    for (let j = 0; j < count; j++) {
      cost[i] += distances[j] * probability[members[j]] * weight[members[j]];
    }
  }
  let least = Infinity;
  for (const value of cost) least = Math.min(least, value);
  return members[cost.findIndex((value) => value <= least * (1 + TIE))];
}
