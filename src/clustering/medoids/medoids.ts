import type { DistinctPoints } from "../distinctPoints.js";
import { memoryBuffer, TILE } from "../kernel/kernel.js";
import type { Members } from "../membership.js";
import { FLOAT32_SLACK, FLOAT64_SLACK, type QuantisedRows, UNDERFLOW } from "../quantisedRows.js";
import { sharedArray } from "../sharedArray.js";
import type { Team } from "../team.js";
import { reorder } from "../tiles.js";
import { candidateMedoids } from "./medoidBounds.js";
import { exactCostsJob, medoidCostsJob } from "./medoidCosts.js";

/**
 * Costs within this relative difference of the least count as equal, because the sums have rounding errors.
 */
const TIE = 1e-12;
/** In clusters with fewer members, all costs are computed by their definition. */
const FEW = 24;

/**
 * The medoid of each cluster: the member with the least Σⱼ wⱼ·pⱼ·d(i, j) over the cluster's members j, with w
 * the number of copies and p the membership probability; on a tie the first in the order of content.
 *
 * Exact, without computing all pairs in float64: `candidateMedoids` rules out most members of a large cluster
 * by lower bounds; the kernel computes the costs of the others within an error bound; and only those that
 * could still be the least are computed by their definition. Reorders the rows.
 *
 * @param onTasks called with the share of the kernel's work that is done
 * @returns per cluster: the distinct point
 */
export function medoids(
  points: DistinctPoints,
  rows: QuantisedRows,
  members: Members,
  probability: Float64Array,
  approximate: boolean,
  team: Team,
  onTasks: (done: number, of: number) => void,
): Int32Array {
  const clusters = members.first.length - 1;
  const candidates = candidateMedoids(points, rows, members, probability, approximate, team);
  const left =
    rows.metric === "COSINE"
      ? candidates
      : narrowed(points, rows, members, probability, candidates, team, onTasks);

  const tasks = left.reduce((sum, list) => sum + (list.length > 1 ? list.length : 0), 0);
  const context = {
    rows: points.rows,
    dimensions: points.dimensions,
    metric: rows.metric,
    points: sharedArray(Int32Array, tasks),
    from: sharedArray(Int32Array, tasks),
    to: sharedArray(Int32Array, tasks),
    members: members.points,
    probability,
    weight: points.weight,
    costs: sharedArray(Float64Array, tasks),
  };
  let task = 0;
  for (let c = 0; c < clusters; c++) {
    if (left[c].length < 2) continue;
    for (const point of left[c]) {
      context.points[task] = point;
      context.from[task] = members.first[c];
      context.to[task++] = members.first[c + 1];
    }
  }
  team.run(exactCostsJob, context, tasks, 1);

  const medoid = new Int32Array(clusters);
  task = 0;
  for (let c = 0; c < clusters; c++) {
    if (left[c].length < 2) {
      medoid[c] = left[c][0];
      continue;
    }
    const costs = context.costs.subarray(task, task + left[c].length);
    task += left[c].length;
    const least = costs.reduce((a, b) => Math.min(a, b), Infinity);
    medoid[c] = left[c][costs.findIndex((cost) => cost <= least * (1 + TIE))];
  }
  return medoid;
}

/**
 * The candidates whose cost could be the least, by the kernel's distances.
 *
 * The kernel's distance of i and j is within eᵢ + eⱼ of the true one, plus its float32 error: the square is
 * wrong by at most δ = FLOAT32_SLACK·(nᵢ + nⱼ) + UNDERFLOW, and its root therefore by at most δ / √square, or
 * by √δ where that is less or the square is small. The nearest other row gives a lower bound of √square; the
 * distance of a row to itself is counted with an error of √δ. Sums of 16 terms in float32 have a relative
 * error below 2⁻¹⁹.
 */
function narrowed(
  points: DistinctPoints,
  rows: QuantisedRows,
  members: Members,
  probability: Float64Array,
  candidates: Int32Array[],
  team: Team,
  onTasks: (done: number, of: number) => void,
): Int32Array[] {
  const { layout, count } = rows;
  const clusters = candidates.length;
  const inQuestion: number[] = [];
  for (let c = 0; c < clusters; c++) {
    if (candidates[c].length > 1 && members.first[c + 1] - members.first[c] >= FEW) inQuestion.push(c);
  }
  if (inQuestion.length === 0) return candidates;

  const nearest = nearestSquares(rows);
  const placeOf = new Int32Array(count);
  for (let place = 0; place < count; place++) placeOf[rows.pointAt[place]] = place;
  const list = new Int32Array(memoryBuffer(rows.memory), layout.list, count);
  // The clusters in question come first, each starting with its candidates.
  const taken = new Uint8Array(count);
  const firstPlace = new Int32Array(clusters);
  let at = 0;
  let tasks = 0;
  for (const c of inQuestion) {
    firstPlace[c] = at;
    tasks += Math.ceil(candidates[c].length / TILE);
    for (const point of candidates[c]) {
      taken[point] = 1;
      list[at++] = placeOf[point];
    }
    for (let k = members.first[c]; k < members.first[c + 1]; k++) {
      const point = members.points[k];
      if (taken[point] === 1) continue;
      taken[point] = 1;
      list[at++] = placeOf[point];
    }
  }
  const used = at;
  for (let point = 0; point < count; point++) if (taken[point] === 0) list[at++] = placeOf[point];
  reorder(rows, list);

  const context = {
    rows,
    block: sharedArray(Int32Array, tasks),
    from: sharedArray(Int32Array, tasks),
    to: sharedArray(Int32Array, tasks),
    weights: sharedArray(Float32Array, used),
    costs: sharedArray(Float64Array, used),
  };
  for (let place = 0; place < used; place++) {
    const point = rows.pointAt[place];
    context.weights[place] = probability[point] * points.weight[point];
  }
  let task = 0;
  for (const c of inQuestion) {
    const from = firstPlace[c];
    for (let block = 0; block < candidates[c].length; block += TILE) {
      context.block[task] = from + block;
      context.from[task] = from;
      context.to[task++] = from + members.first[c + 1] - members.first[c];
    }
  }
  team.run(medoidCostsJob, context, tasks, 1, (done) => onTasks(done, tasks));

  const left = candidates.slice();
  for (const c of inQuestion) {
    const from = firstPlace[c];
    const to = from + members.first[c + 1] - members.first[c];
    let weight = 0;
    let weightedError = 0;
    let mostNorm = 0;
    for (let place = from; place < to; place++) {
      weight += context.weights[place];
      weightedError += context.weights[place] * rows.errors[place];
      mostNorm = Math.max(mostNorm, rows.norms[place]);
    }
    const uncertainty = (place: number): number => {
      const wrong = FLOAT32_SLACK * (rows.norms[place] + mostNorm) + UNDERFLOW;
      const root = Math.sqrt(wrong);
      const square = nearest[rows.pointAt[place]] - wrong;
      const rootError = square > wrong ? Math.min(root, wrong / Math.sqrt(square)) : root;
      return (
        weight * (rows.errors[place] + rootError) +
        weightedError +
        context.weights[place] * root +
        2 ** -19 * context.costs[place] +
        FLOAT64_SLACK * context.costs[place]
      );
    };
    const size = candidates[c].length;
    let atMost = Infinity;
    for (let place = from; place < from + size; place++) {
      atMost = Math.min(atMost, context.costs[place] + uncertainty(place));
    }
    const possible: number[] = [];
    for (let place = from; place < from + size; place++) {
      if (context.costs[place] - uncertainty(place) <= atMost * (1 + 2 * TIE))
        possible.push(rows.pointAt[place]);
    }
    left[c] = Int32Array.from(possible).sort();
  }
  return left;
}

/** Per point: the least square in its list; 0 if the list is empty. */
function nearestSquares(rows: QuantisedRows): Float32Array {
  const { layout, count, pointAt } = rows;
  const { k } = layout;
  const buffer = memoryBuffer(rows.memory);
  const counts = new Int32Array(buffer, layout.counts, count);
  const values = new Float32Array(buffer, layout.values, count * k);
  const nearest = new Float32Array(count);
  for (let place = 0; place < count; place++) {
    let least = Infinity;
    for (let n = place * k; n < place * k + counts[place]; n++) least = Math.min(least, values[n]);
    nearest[pointAt[place]] = least === Infinity ? 0 : least;
  }
  return nearest;
}
