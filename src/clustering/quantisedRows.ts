import type { DistinctPoints } from "./distinctPoints.js";
import { type KernelMemory, kernelMemory, memoryBuffer, TILE } from "./kernel/kernel.js";
import type { Kernel } from "./kernel/kernelInterface.js";
import type { Metric } from "./metric.js";
import { sharedArray } from "./sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "./team.js";

/**
 * The distinct points as int16, in tiles of rows that are near each other, in memory that threads share; with
 * a certificate of how far each quantised row is from its point.
 *
 * Places 0 … m−1 are the rows in the order of the tiles. The last tile is filled with rows of zeros with an
 * infinite norm, so that they are nobody's neighbours.
 *
 * The certificate. With x the centred point divided by `unit`, q its integers and s its scale, the kernel
 * computes with x̂ = s·q, and e = ‖x − x̂‖ is known. By the triangle inequality, the distance of two points
 * is within e₁ + e₂ of that of x̂₁ and x̂₂. The kernel computes the square of the latter with at most eight
 * float32 roundings, each of at most 2⁻²⁴ of (‖x̂₁‖² + ‖x̂₂‖²), because 2·x̂₁·x̂₂ is no greater;
 * `FLOAT32_SLACK` is twice that. The exact distance is computed in float64 and so is rounded itself: a
 * relative `FLOAT64_SLACK` more than covers it.
 */
export interface QuantisedRows {
  memory: KernelMemory;
  layout: Layout;
  metric: Metric;
  /** Number of distinct points, which is the number of places in use. */
  count: number;
  dimensions: number;
  /** The points themselves, in the order of content: m·d. */
  rows: Float32Array;
  /** Per point: number of input rows. */
  weight: Int32Array;
  /** Per place: the number of its point. */
  pointAt: Int32Array;
  /** Per place: ‖x̂‖² as the kernel uses it, and e. */
  norms: Float32Array;
  errors: Float64Array;
  /** The largest e, and the largest e / ‖x̂‖. */
  mostError: number;
  mostRelativeError: number;
  /** A power of two: the factor from the kernel's distances to those of the points. */
  unit: number;
}

export const FLOAT32_SLACK = 2 ** -20;
export const FLOAT64_SLACK = 1e-10;
/** Bound for squares below the range of normal float32 numbers, with a margin. */
export const UNDERFLOW = 1e-36;

/**
 * The length of the longest quantised row. Every partial sum of a dot product is at most ‖q₁‖·‖q₂‖ in
 * absolute value (Cauchy and Schwarz, for the components summed so far), so that 46,340² < 2³¹ rules out
 * overflow. Rounding to integers lengthens a row by at most √d / 2, which the remaining 340 cover up to
 * 462,000 dimensions.
 */
const LONGEST = 46_000;
export const LARGEST = 32_767;

/**
 * The value of one integer step, so that a row of this length, with this largest component, fits the kernel's
 * limits.
 */
export const integerScale = (length: number, largest: number): number =>
  Math.max(length / LONGEST, largest / LARGEST);

/** Byte addresses in the shared memory; lists have space for `k` neighbours per row. */
export interface Layout {
  k: number;
  stride: number;
  tiles: number;
  rows: number;
  norms: number;
  scales: number;
  limits: number;
  counts: number;
  values: number;
  indices: number;
  locks: number;
  /**
   * Number of components of the rows' short form, a multiple of 8; 0 if there is none. The addresses of the
   * short rows follow:
   */
  width: number;
  projected: number;
  projectedNorms: number;
  projectedScales: number;
  /** Per short row, as float32: a bound of its distance to the vector that it represents. */
  projectedErrors: number;
  /** Per tile four float32: the largest error, norm and tail of its short rows, and one unused. */
  projectedFacts: number;
  /** The directions in the format of rows, with their scales; and 64 zeros. */
  directions: number;
  directionScales: number;
  zeros: number;
  /**
   * tiles² float32 each: lower and upper bounds of the squares of each pair of tiles; 0 if there are too many
   * tiles.
   */
  tileMinima: number;
  tileMaxima: number;
  /** Working memory of one job, per place: int32 names, int32 products. */
  list: number;
  products: number;
  /**
   * Per thread: a block of 64·64 float32, the pairs that were collected from it (up to 4,096), and 64 rows of
   * other data.
   */
  scratch: number;
  scratchBytes: number;
  /**
   * Per thread, in the approximate mode: the names and products of a tree, and the rows of one of its leaves.
   */
  trees: number;
  treeBytes: number;
  bytes: number;
}

/** Most rows of a tree's leaf in the approximate mode, which computes all pairs of a leaf. */
export const LEAF = 1_024;
/** Number of values stored for each row of a leaf besides its integers: norm, scale, name and limit. */
const LEAF_FACTS = 4;

/** Most components of the short form, and the fewest rows and dimensions for which it is worth making. */
const MOST_WIDTH = 224;
const LEAST_ROWS = 12_000;
const LEAST_DIMENSIONS = 128;

/** Number of components of the short form that pays off for these rows; 0 if none does. */
export function projectedWidth(count: number, dimensions: number, approximate: boolean): number {
  if (approximate || count < LEAST_ROWS || dimensions < LEAST_DIMENSIONS) return 0;
  return Math.min(MOST_WIDTH, 8 * Math.floor((0.6 * dimensions) / 8));
}

export const COLLECTED_BYTES = TILE * TILE * 8;
export const BLOCK_BYTES = TILE * TILE * 4;
/**
 * Above this number of tiles, the minima of all pairs of tiles are not stored: they would cost more memory
 * than they save time.
 */
const MOST_TILES_WITH_MINIMA = 4_096;

/**
 * @param threads the largest number of threads that compute at the same time
 * @param width number of components of the short form
 * @param withMinima whether there is space for the bounds of each pair of tiles, if these are not too many
 */
export function layoutFor(
  count: number,
  dimensions: number,
  k: number,
  threads: number,
  approximate: boolean,
  width = projectedWidth(count, dimensions, approximate),
  withMinima = !approximate,
): Layout {
  let bytes = 64;
  const take = (size: number): number => {
    const at = bytes;
    bytes += Math.ceil(size / 64) * 64;
    return at;
  };
  const stride = Math.ceil(dimensions / 8) * 16;
  const tiles = Math.max(1, Math.ceil(count / TILE));
  const padded = tiles * TILE;
  // A block may begin at any place, and so end within a tile beyond the last.
  const readable = padded + TILE;
  const minima = tiles <= MOST_TILES_WITH_MINIMA && withMinima ? tiles * tiles * 4 : 0;
  const short = width > 0 ? padded : 0;
  const directions = width > 0 ? Math.ceil(width / TILE) * TILE : 0;
  const treeBytes = approximate ? padded * 8 + stride + LEAF * (stride + LEAF_FACTS * 4) : 0;
  const scratchBytes = BLOCK_BYTES + COLLECTED_BYTES + TILE * (stride + 24) + 64;
  return {
    k,
    stride,
    tiles,
    rows: take(readable * stride),
    norms: take(readable * 4),
    scales: take(readable * 4),
    limits: take(padded * 4),
    counts: take(padded * 4),
    values: take(padded * k * 4),
    indices: take(padded * k * 4),
    locks: take(tiles * 4),
    width,
    projected: take(short * width * 2),
    projectedNorms: take(short * 4),
    projectedScales: take(short * 4),
    projectedErrors: take(short * 4),
    projectedFacts: take(width > 0 ? tiles * 16 : 0),
    directions: take(directions * stride),
    directionScales: take(directions * 4),
    zeros: take(width > 0 ? TILE * 4 : 0),
    tileMinima: minima > 0 ? take(minima) : 0,
    tileMaxima: minima > 0 ? take(minima) : 0,
    list: take(padded * 4),
    products: take(padded * 4),
    scratch: take(threads * scratchBytes),
    scratchBytes,
    trees: take(threads * treeBytes),
    treeBytes,
    get bytes() {
      return bytes;
    },
  };
}

/** The location of rows of one form: byte addresses, and the bytes per row. */
export type RowAddresses = Pick<Layout, "rows" | "stride" | "norms" | "scales">;

/**
 * Lets the kernel write the squares between the 64 rows from place a on and the 64 rows from place b on to
 * the block at `out`.
 */
export function blockSquares(
  kernel: Kernel,
  { rows, stride, norms, scales }: RowAddresses,
  a: number,
  b: number,
  out: number,
): void {
  kernel.blockDistances(
    rows + a * stride,
    rows + b * stride,
    stride,
    norms + a * 4,
    scales + a * 4,
    norms + b * 4,
    scales + b * 4,
    out,
  );
}

/** Number of rows that a thread takes at a time. */
const BATCH = 256;

/**
 * Centres, scales and rounds the points, in the order of content; `sortIntoTiles` then sorts them into
 * places.
 */
export function quantisedRows(
  points: Pick<DistinctPoints, "rows" | "dimensions" | "weight">,
  metric: Metric,
  k: number,
  team: Team,
  approximate = false,
  width?: number,
  withMinima?: boolean,
): QuantisedRows {
  const { rows, weight } = points;
  const count = weight.length;
  // Where there are no rows, any number of dimensions is valid, and must not take memory.
  const dimensions = count === 0 ? 1 : points.dimensions;
  const layout = layoutFor(count, dimensions, k, team.threads, approximate, width, withMinima);
  const centre = middleRow(rows, dimensions);
  const lengths = centredLengths({ rows, dimensions, centre, first: 0 }, count, team);
  const unit = unitFor(lengths.lengths.reduce((a, b) => Math.max(a, b), 0));
  const unfilled = unfilledRows({ rows, dimensions, weight }, count, metric, layout, unit, team);
  return { ...unfilled, ...roundRowsAt(unfilled, lengths, { point: 0, place: 0 }, team) };
}

/** The distances between points and the centre, and the largest component of each difference. */
export interface CentredLengths {
  centre: Float64Array;
  lengths: Float64Array;
  largest: Float64Array;
}

/** @param first the first of `count` points */
export function centredLengths(
  {
    rows,
    dimensions,
    centre,
    first,
  }: Pick<CentredLengthsContext, "rows" | "dimensions" | "centre" | "first">,
  count: number,
  team: Team,
): CentredLengths {
  const lengths = sharedArray(Float64Array, count);
  const largest = sharedArray(Float64Array, count);
  team.run(centredLengthsJob, { rows, dimensions, centre, first, lengths, largest }, count, BATCH);
  return { centre, lengths, largest };
}

/** The factor from the kernel's distances to those of points, none of which is farther from the centre than this. */
export const unitFor = (longest: number): number => (longest > 0 ? 2 ** Math.ceil(Math.log2(longest)) : 1);

/**
 * Space for rows, none of which is filled in yet.
 *
 * @param count number of places
 */
export function unfilledRows(
  { rows, dimensions, weight }: Pick<DistinctPoints, "rows" | "dimensions" | "weight">,
  count: number,
  metric: Metric,
  layout: Layout,
  unit: number,
  team: Team,
): QuantisedRows {
  const memory = kernelMemory(layout.bytes, team.module);
  const buffer = memoryBuffer(memory);
  const padded = layout.tiles * TILE;
  const norms = new Float32Array(buffer, layout.norms, padded + TILE).fill(Infinity);
  new Float32Array(buffer, layout.limits, padded).fill(Infinity);
  return {
    ...{ memory, layout: { ...layout }, metric, count, dimensions, rows, weight, norms, unit },
    pointAt: sharedArray(Int32Array, padded),
    errors: sharedArray(Float64Array, padded),
    mostError: 0,
    mostRelativeError: 0,
  };
}

/**
 * Rounds points into the places from `place` on, the first of them being `point`.
 *
 * @returns their largest errors
 */
export function roundRowsAt(
  quantised: QuantisedRows,
  { centre, lengths, largest }: CentredLengths,
  { point, place }: { point: number; place: number },
  team: Team,
): Pick<QuantisedRows, "mostError" | "mostRelativeError"> {
  const { rows, dimensions, unit, memory, layout, norms, errors, pointAt } = quantised;
  const count = lengths.length;
  for (let k = 0; k < count; k++) pointAt[place + k] = point + k;
  const context: RoundedRowsContext = {
    ...{ rows, dimensions, centre, first: point, lengths, largest },
    ...{ unit, memory, layout, norms, errors, place },
  };
  team.run(roundedRowsJob, context, count, BATCH);
  let mostError = 0;
  let mostRelativeError = 0;
  for (let at = place; at < place + count; at++) {
    mostError = Math.max(mostError, errors[at]);
    // A row that equals the centre has length 0 and no scale.
    if (norms[at] > 0) mostRelativeError = Math.max(mostRelativeError, errors[at] / Math.sqrt(norms[at]));
  }
  return { mostError, mostRelativeError: mostRelativeError * (1 + 1e-6) };
}

export interface CentredLengthsContext {
  rows: Float32Array;
  dimensions: number;
  centre: Float64Array;
  /** The first of the points. */
  first: number;
  /** Per point: receives its distance to the centre, and the largest component of the difference. */
  lengths: Float64Array;
  largest: Float64Array;
}

export const centredLengthsJob = teamJob(
  "centredLengths",
  (context: CentredLengthsContext, take: TakeTasks): null => {
    const { rows, dimensions, centre, first, lengths, largest } = context;
    for (let batch = take(); batch !== null; batch = take()) {
      for (let row = batch.from, at = (first + row) * dimensions; row < batch.to; row++) {
        let squares = 0;
        let most = 0;
        for (let c = 0; c < dimensions; c++, at++) {
          const value = rows[at] - centre[c];
          squares += value * value;
          const size = Math.abs(value);
          if (size > most) most = size;
        }
        lengths[row] = Math.sqrt(squares);
        largest[row] = most;
      }
    }
    return null;
  },
);

export interface RoundedRowsContext extends CentredLengthsContext {
  unit: number;
  memory: KernelMemory;
  layout: Layout;
  norms: Float32Array;
  errors: Float64Array;
  /** The place of the first of the points. */
  place: number;
}

export const roundedRowsJob = teamJob("roundedRows", (context: RoundedRowsContext, take: TakeTasks): null => {
  const { rows, dimensions, centre, first, lengths, largest } = context;
  const { unit, memory, layout, norms, errors, place: firstPlace } = context;
  const buffer = memoryBuffer(memory);
  const padded = layout.tiles * TILE;
  const scales = new Float32Array(buffer, layout.scales, padded);
  const integers = new Int16Array(buffer, layout.rows, padded * (layout.stride / 2));
  for (let batch = take(); batch !== null; batch = take()) {
    for (let row = batch.from; row < batch.to; row++) {
      const length = lengths[row] / unit;
      const place = firstPlace + row;
      norms[place] = 0;
      scales[place] = 0;
      // A row so near the centre that its scale would leave the range of float32 is replaced by the centre,
      // with its length as the error.
      if (length < 1e-15) {
        integers.fill(0, (place * layout.stride) / 2, ((place + 1) * layout.stride) / 2);
        errors[place] = length * (1 + FLOAT64_SLACK);
        continue;
      }
      // The kernel multiplies the scales as float32 with a factor √2 in each, so the scale is taken from the
      // rounded product.
      const rooted = Math.fround(Math.SQRT2 * integerScale(length, largest[row] / unit));
      const scale = rooted / Math.SQRT2;
      const inverse = 1 / (scale * unit);
      let residual = 0;
      let squares = 0;
      const from = (first + row) * dimensions;
      const to = (place * layout.stride) / 2;
      for (let c = 0; c < dimensions; c++) {
        const exact = (rows[from + c] - centre[c]) * inverse;
        const whole = exact + ROUND - ROUND;
        integers[to + c] = whole;
        squares += whole * whole;
        residual += (exact - whole) * (exact - whole);
      }
      scales[place] = rooted;
      norms[place] = squares * scale * scale;
      errors[place] = Math.sqrt(residual) * scale * (1 + FLOAT64_SLACK) + length * FLOAT64_SLACK;
    }
  }
  return null;
});

/** Adding and then subtracting 1.5·2⁵² rounds a float64 to the nearest integer. */
export const ROUND = 1.5 * 2 ** 52;

/** Number of rows whose component-wise medians are the centre. */
const CENTRE_SAMPLE = 63;

/**
 * A row in the middle: the median of each component over a sample. The bounds are right for any centre; this
 * one is near most rows even if a few rows are far away, so that these do not make the others' quantisation
 * coarser.
 */
export function middleRow(rows: Float32Array, dimensions: number): Float64Array {
  const count = rows.length / dimensions;
  const size = Math.min(CENTRE_SAMPLE, count);
  const sample = new Float32Array(size);
  return Float64Array.from({ length: dimensions }, (_, c) => {
    for (let s = 0; s < size; s++) sample[s] = rows[Math.floor((s * count) / size) * dimensions + c];
    sample.sort();
    return size > 0 ? sample[size >> 1] : 0;
  });
}

/** Converts a distance in the kernel's units to a distance of the metric. */
function inMetric(rows: QuantisedRows, distance: number): number {
  const value = distance * rows.unit;
  return rows.metric === "COSINE" ? (value * value) / 2 : value;
}

/** A lower bound of the distance between places a and b, whose square by the kernel is `square`. */
export function lowerBound(rows: QuantisedRows, a: number, b: number, square: number): number {
  const least = square - FLOAT32_SLACK * (rows.norms[a] + rows.norms[b]) - UNDERFLOW;
  const distance = Math.sqrt(Math.max(0, least)) - rows.errors[a] - rows.errors[b];
  return distance <= 0 ? 0 : inMetric(rows, distance) * (1 - FLOAT64_SLACK);
}

/** An upper bound of the distance between places a and b, whose square by the kernel is `square`. */
export function upperBound(rows: QuantisedRows, a: number, b: number, square: number): number {
  const most = square + FLOAT32_SLACK * (rows.norms[a] + rows.norms[b]) + UNDERFLOW;
  return inMetric(rows, Math.sqrt(Math.max(0, most)) + rows.errors[a] + rows.errors[b]) * (1 + FLOAT64_SLACK);
}

/**
 * A lower bound of the distance between place a and any other place whose square by the kernel is at least
 * `square`.
 *
 * The other place, b, is within ‖x̂a‖ + t of the centre, with t = ‖x̂a − x̂b‖ ≥ √square, and eb is at most
 * the largest error, and at most the largest relative error times that length. As relative errors are below
 * 1, t − ea − eb grows with t.
 */
export function lowerBoundBeyond(rows: QuantisedRows, a: number, square: number): number {
  const length = Math.sqrt(rows.norms[a]);
  const near = Math.sqrt(square);
  const slack = FLOAT32_SLACK * (rows.norms[a] + (length + near) ** 2) + UNDERFLOW;
  const t = Math.sqrt(Math.max(0, square - slack));
  const otherError = Math.min(rows.mostError, rows.mostRelativeError * (length + near) + 1e-15);
  const distance = t - rows.errors[a] - otherError;
  return distance <= 0 ? 0 : inMetric(rows, distance) * (1 - FLOAT64_SLACK);
}

/**
 * An upper bound of the kernel's square between place a and any other place whose distance is less than
 * `distance`.
 */
export function squareLimit(rows: QuantisedRows, a: number, distance: number): number {
  if (distance === Infinity) return Infinity;
  const plain = (rows.metric === "COSINE" ? Math.sqrt(2 * distance) : distance) / rows.unit;
  const length = Math.sqrt(rows.norms[a]);
  const { mostError, mostRelativeError } = rows;
  // From t ≤ distance + ea + eb with eb ≤ ρ·(length + t) + 1e−15, solved for t; or with the largest error for
  // eb.
  const relative =
    (plain + rows.errors[a] + mostRelativeError * length + 1e-15) / (1 - Math.min(0.5, mostRelativeError));
  const t = Math.min(relative, plain + rows.errors[a] + mostError) * (1 + FLOAT64_SLACK);
  const square = t * t + FLOAT32_SLACK * (rows.norms[a] + (length + t) ** 2) + UNDERFLOW;
  return square * (1 + 2 ** -20);
}

/**
 * A square by the kernel, below which the other place is certainly less than `distance` away from place a; −1 if there
 * is none.
 *
 * If it is not, then t = ‖x̂a − x̂b‖ is at least distance − ea − eb, and the other place within ‖x̂a‖ + t of the centre;
 * the least square that the kernel may compute for t grows with t, as long as t is not tiny beside ‖x̂a‖.
 */
export function surelyNearerSquare(rows: QuantisedRows, a: number, distance: number): number {
  const plain = (rows.metric === "COSINE" ? Math.sqrt(2 * distance) : distance) / rows.unit;
  const length = Math.sqrt(rows.norms[a]);
  const t = plain * (1 - 2 * FLOAT64_SLACK) - rows.errors[a] - rows.mostError;
  if (t <= 2 * FLOAT32_SLACK * length) return -1;
  return t * t - FLOAT32_SLACK * (rows.norms[a] + (length + t) ** 2) - UNDERFLOW;
}
