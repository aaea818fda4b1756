import type { DistinctPoints } from "./distinctPoints.js";
import { type KernelMemory, kernelMemory, memoryBuffer, TILE } from "./kernel/kernel.js";
import type { Kernel } from "./kernel/kernelInterface.js";
import type { HdbscanParameters } from "./parameters.js";
import { sharedArray } from "./sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "./team.js";

/**
 * The distinct points as int16, in tiles of rows that are near each other, in memory that threads share;
 * with a certificate of how far each is from what it stands for.
 *
 * Places 0 … m−1 are the rows in the order of the tiles; rows of zeros with an infinite norm, so that they
 * are no one's neighbour, fill the last tile.
 *
 * The certificate. With x the centred point divided by `unit`, q its integers and s its scale, x̂ = s·q is
 * what the kernel sees, and e = ‖x − x̂‖ is known. By the triangle inequality the distance of two points is
 * within e₁ + e₂ of that of x̂₁ and x̂₂. The kernel gives the square of the latter with float32 roundings: at
 * most eight, each of at most 2⁻²⁴ of (‖x̂₁‖² + ‖x̂₂‖²), as 2·x̂₁·x̂₂ is no greater; `FLOAT32_SLACK` is twice
 * that. The float64 distance that counts is itself rounded: a relative `FLOAT64_SLACK` more than covers it.
 */
export interface QuantisedRows {
  memory: KernelMemory;
  layout: Layout;
  metric: HdbscanParameters["metric"];
  /** Distinct points, as many as there are places in use. */
  count: number;
  dimensions: number;
  /** The points themselves, in the order of content: m·d. */
  rows: Float32Array;
  /** Per point: rows of the input. */
  weight: Int32Array;
  /** Per place: the point. */
  pointAt: Int32Array;
  /** Per place: ‖x̂‖², as the kernel has it, and e. */
  norms: Float32Array;
  errors: Float64Array;
  /** The largest e, and the largest e / ‖x̂‖. */
  mostError: number;
  mostRelativeError: number;
  /** A power of two: what distances of the kernel are to be multiplied by. */
  unit: number;
}

export const FLOAT32_SLACK = 2 ** -20;
export const FLOAT64_SLACK = 1e-10;
/** Squares below the range of normal float32 numbers, with room. */
export const UNDERFLOW = 1e-36;

/**
 * The longest quantised row. Every partial sum of a dot product is at most ‖q₁‖·‖q₂‖ in size (Cauchy and
 * Schwarz, on the components summed so far), so that 46,340² < 2³¹ rules out overflow; rounding to integers
 * lengthens a row by at most √d / 2, which 340 covers up to 462,000 dimensions.
 */
const LONGEST = 46_000;
const LARGEST = 32_767;

/** What integers stand for, so that a row of this length, with this largest component, is a row for the kernel. */
export const integerScale = (length: number, largest: number): number =>
  Math.max(length / LONGEST, largest / LARGEST);

/** Byte addresses in the shared memory; lists have room for `k` neighbours a row. */
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
  /** Components of the rows' short form, a multiple of 8; 0 where there is none. Then, as for the rows: */
  width: number;
  projected: number;
  projectedNorms: number;
  projectedScales: number;
  /** How far each is from what it stands for, as float32. */
  projectedErrors: number;
  /** Per tile four float32: the largest error, norm and tail of its short rows, and nothing. */
  projectedFacts: number;
  /** The directions, as rows are, with their scales; and 64 zeros. */
  directions: number;
  directionScales: number;
  zeros: number;
  /** tiles² float32 each: bounds of the squares of each pair of tiles, from below and above; 0 where there are too many. */
  tileMinima: number;
  tileMaxima: number;
  /** For the places of one job: int32 names, int32 products. */
  list: number;
  products: number;
  /** Per thread: a block of 64·64 float32, what was collected of one (4,096 pairs), and 64 rows of other data. */
  scratch: number;
  scratchBytes: number;
  /** Per thread, for the approximate mode: the names and products of a tree, and the rows of one of its leaves. */
  trees: number;
  treeBytes: number;
  bytes: number;
}

/** Rows of a tree's leaf in the approximate mode: all pairs of a leaf are computed. */
export const LEAF = 1_024;
/** What is kept of each row of a leaf besides its integers: norm, scale, name and limit. */
export const LEAF_FACTS = 4;

/** Components of the short form at most, and rows and dimensions from which on it is worth making. */
const MOST_WIDTH = 224;
const LEAST_ROWS = 12_000;
const LEAST_DIMENSIONS = 128;

/** Components of the short form that rows are worth; 0 where they are worth none. */
export function projectedWidth(count: number, dimensions: number, approximate: boolean): number {
  if (approximate || count < LEAST_ROWS || dimensions < LEAST_DIMENSIONS) return 0;
  return Math.min(MOST_WIDTH, 8 * Math.floor((0.6 * dimensions) / 8));
}

export const COLLECTED_BYTES = TILE * TILE * 8;
export const BLOCK_BYTES = TILE * TILE * 4;
/** Beyond this, the minima of all pairs of tiles would take more memory than they save time. */
const MOST_TILES_WITH_MINIMA = 4_096;

/** @param threads that compute at the same time, at most */
export function layoutFor(
  count: number,
  dimensions: number,
  k: number,
  threads: number,
  approximate: boolean,
  width = projectedWidth(count, dimensions, approximate),
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
  const minima = tiles <= MOST_TILES_WITH_MINIMA && !approximate ? tiles * tiles * 4 : 0;
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

/** Where rows of one form lie: byte addresses, and the bytes of a row. */
export type RowAddresses = Pick<Layout, "rows" | "stride" | "norms" | "scales">;

/** Has the kernel write the squares of the 64 rows from place a on and the 64 from b on to the block at `out`. */
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

/** Rows that a thread takes at a time. */
const BATCH = 256;

/** Centres, scales and rounds the points, in the order of content; `sortIntoTiles` puts them into places. */
export function quantisedRows(
  points: Pick<DistinctPoints, "rows" | "dimensions" | "weight">,
  metric: HdbscanParameters["metric"],
  k: number,
  team: Team,
  approximate = false,
  width?: number,
): QuantisedRows {
  const { rows, dimensions, weight } = points;
  const count = weight.length;
  const layout = { ...layoutFor(count, dimensions, k, team.threads, approximate, width) };
  const memory = kernelMemory(layout.bytes, team.module);
  const buffer = memoryBuffer(memory);
  const padded = layout.tiles * TILE;
  const norms = new Float32Array(buffer, layout.norms, padded + TILE).fill(Infinity);
  new Float32Array(buffer, layout.limits, padded).fill(Infinity);
  const errors = sharedArray(Float64Array, padded);
  const pointAt = sharedArray(Int32Array, padded);
  for (let row = 0; row < count; row++) pointAt[row] = row;

  const centre = middleRow(rows, dimensions);
  const lengths = sharedArray(Float64Array, count);
  const largest = sharedArray(Float64Array, count);
  team.run(centredLengthsJob, { rows, dimensions, centre, lengths, largest }, count, BATCH);
  const longest = lengths.reduce((a, b) => Math.max(a, b), 0);
  const unit = longest > 0 ? 2 ** Math.ceil(Math.log2(longest)) : 1;
  const context = { rows, dimensions, centre, lengths, largest, unit, memory, layout, norms, errors };
  team.run(roundedRowsJob, context, count, BATCH);

  let mostError = 0;
  let mostRelativeError = 0;
  for (let row = 0; row < count; row++) {
    mostError = Math.max(mostError, errors[row]);
    // A row that is the centre has no length, and no scale.
    if (norms[row] > 0) mostRelativeError = Math.max(mostRelativeError, errors[row] / Math.sqrt(norms[row]));
  }
  return {
    memory,
    layout,
    metric,
    count,
    dimensions,
    rows,
    weight,
    pointAt,
    norms,
    errors,
    mostError,
    mostRelativeError: mostRelativeError * (1 + 1e-6),
    unit,
  };
}

export interface CentredLengthsContext {
  rows: Float32Array;
  dimensions: number;
  centre: Float64Array;
  /** Per row: receives its distance to the centre, and the largest component of the difference. */
  lengths: Float64Array;
  largest: Float64Array;
}

export const centredLengthsJob = teamJob(
  "centredLengths",
  (context: CentredLengthsContext, take: TakeTasks): null => {
    const { rows, dimensions, centre, lengths, largest } = context;
    for (let batch = take(); batch !== null; batch = take()) {
      for (let row = batch.from, at = row * dimensions; row < batch.to; row++) {
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
}

export const roundedRowsJob = teamJob("roundedRows", (context: RoundedRowsContext, take: TakeTasks): null => {
  const { rows, dimensions, centre, lengths, largest, unit, memory, layout, norms, errors } = context;
  const buffer = memoryBuffer(memory);
  const padded = layout.tiles * TILE;
  const scales = new Float32Array(buffer, layout.scales, padded);
  const integers = new Int16Array(buffer, layout.rows, padded * (layout.stride / 2));
  for (let batch = take(); batch !== null; batch = take()) {
    for (let row = batch.from; row < batch.to; row++) {
      const length = lengths[row] / unit;
      norms[row] = 0;
      // A row so near the centre that its scale would leave float32 is the centre, with its length as the error.
      if (length < 1e-15) {
        errors[row] = length * (1 + FLOAT64_SLACK);
        continue;
      }
      // The kernel multiplies the scales as float32, with a factor √2 in each: the rounded scale is the scale.
      const rooted = Math.fround(Math.SQRT2 * integerScale(length, largest[row] / unit));
      const scale = rooted / Math.SQRT2;
      const inverse = 1 / (scale * unit);
      let residual = 0;
      let squares = 0;
      const from = row * dimensions;
      const to = (row * layout.stride) / 2;
      for (let c = 0; c < dimensions; c++) {
        const exact = (rows[from + c] - centre[c]) * inverse;
        const whole = exact + ROUND - ROUND;
        integers[to + c] = whole;
        squares += whole * whole;
        residual += (exact - whole) * (exact - whole);
      }
      scales[row] = rooted;
      norms[row] = squares * scale * scale;
      errors[row] = Math.sqrt(residual) * scale * (1 + FLOAT64_SLACK) + length * FLOAT64_SLACK;
    }
  }
  return null;
});

/** Adding and taking away 1.5·2⁵² rounds a float64 to the nearest integer. */
export const ROUND = 1.5 * 2 ** 52;

/** Rows whose medians make the centre. */
const CENTRE_SAMPLE = 63;

/**
 * A row in the middle: the median of each component over a sample. Any centre is right; this one is near
 * most rows even where a few are far away, so that these do not coarsen the others.
 */
function middleRow(rows: Float32Array, dimensions: number): Float64Array {
  const count = rows.length / dimensions;
  const size = Math.min(CENTRE_SAMPLE, count);
  const sample = new Float32Array(size);
  return Float64Array.from({ length: dimensions }, (_, c) => {
    for (let s = 0; s < size; s++) sample[s] = rows[Math.floor((s * count) / size) * dimensions + c];
    sample.sort();
    return size > 0 ? sample[size >> 1] : 0;
  });
}

/** The distance that counts, of a distance in the kernel's units. */
function inMetric(rows: QuantisedRows, distance: number): number {
  const value = distance * rows.unit;
  return rows.metric === "COSINE" ? (value * value) / 2 : value;
}

/** No less than this is the distance of places a and b, of which the kernel says `square`. */
export function lowerBound(rows: QuantisedRows, a: number, b: number, square: number): number {
  const least = square - FLOAT32_SLACK * (rows.norms[a] + rows.norms[b]) - UNDERFLOW;
  const distance = Math.sqrt(Math.max(0, least)) - rows.errors[a] - rows.errors[b];
  return distance <= 0 ? 0 : inMetric(rows, distance) * (1 - FLOAT64_SLACK);
}

/** No more than this is the distance of places a and b, of which the kernel says `square`. */
export function upperBound(rows: QuantisedRows, a: number, b: number, square: number): number {
  const most = square + FLOAT32_SLACK * (rows.norms[a] + rows.norms[b]) + UNDERFLOW;
  return inMetric(rows, Math.sqrt(Math.max(0, most)) + rows.errors[a] + rows.errors[b]) * (1 + FLOAT64_SLACK);
}

/**
 * No less than this is the distance of place a to any other of which the kernel says at least `square`.
 *
 * The other, b, is within ‖x̂a‖ + t of the centre, t = ‖x̂a − x̂b‖ ≥ √square, and eb is at most the largest
 * error, and at most the largest relative error times that length: t − ea − eb grows with t, as relative
 * errors are below 1.
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

/** The kernel says less than this of place a and any other whose distance is less than `distance`. */
export function squareLimit(rows: QuantisedRows, a: number, distance: number): number {
  if (distance === Infinity) return Infinity;
  const plain = (rows.metric === "COSINE" ? Math.sqrt(2 * distance) : distance) / rows.unit;
  const length = Math.sqrt(rows.norms[a]);
  const { mostError, mostRelativeError } = rows;
  // t ≤ distance + ea + eb, with eb ≤ ρ·(length + t) + 1e−15, solved for t; or with the largest error.
  const relative =
    (plain + rows.errors[a] + mostRelativeError * length + 1e-15) / (1 - Math.min(0.5, mostRelativeError));
  const t = Math.min(relative, plain + rows.errors[a] + mostError) * (1 + FLOAT64_SLACK);
  const square = t * t + FLOAT32_SLACK * (rows.norms[a] + (length + t) ** 2) + UNDERFLOW;
  return square * (1 + 2 ** -20);
}
