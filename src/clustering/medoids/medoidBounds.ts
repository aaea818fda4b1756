import { distanceOf } from "../distance.js";
import type { DistinctPoints } from "../distinctPoints.js";
import { memoryBuffer, TILE } from "../kernel/kernel.js";
import type { Members } from "../membership.js";
import { FLOAT32_SLACK, FLOAT64_SLACK, type QuantisedRows, UNDERFLOW } from "../quantisedRows.js";
import { sharedArray } from "../sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "../team.js";
import { momentBounds, momentsAreWorthwhile, SUM_SLACK } from "./momentBounds.js";

/** Clusters with at least this many members are worth computing bounds for. */
const MANY = 1_024;
/**
 * In the approximate mode, the medoid of a large cluster is the best of this many members, those nearest to
 * its mean.
 */
const APPROXIMATE_CANDIDATES = 256;

/**
 * Per cluster, the members that may be its medoid, ascending; all members of a small cluster.
 *
 * For half the squared distance (COSINE) the cost of i is ½·(W·‖xᵢ − c‖² + Σⱼ wⱼ·‖xⱼ − c‖²), with c the
 * weighted mean and W the weight of the cluster: it is known up to rounding.
 *
 * For Euclidean distance the cost is bounded from below. Take the members in a tile J, and let all distances
 * from i's tile I to J lie in [l, h], as the pass over all pairs found. The square root is concave, so on
 * [l², h²] it is above its chord: √q ≥ (q + l·h) / (l + h). With q = d(i, j)², summed over j in J,
 *
 *   Σ wⱼ·d(i, j) ≥ (Σ wⱼ·d(i, j)² + W_J·l·h) / (l + h),
 *
 * and the sum of squares is W_J·‖xᵢ‖² − 2·xᵢ·s_J + q_J with s_J = Σ wⱼ·xⱼ and q_J = Σ wⱼ·‖xⱼ‖². The sum of
 * s_J / (l + h) over J is one vector per tile I: the bounds take O(tiles²·d + m·d). (In J = I the pair of i
 * with itself adds nothing to the squares, and its weight is left out of W_J·l·h.)
 *
 * Where no pass over all pairs found such ranges, or they leave many members, the moments of the squared distances give
 * other bounds (`momentBounds`).
 */
export function candidateMedoids(
  points: DistinctPoints,
  rows: QuantisedRows,
  members: Members,
  probability: Float64Array,
  approximate: boolean,
  team: Team,
): Int32Array[] {
  const candidates: Int32Array[] = [];
  let facts: TileFacts | null = null;
  for (let c = 0; c + 1 < members.first.length; c++) {
    const cluster = members.points.subarray(members.first[c], members.first[c + 1]);
    if (rows.metric === "COSINE") candidates.push(nearestToMean(points, cluster, probability, 0));
    else if (cluster.length < MANY) candidates.push(cluster);
    else if (approximate)
      candidates.push(nearestToMean(points, cluster, probability, APPROXIMATE_CANDIDATES));
    else {
      let left = cluster;
      if (rows.layout.tileMinima !== 0) {
        facts ??= factsOfTiles(rows);
        left = withinChord(points, rows, facts, cluster, probability, team);
      }
      if (momentsAreWorthwhile(left.length, cluster.length, points.dimensions)) {
        left = withinMoments(points, rows, left, cluster, probability, team);
      }
      candidates.push(left);
    }
  }
  return candidates;
}

/**
 * The members whose squared distance to the weighted mean is the least, up to rounding; or the `atLeast`
 * members with the least.
 *
 * The mean is computed from differences to the member with the greatest weight. These are as small as the
 * cluster, so that their rounding errors are small too, however far from 0 a tight cluster lies.
 */
function nearestToMean(
  points: DistinctPoints,
  cluster: Int32Array,
  probability: Float64Array,
  atLeast: number,
): Int32Array {
  const { rows, dimensions, weight } = points;
  const mean = new Float64Array(dimensions);
  const shareOf = (point: number): number => probability[point] * weight[point];
  const heaviest = cluster.reduce((most, point) => (shareOf(point) > shareOf(most) ? point : most));
  const origin = rows.subarray(heaviest * dimensions, (heaviest + 1) * dimensions);
  let total = 0;
  for (const point of cluster) {
    const share = shareOf(point);
    total += share;
    for (let c = 0, at = point * dimensions; c < dimensions; c++, at++) {
      mean[c] += share * (rows[at] - origin[c]);
    }
  }
  for (let c = 0; c < dimensions; c++) mean[c] /= total;
  let spread = 0;
  const squares = Float64Array.from(cluster, (point) => {
    let sum = 0;
    for (let c = 0, at = point * dimensions; c < dimensions; c++, at++) {
      const difference = rows[at] - origin[c] - mean[c];
      sum += difference * difference;
    }
    spread += shareOf(point) * sum;
    return sum;
  });
  if (atLeast > 0) {
    const limit = squares.toSorted()[atLeast - 1];
    return cluster.filter((_, k) => squares[k] <= limit);
  }
  let least = Infinity;
  for (const square of squares) least = Math.min(least, square);
  // Rounding is relative to the whole cost, which includes the spread about the mean.
  const most = least + SUM_SLACK * (least + spread / total);
  return cluster.filter((_, k) => squares[k] <= most);
}

/** Per tile: the largest error and norm of its rows. Per point: its place. */
interface TileFacts {
  error: Float64Array;
  norm: Float64Array;
  placeOf: Int32Array;
}

function factsOfTiles(rows: QuantisedRows): TileFacts {
  const { tiles } = rows.layout;
  const error = new Float64Array(tiles);
  const norm = new Float64Array(tiles);
  const placeOf = new Int32Array(rows.count);
  for (let place = 0; place < rows.count; place++) {
    const tile = Math.floor(place / TILE);
    error[tile] = Math.max(error[tile], rows.errors[place]);
    norm[tile] = Math.max(norm[tile], rows.norms[place]);
    placeOf[rows.pointAt[place]] = place;
  }
  return { error, norm, placeOf };
}

/** Number of members whose mean is the centre about which squares are computed. */
const CENTRE_SAMPLE = 256;

/** The members of a large cluster that the bounds do not rule out. */
function withinChord(
  points: DistinctPoints,
  rows: QuantisedRows,
  facts: TileFacts,
  cluster: Int32Array,
  probability: Float64Array,
  team: Team,
): Int32Array {
  const { dimensions, weight } = points;
  const { tiles } = rows.layout;
  const counts = new Int32Array(tiles);
  for (const point of cluster) counts[facts.placeOf[point] >> 6]++;
  const used = Int32Array.from(counts.keys()).filter((tile) => counts[tile] > 0);
  const members = sharedArray(Int32Array, cluster.length);
  const first = sharedArray(Int32Array, used.length + 1);
  const next = new Int32Array(tiles);
  used.forEach((tile, t) => {
    next[tile] = first[t];
    first[t + 1] = first[t] + counts[tile];
  });
  for (const point of cluster) members[next[facts.placeOf[point] >> 6]++] = point;

  const sums: TileSumsContext = {
    rows: points.rows,
    dimensions,
    weight,
    probability,
    members,
    first,
    centre: middleOf(points, cluster),
    weightOf: sharedArray(Float64Array, used.length),
    squaresOf: sharedArray(Float64Array, used.length),
    sumOf: sharedArray(Float64Array, used.length * dimensions),
    squareOf: sharedArray(Float64Array, cluster.length),
  };
  team.run(tileSumsJob, sums, used.length, 1);
  const bounds = sharedArray(Float64Array, cluster.length);
  const { error, norm } = facts;
  team.run(chordBoundsJob, { ...sums, quantised: rows, used, error, norm, bounds }, used.length, 1);

  return notRuledOut(points, rows, members, bounds, cluster, probability).sort();
}

/** Those of the candidates that the bounds by moments do not rule out either. */
function withinMoments(
  points: DistinctPoints,
  rows: QuantisedRows,
  candidates: Int32Array,
  cluster: Int32Array,
  probability: Float64Array,
  team: Team,
): Int32Array {
  const share = (point: number): number => probability[point] * points.weight[point];
  const bounds = momentBounds(points, cluster, candidates, share, team);
  return notRuledOut(points, rows, candidates, bounds, cluster, probability);
}

/** The candidates whose cost may be as low as that of the one with the lowest bound. */
function notRuledOut(
  { rows, dimensions, weight }: DistinctPoints,
  { metric }: QuantisedRows,
  candidates: Int32Array,
  bounds: Float64Array,
  cluster: Int32Array,
  probability: Float64Array,
): Int32Array {
  let lowest = 0;
  for (let at = 1; at < bounds.length; at++) if (bounds[at] < bounds[lowest]) lowest = at;
  let cost = 0;
  for (const other of cluster) {
    cost +=
      distanceOf(rows, dimensions, candidates[lowest], other, metric) * probability[other] * weight[other];
  }
  return candidates.filter((_, at) => bounds[at] <= cost * (1 + SUM_SLACK));
}

/** A point in the middle of the cluster: squares about it lose no significant precision to cancellation. */
function middleOf({ rows, dimensions }: DistinctPoints, cluster: Int32Array): Float64Array {
  const centre = new Float64Array(dimensions);
  const size = Math.min(CENTRE_SAMPLE, cluster.length);
  for (let s = 0; s < size; s++) {
    const start = cluster[Math.floor((s * cluster.length) / size)] * dimensions;
    for (let c = 0; c < dimensions; c++) centre[c] += rows[start + c] / size;
  }
  return centre;
}

export interface TileSumsContext {
  rows: Float32Array;
  dimensions: number;
  weight: Int32Array;
  probability: Float64Array;
  /** The cluster's points, tile by tile: tile t has members[first[t] … first[t + 1]). */
  members: Int32Array;
  first: Int32Array;
  centre: Float64Array;
  /** Per tile t, over its members relative to the centre: receives Σw, Σw‖x‖², and Σwx. */
  weightOf: Float64Array;
  squaresOf: Float64Array;
  sumOf: Float64Array;
  /** Per member: receives ‖x‖² relative to the centre. */
  squareOf: Float64Array;
}

export const tileSumsJob = teamJob("tileSums", (context: TileSumsContext, take: TakeTasks): null => {
  const { rows, dimensions, weight, probability, members, first, centre } = context;
  const { weightOf, squaresOf, sumOf, squareOf } = context;
  for (let batch = take(); batch !== null; batch = take()) {
    for (let t = batch.from; t < batch.to; t++) {
      for (let at = first[t]; at < first[t + 1]; at++) {
        const start = members[at] * dimensions;
        const share = probability[members[at]] * weight[members[at]];
        let square = 0;
        for (let c = 0; c < dimensions; c++) {
          const value = rows[start + c] - centre[c];
          square += value * value;
          sumOf[t * dimensions + c] += share * value;
        }
        squareOf[at] = square;
        weightOf[t] += share;
        squaresOf[t] += share * square;
      }
    }
  }
  return null;
});

export interface ChordBoundsContext extends TileSumsContext {
  quantised: QuantisedRows;
  /** The tiles that contain members. */
  used: Int32Array;
  /** Per tile, of all tiles: the largest error and norm of its rows. */
  error: Float64Array;
  norm: Float64Array;
  /** Per member: receives a lower bound of its cost. */
  bounds: Float64Array;
}

export const chordBoundsJob = teamJob("chordBounds", (context: ChordBoundsContext, take: TakeTasks): null => {
  const { rows, dimensions, weight, probability, members, first, centre } = context;
  const { weightOf, squaresOf, sumOf, squareOf, quantised, used, error, norm, bounds } = context;
  const { tiles, tileMinima, tileMaxima } = quantised.layout;
  const buffer = memoryBuffer(quantised.memory);
  const minima = new Float32Array(buffer, tileMinima, tiles * tiles);
  const maxima = new Float32Array(buffer, tileMaxima, tiles * tiles);
  const direction = new Float64Array(dimensions);
  for (let batch = take(); batch !== null; batch = take()) {
    for (let t = batch.from; t < batch.to; t++) {
      const tile = used[t];
      direction.fill(0);
      let constant = 0;
      let perSquare = 0;
      let own = 0;
      for (let u = 0; u < used.length; u++) {
        const other = used[u];
        const wrong = FLOAT32_SLACK * (norm[tile] + norm[other]) + UNDERFLOW;
        const inexact = error[tile] + error[other];
        const pair = tile * tiles + other;
        const least = Math.max(0, Math.sqrt(Math.max(0, minima[pair] - wrong)) - inexact) * quantised.unit;
        const most = (Math.sqrt(maxima[pair] + wrong) + inexact) * quantised.unit;
        // A tile of one row has no pairs within it: its least square is infinite.
        const l = Math.min(least, most) * (1 - FLOAT64_SLACK);
        const h = most * (1 + FLOAT64_SLACK);
        const share = 1 / (l + h);
        constant += (squaresOf[u] + weightOf[u] * l * h) * share;
        perSquare += weightOf[u] * share;
        if (u === t) own = l * h * share;
        addScaled(direction, sumOf, u * dimensions, share);
      }
      for (let at = first[t]; at < first[t + 1]; at++) {
        const start = members[at] * dimensions;
        let product = 0;
        for (let c = 0; c < dimensions; c++) product += (rows[start + c] - centre[c]) * direction[c];
        const squares = squareOf[at] * perSquare;
        const share = probability[members[at]] * weight[members[at]];
        const bound = squares - 2 * product + constant - own * share;
        bounds[at] = bound - SUM_SLACK * (squares + constant);
      }
    }
  }
  return null;
});

function addScaled(to: Float64Array, from: Float64Array, start: number, factor: number): void {
  for (let c = 0; c < to.length; c++) to[c] += from[start + c] * factor;
}
