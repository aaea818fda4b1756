import type { DistinctPoints } from "../distinctPoints.js";
import { kernelModule } from "../kernel/kernel.js";
import { rowMultiplier } from "../rowProducts.js";
import { sharedArray, sharedCopy } from "../sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "../team.js";

/**
 * Number of members whose second moments are summed at a time. It is not a power of two, because columns of such a length
 * would all compete for the same few lines of a cache.
 */
const CHUNK = 504;
/** Relative error of float64 sums over a cluster, with an ample margin. */
export const SUM_SLACK = 1e-9;
/**
 * The moments are computed where the products that they may save are at least this many times as many as theirs. Half
 * of that is what they take besides products: they need the rows as columns, rounded once more.
 */
const WORTH = 8;

/**
 * Whether it takes less time to compute the moments of a cluster than its candidates' distances to all its members:
 * both are products of the kernel, m·d² for the moments and d³ for the bound of their largest eigenvalue.
 */
export function momentsAreWorthwhile(candidates: number, members: number, dimensions: number): boolean {
  const ofMoments = members * dimensions ** 2 + dimensions ** 3;
  return candidates * members * dimensions > WORTH * ofMoments;
}

/** An estimate of the bytes that the moments take if the clusters of so many distinct rows may be worth them. */
export function expectedMomentsBytes(rows: number, dimensions: number, threads: number): number {
  if (!momentsAreWorthwhile(rows, rows, dimensions)) return 0;
  const matrix = dimensions ** 2 * 8;
  // The columns as they are and as the kernel has them.
  const columns = dimensions * CHUNK * (8 + 2);
  return threads * (2 * matrix + columns) + 3 * matrix;
}

/**
 * Per candidate, a lower bound of its cost Σⱼ wⱼ·d(i, j), from the first two moments of its squared
 * distances, over the members j of a cluster, with Euclidean distances d and weights w.
 *
 * With q = d(i, j)², Q₁ = Σⱼ wⱼ·q and Q₂ = Σⱼ wⱼ·q², Hölder's inequality for q = q^⅓·q^⅔ gives
 *
 *   Q₁ ≤ (Σ wⱼ·√q)^⅔ · Q₂^⅓, so that Σ wⱼ·d(i, j) ≥ Q₁^(3/2) / Q₂^½.
 *
 * The more equal the distances are, the closer the bound: in hundreds of dimensions it is usually off by less than a
 * hundredth. With y = x − c, c the weighted mean, a = ‖y‖² and M = Σ wⱼ·yⱼ·yⱼᵀ,
 *
 *   Q₁ = W·aᵢ + Σ wⱼ·aⱼ − 2·yᵢ·Σ wⱼ·yⱼ
 *   Q₂ = W·aᵢ² + 2·aᵢ·Σ wⱼ·aⱼ + Σ wⱼ·aⱼ² + 4·yᵢᵀ·M·yᵢ − 4·yᵢ·(aᵢ·Σ wⱼ·yⱼ + Σ wⱼ·aⱼ·yⱼ)
 *
 * and yᵀ·M·y is at most aᵢ times the largest eigenvalue of M, whose square is at most the Frobenius norm of M². All of
 * it takes O(m·d² + d³), where all pairs take O(m²·d).
 *
 * @param members the numbers of the cluster's points
 * @param candidates members of the cluster
 * @param share per point of the clustering: its weight w, more than 0
 * @returns per candidate: the bound, in the distances' unit; 0 where nothing can be said
 */
export function momentBounds(
  { rows, dimensions }: DistinctPoints,
  members: Int32Array,
  candidates: Int32Array,
  share: (point: number) => number,
  team: Team,
): Float64Array {
  const d = dimensions;
  const weights = sharedArray(Float64Array, members.length);
  const largest = members.reduce((most, point) => Math.max(most, share(point)), 0);
  members.forEach((point, at) => {
    weights[at] = share(point) / largest;
  });
  const cluster = { rows, dimensions: d, members: sharedCopy(Int32Array, members), weights };
  const mean = meanOf(cluster);
  const centred = new Float64Array(d);
  let longest = 0;
  for (const point of members) longest = Math.max(longest, centre(rows, point, mean, 1, centred));
  if (!(longest > 0 && longest < Infinity)) return new Float64Array(candidates.length);
  // In units of the longest, no product leaves the range of float32.
  const scale = 1 / Math.sqrt(longest);

  let weight = 0;
  let squares = 0;
  let fourths = 0;
  const sum = new Float64Array(d);
  const squareSum = new Float64Array(d);
  members.forEach((point, at) => {
    const w = weights[at];
    const a = centre(rows, point, mean, scale, centred);
    weight += w;
    squares += w * a;
    fourths += w * a * a;
    for (let c = 0; c < d; c++) {
      sum[c] += w * centred[c];
      squareSum[c] += w * a * centred[c];
    }
  });
  const eigenvalue = largestEigenvalue({ ...cluster, mean, scale }, team);

  return Float64Array.from(candidates, (point) => {
    const a = centre(rows, point, mean, scale, centred);
    let onSum = 0;
    let onSquareSum = 0;
    for (let c = 0; c < d; c++) {
      onSum += centred[c] * sum[c];
      onSquareSum += centred[c] * squareSum[c];
    }
    const first = weight * a + squares - 2 * onSum;
    const positive = weight * a * a + 2 * a * squares + fourths + 4 * a * eigenvalue;
    const second = positive - 4 * (a * onSum + onSquareSum) + SUM_SLACK * positive;
    const bound = (first * Math.sqrt(first / second) * (1 - SUM_SLACK) * largest) / scale;
    return bound > 0 && bound < Infinity ? bound : 0;
  });
}

interface WeightedMembers {
  rows: Float32Array;
  dimensions: number;
  members: Int32Array;
  weights: Float64Array;
}

function meanOf({ rows, dimensions, members, weights }: WeightedMembers): Float64Array {
  const mean = sharedArray(Float64Array, dimensions);
  let total = 0;
  members.forEach((point, at) => {
    total += weights[at];
    for (let c = 0; c < dimensions; c++) mean[c] += weights[at] * rows[point * dimensions + c];
  });
  for (let c = 0; c < dimensions; c++) mean[c] /= total;
  return mean;
}

/** @returns the square of the length of the centred and scaled row that `centred` receives */
function centre(
  rows: Float32Array,
  point: number,
  mean: Float64Array,
  scale: number,
  centred: Float64Array,
): number {
  const start = point * centred.length;
  let square = 0;
  for (let c = 0; c < centred.length; c++) {
    const value = (rows[start + c] - mean[c]) * scale;
    centred[c] = value;
    square += value * value;
  }
  return square;
}

/** An upper bound of the largest eigenvalue of the matrix of the members' second moments. */
function largestEigenvalue(cluster: Omit<MomentsContext, "moments">, team: Team): number {
  const { dimensions: d, members } = cluster;
  const moments = sharedArray(Float64Array, team.threads * d * d);
  const errors = team.run(momentsJob, { ...cluster, moments }, Math.ceil(members.length / CHUNK), 1);
  const matrix = new Float64Array(d * d);
  for (let at = 0; at < moments.length; at++) matrix[at % matrix.length] += moments[at];
  const error = errors.reduce((sum, own) => sum + own, 0);
  const length = norm(matrix);
  if (!(length > 0)) return error;
  for (let at = 0; at < matrix.length; at++) matrix[at] /= length;
  const square = rowMultiplier(d, null, d, team.module)(matrix);
  const bound = length * Math.sqrt(norm(square.products) + square.error) + error;
  return bound * (1 + SUM_SLACK);
}

function norm(values: Float64Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}

export interface MomentsContext extends WeightedMembers {
  mean: Float64Array;
  scale: number;
  /** Per thread, d·d: receives the sum of its tasks. */
  moments: Float64Array;
}

/**
 * Each task sums the second moments of up to `CHUNK` members.
 *
 * @returns an upper bound of the Frobenius norm of the error of the thread's sum
 */
export const momentsJob = teamJob(
  "moments",
  (context: MomentsContext, take: TakeTasks, slot: number): number => {
    const { rows, dimensions: d, members, weights, mean, scale, moments } = context;
    const own = moments.subarray(slot * d * d, (slot + 1) * d * d);
    const columns = new Float64Array(d * CHUNK);
    const centred = new Float64Array(d);
    let multiply: ReturnType<typeof rowMultiplier> | undefined;
    let errors = 0;
    for (let batch = take(); batch !== null; batch = take()) {
      multiply ??= rowMultiplier(d, null, CHUNK, kernelModule());
      for (let task = batch.from; task < batch.to; task++) {
        columns.fill(0);
        const end = Math.min(members.length, (task + 1) * CHUNK);
        for (let at = task * CHUNK, column = 0; at < end; at++, column++) {
          centre(rows, members[at], mean, scale, centred);
          const root = Math.sqrt(weights[at]);
          for (let c = 0; c < d; c++) columns[c * CHUNK + column] = root * centred[c];
        }
        const { products, error } = multiply(columns);
        errors += error;
        for (let at = 0; at < products.length; at++) own[at] += products[at];
      }
    }
    return errors;
  },
);
