import { distanceOf } from "../distance.js";
import { distinctPoints } from "../distinctPoints.js";
import { expectedTimes, PORTABLE } from "../expectedTimes.js";
import type { RunFacts } from "../hdbscanResult.js";
import { kernelFor, kernelModule, memoryBuffer, TILE } from "../kernel/kernel.js";
import type { Points } from "../parameters.js";
import { ProgressReporter } from "../progress.js";
import {
  blockSquares,
  type QuantisedRows,
  quantisedRows,
  squareLimit,
  surelyNearerSquare,
} from "../quantisedRows.js";
import { sharedArray } from "../sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "../team.js";
import { reorder } from "../tiles.js";
import { NearestList } from "./nearestList.js";
import { randomNumber } from "./randomNumber.js";
import type {
  Trustworthiness,
  TrustworthinessParameters,
  TrustworthinessProgress,
} from "./trustworthinessParameters.js";

export interface MeasuringParameters extends TrustworthinessParameters {
  /** The place of each row. */
  places: Points;
}

export interface MeasuringOptions {
  onProgress?: (progress: TrustworthinessProgress) => void;
  /** Called when the run is over, with what it did. */
  onFacts?: (facts: RunFacts) => void;
}

/**
 * Measures trustworthiness, synchronously, on the calling thread with the help of its team.
 *
 * The ranks among the rows are counted with the kernel's distances of quantised rows; only where their bounds do not
 * decide which of two rows is nearer are exact distances computed.
 *
 * @throws {InvalidClusteringInputError} for a row that is not finite or cannot be scaled
 */
export function measureTrustworthiness(
  data: Float32Array,
  dimensions: number,
  { places, metric, normalize, ...parameters }: MeasuringParameters,
  team: Team,
  { onProgress = () => {}, onFacts = () => {} }: MeasuringOptions = {},
): Trustworthiness {
  const started = performance.now();
  const count = data.length / dimensions;
  const progress = new ProgressReporter(["PREPARING", "RANKS"] as const, onProgress);
  const { sample: most } = parameters;
  progress.expect(expectedMeasuringTimes(count, count, dimensions, most, team.threads));
  progress.report("PREPARING", 0, 1);
  const points = distinctPoints(data, dimensions, normalize, team, (done, of) =>
    progress.report("PREPARING", done, 2 * of),
  );
  const distinct = points.weight.length;
  const neighbours = Math.min(parameters.neighbours, Math.max(0, Math.ceil(count / 2) - 1));
  const sample = neighbours === 0 ? 0 : Math.min(most, count);
  let value: number | null = null;
  let pairs = 0;
  if (sample > 0) {
    const order = canonicalOrder(points.ofRow, distinct, places);
    const rows = quantisedRows(points, metric, 1, team, false, 0);
    const sampled = sampleOf(count, sample, order.pointOf, rows);
    progress.expect(
      expectedMeasuringTimes(count, distinct, dimensions, most, team.threads, team.module === null),
    );
    progress.report("RANKS", 0, 1);
    const tiles = Math.ceil((sampled.first.length - 1) / TILE);
    const context = { rows, order, sampled, neighbours };
    const shares = team.run(rankPenaltiesJob, context, tiles, 1, (taken) =>
      progress.report("RANKS", taken, tiles),
    );
    const penalty = shares.reduce((sum, share) => sum + share, 0);
    value = 1 - (2 / (sample * neighbours * (2 * count - 3 * neighbours - 1))) * penalty;
    pairs = tiles * TILE * distinct;
  }
  const times = { whole: performance.now() - started };
  onFacts({ distinctPoints: distinct, pairsComputed: pairs, pairs: (distinct * (distinct - 1)) / 2, times });
  progress.report("RANKS", 1, 1);
  return { value, neighbours, sample };
}

/**
 * Expected seconds of each stage.
 *
 * @param portable whether the portable kernel is used instead of the WebAssembly kernel
 */
export function expectedMeasuringTimes(
  rows: number,
  distinct: number,
  dimensions: number,
  most: number,
  threads: number,
  portable = false,
): Record<TrustworthinessProgress["stage"], number> {
  const sampled = Math.min(most, rows);
  const pairs = sampled * distinct;
  const ofPair = dimensions * PAIR_PER_DIMENSION * (portable ? PORTABLE : 1) + PAIR;
  const { PREPARING } = expectedTimes(rows, distinct, dimensions, threads);
  return {
    PREPARING,
    RANKS: (pairs * ofPair + sampled * (rows * PAIR_OF_PLACES + SAMPLED_ROW)) / threads + 1e-3,
  };
}

/** Seconds of one thread for a pair of rows, and for a pair of places. */
const PAIR = 40e-9;
const PAIR_PER_DIMENSION = 30e-12;
const PAIR_OF_PLACES = 2e-9;
/** Seconds besides these for each row of the sample. */
const SAMPLED_ROW = 60e-6;

/** The rows in an order that depends on their content alone: by the number of their point, then by their place. */
interface CanonicalOrder {
  /** Per row in this order: the number of its point. */
  pointOf: Int32Array;
  /** Per point: its rows in this order are first[point] … first[point + 1] − 1. */
  first: Int32Array;
  /** n·width: the places in this order. */
  places: Float32Array;
  width: number;
}

function canonicalOrder(ofRow: Int32Array, distinct: number, { data, dimensions }: Points): CanonicalOrder {
  const count = ofRow.length;
  const first = sharedArray(Int32Array, distinct + 1);
  for (const point of ofRow) first[point + 1]++;
  for (let point = 0; point < distinct; point++) first[point + 1] += first[point];
  const next = first.slice(0, distinct);
  const rowAt = new Int32Array(count);
  for (let row = 0; row < count; row++) rowAt[next[ofRow[row]]++] = row;
  const byPlace = (a: number, b: number): number => {
    for (let c = 0; c < dimensions; c++) {
      const difference = data[a * dimensions + c] - data[b * dimensions + c];
      if (difference !== 0) return difference;
    }
    return 0;
  };
  for (let point = 0; point < distinct; point++) {
    const copies = rowAt.subarray(first[point], first[point + 1]);
    if (copies.some((row) => byPlace(row, copies[0]) !== 0)) copies.sort(byPlace);
  }
  const order = {
    pointOf: sharedArray(Int32Array, count),
    first,
    places: sharedArray(Float32Array, count * dimensions),
    width: dimensions,
  };
  for (let at = 0; at < count; at++) {
    const row = rowAt[at];
    order.pointOf[at] = ofRow[row];
    for (let c = 0; c < dimensions; c++) order.places[at * dimensions + c] = data[row * dimensions + c];
  }
  return order;
}

/** The rows whose neighbours are examined. */
interface Sample {
  /** Their numbers in the canonical order. */
  rows: Int32Array;
  /** Per place of the quantised rows: its sampled rows are first[place] … first[place + 1] − 1. */
  first: Int32Array;
}

/** Draws the sample, and moves its points to the first places of the quantised rows. */
function sampleOf(count: number, size: number, pointOf: Int32Array, quantised: QuantisedRows): Sample {
  const rows = sharedArray(Int32Array, size);
  for (let s = 0; s < size; s++) {
    const share = size === count ? 0 : randomNumber(0, SAMPLE_STREAM, s);
    rows[s] = Math.floor(((s + share) * count) / size);
  }
  const firsts: number[] = [];
  const list = new Int32Array(quantised.count);
  let places = 0;
  for (let s = 0; s < size; s++) {
    if (s > 0 && pointOf[rows[s]] === pointOf[rows[s - 1]]) continue;
    list[places++] = pointOf[rows[s]];
    firsts.push(s);
  }
  const isSampled = new Uint8Array(quantised.count);
  for (const point of list.subarray(0, places)) isSampled[point] = 1;
  for (let point = 0; point < quantised.count; point++) if (isSampled[point] === 0) list[places++] = point;
  reorder(quantised, list);
  const first = sharedArray(Int32Array, firsts.length + 1);
  first.set(firsts);
  first[firsts.length] = size;
  return { rows, first };
}

/** The stream of random numbers that draws the sample. */
const SAMPLE_STREAM = -2;

export interface RankPenaltiesContext {
  rows: QuantisedRows;
  order: CanonicalOrder;
  sampled: Sample;
  neighbours: number;
}

/** Takes the sampled points a tile at a time. Returns the sum of max(0, rank − k) over the rows' nearest places. */
export const rankPenaltiesJob = teamJob(
  "rankPenalties",
  ({ rows, order, sampled, neighbours }: RankPenaltiesContext, take: TakeTasks, slot: number): number => {
    const { layout, count, pointAt, weight } = rows;
    const kernel = kernelFor(rows.memory, kernelModule());
    const block = layout.scratch + slot * layout.scratchBytes;
    const squares = new Float32Array(memoryBuffer(rows.memory), block, TILE * TILE);
    let penalty = 0;
    for (let batch = take(); batch !== null; batch = take()) {
      const from = batch.from * TILE;
      const to = Math.min(sampled.first.length - 1, from + TILE);
      const examined = Array.from({ length: to - from }, (_, k) =>
        Array.from(
          sampled.rows.subarray(sampled.first[from + k], sampled.first[from + k + 1]),
          (row) => new ExaminedRow(row, from + k, rows, order, neighbours),
        ),
      );
      const limits = Float64Array.from(examined, (here) =>
        here.reduce((most, row) => Math.max(most, row.limit), 0),
      );
      for (let tile = 0; tile < layout.tiles; tile++) {
        blockSquares(kernel, layout, from, tile * TILE, block);
        const columns = Math.min(TILE, count - tile * TILE);
        for (let k = 0; k < examined.length; k++) {
          const limit = limits[k];
          for (let column = 0, at = k * TILE; column < columns; column++, at++) {
            const square = squares[at];
            if (square > limit) continue;
            const point = pointAt[tile * TILE + column];
            for (const row of examined[k]) row.count(point, square, weight[point]);
          }
        }
      }
      for (const row of examined.flat()) penalty += row.penalty();
    }
    return penalty;
  },
);

/** One row of the sample with its nearest places, sorted by the distances of their rows to it. */
class ExaminedRow {
  readonly #others: Int32Array;
  readonly #distances: Float64Array;
  /** Per nearest place: below and above these squares of the kernel, a point is certainly nearer, or is not. */
  readonly #nearerBelow: Float64Array;
  readonly #fartherAbove: Float64Array;
  /** The copies of the points that are nearer than the nth of the nearest places, but not than the one before it. */
  readonly #nearer: Float64Array;
  readonly #point: number;

  /**
   * @param row its number in the canonical order
   * @param place of its point in the quantised rows
   */
  constructor(
    private readonly row: number,
    place: number,
    private readonly rows: QuantisedRows,
    private readonly order: CanonicalOrder,
    private readonly neighbours: number,
  ) {
    this.#point = rows.pointAt[place];
    const list = new NearestList(neighbours);
    for (const other of nearestPlaces(order, row, neighbours)) {
      list.offer(other, this.#distanceTo(order.pointOf[other]));
    }
    this.#others = list.others;
    this.#distances = list.distances;
    this.#nearerBelow = list.distances.map((distance) => surelyNearerSquare(rows, place, distance));
    this.#fartherAbove = list.distances.map((distance) => squareLimit(rows, place, distance));
    this.#nearer = new Float64Array(neighbours);
  }

  /** Points with a greater square are nearer than none of the nearest places. */
  get limit(): number {
    return this.#fartherAbove[this.neighbours - 1];
  }

  /**
   * Counts a point where it belongs.
   *
   * @param square of its distance, by the kernel
   */
  count(point: number, square: number, copies: number): void {
    let first = this.neighbours;
    while (first > 0 && square < this.#nearerBelow[first - 1]) first--;
    if (first > 0 && square <= this.#fartherAbove[first - 1]) first = this.#firstBeyond(point, first);
    if (first < this.neighbours) this.#nearer[first] += copies;
  }

  /** The first of the nearest places that is farther than the point, or as far and after it by content; at most `first`. */
  #firstBeyond(point: number, first: number): number {
    const exact = this.#distanceTo(point);
    for (let n = first - 1; n >= 0; n--) {
      const distance = this.#distances[n];
      if (distance < exact || (distance === exact && this.order.pointOf[this.#others[n]] <= point))
        return n + 1;
    }
    return 0;
  }

  /** The sum of max(0, rank − k) over the nearest places, once all points are counted. */
  penalty(): number {
    let before = 0;
    let penalty = 0;
    for (let n = 0; n < this.neighbours; n++) {
      before += this.#nearer[n];
      const other = this.#others[n];
      // The copies before it are nearer too, by their order; the row itself is not its own neighbour.
      const copies = other - this.order.first[this.order.pointOf[other]];
      const itself = this.#distances[n] > 0 || this.row < other ? 1 : 0;
      penalty += Math.max(0, before + copies - itself + 1 - this.neighbours);
    }
    return penalty;
  }

  #distanceTo(point: number): number {
    const { rows, dimensions, metric } = this.rows;
    return distanceOf(rows, dimensions, this.#point, point, metric);
  }
}

/** The rows whose places are nearest to that of a row, by their numbers in the canonical order. */
function nearestPlaces({ places, width, pointOf }: CanonicalOrder, row: number, size: number): Int32Array {
  const count = pointOf.length;
  const nearest = new NearestList(size);
  let { reach } = nearest;
  for (let other = 0, at = 0; other < count; other++) {
    let square = 0;
    for (let mine = row * width; mine < (row + 1) * width; mine++, at++) {
      const difference = places[mine] - places[at];
      square += difference * difference;
    }
    if (square >= reach || other === row) continue;
    nearest.offer(other, square);
    reach = nearest.reach;
  }
  return nearest.others;
}
