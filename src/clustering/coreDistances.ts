import { distancesFrom } from "./distance.js";
import type { DistinctPoints } from "./distinctPoints.js";
import type { HdbscanParameters } from "./parameters.js";

/**
 * Core distances (Campello et al. 2015, definition 1): the smallest radius around each point that holds
 * minSamples rows, the point itself and its copies counted; where there are fewer rows, the radius that
 * holds all.
 *
 * @param onPoint called with the number of points done
 * @returns m distances, 0 or more
 */
export function coreDistances(
  points: DistinctPoints,
  minSamples: number,
  metric: HdbscanParameters["metric"],
  onPoint: (done: number) => void,
): Float64Array {
  const { rows, dimensions, weight } = points;
  const m = weight.length;
  const core = new Float64Array(m);
  const distances = new Float64Array(m);
  // The nearest so far, ascending; as every point weighs at least 1, minSamples of them are enough.
  const capacity = Math.min(minSamples, m);
  const nearest = new Float64Array(capacity);
  const nearestWeight = new Int32Array(capacity);
  for (let i = 0; i < m; i++) {
    distancesFrom(rows, dimensions, i, 0, m, metric, distances);
    let kept = 0;
    for (let j = 0; j < m; j++) {
      const distance = distances[j];
      if (kept === capacity && distance >= nearest[kept - 1]) continue;
      if (kept < capacity) kept++;
      let place = kept - 1;
      for (; place > 0 && nearest[place - 1] > distance; place--) {
        nearest[place] = nearest[place - 1];
        nearestWeight[place] = nearestWeight[place - 1];
      }
      nearest[place] = distance;
      nearestWeight[place] = weight[j];
    }
    let held = 0;
    let k = 0;
    for (; k < kept - 1; k++) {
      held += nearestWeight[k];
      if (held >= minSamples) break;
    }
    core[i] = nearest[k];
    onPoint(i + 1);
  }
  return core;
}
