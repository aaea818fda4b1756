import { distanceOf } from "./distance.js";
import type { DistinctPoints } from "./distinctPoints.js";
import { memoryBuffer, TILE } from "./kernel.js";
import type { Members } from "./medoids.js";
import { FLOAT32_SLACK, FLOAT64_SLACK, type QuantisedRows, UNDERFLOW } from "./quantisedRows.js";

/** Clusters of at least so many members are worth the bounds. */
const MANY = 1_024;
/** In the approximate mode the medoid of a large cluster is the best of so many members, the nearest to its mean. */
const APPROXIMATE_CANDIDATES = 256;
/** What float64 sums over a cluster may be off by, relatively, with ample room. */
const SUM_SLACK = 1e-9;

/**
 * Per cluster the members that may be its medoid, ascending: all of them in a small cluster.
 *
 * For half the squared distance (COSINE) the cost of i is ½·(W·‖xᵢ − c‖² + Σⱼ wⱼ·‖xⱼ − c‖²), c the weighted
 * mean and W the weight of the cluster: it is known but for rounding.
 *
 * For Euclidean distance it is bounded from below. Take the members in a tile J, and let all distances from
 * tile I, that of i, to J lie in [l, h], as the pass over all pairs found. The square root is concave, so on
 * [l², h²] it is above its chord: √q ≥ (q + l·h) / (l + h). With q = d(i, j)², summed over j in J,
 *
 *   Σ wⱼ·d(i, j) ≥ (Σ wⱼ·d(i, j)² + W_J·l·h) / (l + h),
 *
 * and the sum of squares is W_J·‖xᵢ‖² − 2·xᵢ·s_J + q_J with s_J = Σ wⱼ·xⱼ and q_J = Σ wⱼ·‖xⱼ‖². The sum of
 * s_J / (l + h) over J is one vector a tile I: the bounds take O(tiles²·d + m·d). (In J = I the pair of i
 * with itself adds nothing to the squares, and its weight is left out of W_J·l·h.)
 */
export function candidateMedoids(
  points: DistinctPoints,
  rows: QuantisedRows,
  members: Members,
  probability: Float64Array,
  approximate: boolean,
): Int32Array[] {
  const candidates: Int32Array[] = [];
  let facts: TileFacts | null = null;
  for (let c = 0; c + 1 < members.first.length; c++) {
    const cluster = members.points.subarray(members.first[c], members.first[c + 1]);
    if (rows.metric === "COSINE") candidates.push(nearestToMean(points, cluster, probability, 0));
    else if (cluster.length < MANY) candidates.push(cluster);
    else if (approximate)
      candidates.push(nearestToMean(points, cluster, probability, APPROXIMATE_CANDIDATES));
    else if (rows.layout.tileMinima === 0) candidates.push(cluster);
    else {
      facts ??= factsOfTiles(rows);
      candidates.push(aboveChord(points, rows, facts, cluster, probability));
    }
  }
  return candidates;
}

/** Those whose squared distance to the weighted mean is the least, but for rounding; or the `atLeast` least. */
function nearestToMean(
  points: DistinctPoints,
  cluster: Int32Array,
  probability: Float64Array,
  atLeast: number,
): Int32Array {
  const { dimensions, weight } = points;
  const mean = new Float64Array(dimensions);
  let total = 0;
  for (const point of cluster) {
    const share = probability[point] * weight[point];
    total += share;
    for (let c = 0, at = point * dimensions; c < dimensions; c++, at++) mean[c] += share * points.rows[at];
  }
  for (let c = 0; c < dimensions; c++) mean[c] /= total;
  let spread = 0;
  const squares = Float64Array.from(cluster, (point) => {
    let sum = 0;
    for (let c = 0, at = point * dimensions; c < dimensions; c++, at++) {
      const difference = points.rows[at] - mean[c];
      sum += difference * difference;
    }
    spread += probability[point] * weight[point] * sum;
    return sum;
  });
  if (atLeast > 0) {
    const limit = squares.toSorted()[atLeast - 1];
    return cluster.filter((_, k) => squares[k] <= limit);
  }
  let least = Infinity;
  for (const square of squares) least = Math.min(least, square);
  // Rounding is relative to the whole cost, of which the spread about the mean is a part.
  const most = least + SUM_SLACK * (least + spread / total);
  return cluster.filter((_, k) => squares[k] <= most);
}

/** Per tile the largest error and norm of its rows; per point its place. */
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

/** The members of a large cluster that the bounds do not rule out. */
function aboveChord(
  points: DistinctPoints,
  rows: QuantisedRows,
  facts: TileFacts,
  cluster: Int32Array,
  probability: Float64Array,
): Int32Array {
  const { dimensions, weight } = points;
  const { tiles, tileMinima, tileMaxima } = rows.layout;
  const buffer = memoryBuffer(rows.memory);
  const minima = new Float32Array(buffer, tileMinima, tiles * tiles);
  const maxima = new Float32Array(buffer, tileMaxima, tiles * tiles);

  // Squares about the mean lose nothing to cancellation that matters.
  const centre = new Float64Array(dimensions);
  for (const point of cluster) {
    for (let c = 0, at = point * dimensions; c < dimensions; c++, at++) centre[c] += points.rows[at];
  }
  for (let c = 0; c < dimensions; c++) centre[c] /= cluster.length;

  const inTile: Int32Array[] = [];
  const used: number[] = [];
  const counts = new Int32Array(tiles);
  for (const point of cluster) counts[facts.placeOf[point] >> 6]++;
  for (let tile = 0; tile < tiles; tile++) {
    if (counts[tile] === 0) continue;
    inTile.push(new Int32Array(counts[tile]));
    counts[tile] = used.push(tile) - 1;
  }
  const filled = new Int32Array(used.length);
  for (const point of cluster) {
    const t = counts[facts.placeOf[point] >> 6];
    inTile[t][filled[t]++] = point;
  }

  const weightOf = new Float64Array(used.length);
  const squaresOf = new Float64Array(used.length);
  const sumOf = new Float64Array(used.length * dimensions);
  const squareOf = new Float64Array(weight.length);
  for (let t = 0; t < used.length; t++) {
    for (const point of inTile[t]) {
      const share = probability[point] * weight[point];
      let square = 0;
      for (let c = 0, at = point * dimensions; c < dimensions; c++, at++) {
        const value = points.rows[at] - centre[c];
        square += value * value;
        sumOf[t * dimensions + c] += share * value;
      }
      squareOf[point] = square;
      weightOf[t] += share;
      squaresOf[t] += share * square;
    }
  }

  const bounds = new Float64Array(weight.length);
  const direction = new Float64Array(dimensions);
  let lowest = cluster[0];
  let lowestBound = Infinity;
  for (let t = 0; t < used.length; t++) {
    const tile = used[t];
    direction.fill(0);
    let constant = 0;
    let perSquare = 0;
    let own = 0;
    for (let u = 0; u < used.length; u++) {
      const other = used[u];
      const wrong = FLOAT32_SLACK * (facts.norm[tile] + facts.norm[other]) + UNDERFLOW;
      const error = facts.error[tile] + facts.error[other];
      const pair = tile * tiles + other;
      const least = Math.max(0, Math.sqrt(Math.max(0, minima[pair] - wrong)) - error) * rows.unit;
      const most = (Math.sqrt(maxima[pair] + wrong) + error) * rows.unit;
      // A tile of one row has no pair of its own: its least is infinite.
      const l = Math.min(least, most) * (1 - FLOAT64_SLACK);
      const h = most * (1 + FLOAT64_SLACK);
      const share = 1 / (l + h);
      constant += (squaresOf[u] + weightOf[u] * l * h) * share;
      perSquare += weightOf[u] * share;
      if (u === t) own = l * h * share;
      for (let c = 0, at = u * dimensions; c < dimensions; c++, at++) direction[c] += sumOf[at] * share;
    }
    for (const point of inTile[t]) {
      let product = 0;
      for (let c = 0, at = point * dimensions; c < dimensions; c++, at++) {
        product += (points.rows[at] - centre[c]) * direction[c];
      }
      const squares = squareOf[point] * perSquare;
      const share = probability[point] * weight[point];
      const bound = squares - 2 * product + constant - own * share;
      bounds[point] = bound - SUM_SLACK * (squares + constant);
      if (bounds[point] < lowestBound) {
        lowestBound = bounds[point];
        lowest = point;
      }
    }
  }

  let cost = 0;
  for (const other of cluster) {
    cost +=
      distanceOf(points.rows, dimensions, lowest, other, rows.metric) * probability[other] * weight[other];
  }
  return cluster.filter((point) => bounds[point] <= cost * (1 + SUM_SLACK));
}
