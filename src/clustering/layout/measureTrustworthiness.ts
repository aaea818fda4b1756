import {
  allNumbers,
  type CopiedSources,
  copyRows,
  type DistinctSources,
  distinctSources,
  sourceDistance,
} from "../distinctPoints.js";
import { expectedTimes, PORTABLE } from "../expectedTimes.js";
import type { RunFacts } from "../hdbscanResult.js";
import { kernelFor, kernelModule, memoryBuffer, TILE } from "../kernel/kernel.js";
import type { Metric } from "../metric.js";
import type { Points } from "../parameters.js";
import { ProgressReporter } from "../progress.js";
import {
  blockSquares,
  layoutFor,
  type QuantisedRows,
  squareLimit,
  surelyNearerSquare,
} from "../quantisedRows.js";
import { pieceSize, placesWithPiece, rowsInPieces, spaceForPiece } from "../rowsInPieces.js";
import { sharedArray, sharedCopy } from "../sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "../team.js";
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
  const sources = distinctSources(data, dimensions, normalize, team, (done, of) =>
    progress.report("PREPARING", done, of),
  );
  const distinct = sources.weight.length;
  const neighbours = Math.min(parameters.neighbours, Math.max(0, Math.ceil(count / 2) - 1));
  const sample = neighbours === 0 ? 0 : Math.min(most, count);
  let value: number | null = null;
  let pairs = 0;
  if (sample > 0) {
    const portable = team.module === null;
    progress.expect(expectedMeasuringTimes(count, distinct, dimensions, most, team.threads, portable));
    progress.report("RANKS", 0, 1);
    const order = canonicalOrder(sources.ofRow, distinct, places);
    const sampled = sampleOf(count, sample, order.pointOf);
    const nearest = findNearestPlaces(sources, metric, order, sampled, neighbours, team, (done, of) =>
      progress.report("RANKS", PLACES_SHARE * done, of),
    );
    pairs = countNearer(sources, metric, order, sampled, nearest, team, (done, of) =>
      progress.report("RANKS", PLACES_SHARE * of + (1 - PLACES_SHARE) * done, of),
    );
    let penalty = 0;
    for (let s = 0; s < sample; s++) penalty += penaltyOf(sampled.rows[s], s, order, nearest);
    value = 1 - (2 / (sample * neighbours * (2 * count - 3 * neighbours - 1))) * penalty;
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

/** Share of the search for nearest places in the progress of its stage. */
const PLACES_SHARE = 0.2;
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
  /** The numbers of their points, each once. */
  points: Int32Array;
  /** Per point of the sample: its sampled rows are first[point] … first[point + 1] − 1. */
  first: Int32Array;
}

function sampleOf(count: number, size: number, pointOf: Int32Array): Sample {
  const rows = sharedArray(Int32Array, size);
  for (let s = 0; s < size; s++) {
    const share = size === count ? 0 : randomNumber(0, SAMPLE_STREAM, s);
    rows[s] = Math.floor(((s + share) * count) / size);
  }
  const firsts = [...rows.keys()].filter((s) => s === 0 || pointOf[rows[s]] !== pointOf[rows[s - 1]]);
  const points = firsts.map((s) => pointOf[rows[s]]);
  return { rows, points: sharedCopy(Int32Array, points), first: sharedCopy(Int32Array, [...firsts, size]) };
}

/** The stream of random numbers that draws the sample. */
const SAMPLE_STREAM = -2;

/** Per row of the sample: the rows with the nearest places, sorted by the distances of the rows themselves. */
interface NearestPlaces {
  neighbours: number;
  /** sample·neighbours: their numbers in the canonical order, and their rows' distances. */
  others: Int32Array;
  distances: Float64Array;
  /** sample·neighbours: the copies of the points that are nearer than this one, but not than the one before it. */
  nearer: Float64Array;
}

/** Number of sampled rows that a thread takes at a time. */
const BATCH = 8;

function findNearestPlaces(
  { data, dimensions, firstRow, lengths }: DistinctSources,
  metric: Metric,
  order: CanonicalOrder,
  { rows }: Sample,
  neighbours: number,
  team: Team,
  onRows: (done: number, of: number) => void,
): NearestPlaces {
  const length = rows.length * neighbours;
  const nearest = {
    neighbours,
    others: sharedArray(Int32Array, length),
    distances: sharedArray(Float64Array, length),
    nearer: sharedArray(Float64Array, length),
  };
  const context = { sources: { data, dimensions, firstRow, lengths }, metric, order, rows, nearest };
  team.run(nearestPlacesJob, context, rows.length, BATCH, (taken) => onRows(taken, rows.length));
  return nearest;
}

export interface NearestPlacesContext {
  sources: CopiedSources;
  metric: Metric;
  order: CanonicalOrder;
  /** The sampled rows, by their numbers in the canonical order. */
  rows: Int32Array;
  nearest: NearestPlaces;
}

export const nearestPlacesJob = teamJob(
  "nearestPlaces",
  ({ sources, metric, order, rows, nearest }: NearestPlacesContext, take: TakeTasks): null => {
    const { neighbours, others, distances } = nearest;
    for (let batch = take(); batch !== null; batch = take()) {
      for (let s = batch.from; s < batch.to; s++) {
        const [from, to] = [s * neighbours, (s + 1) * neighbours];
        const list = new NearestList(neighbours, others.subarray(from, to), distances.subarray(from, to));
        const point = order.pointOf[rows[s]];
        for (const other of nearestPlaces(order, rows[s], neighbours)) {
          list.offer(other, sourceDistance(sources, point, order.pointOf[other], metric));
        }
      }
    }
    return null;
  },
);

/** Counts the rows that are nearer than the nearest places. Returns the number of pairs that the kernel computed. */
function countNearer(
  sources: DistinctSources,
  metric: Metric,
  order: CanonicalOrder,
  sampled: Sample,
  nearest: NearestPlaces,
  team: Team,
  onPieces: (done: number, of: number) => void,
): number {
  const { data, dimensions, weight, firstRow, lengths } = sources;
  const count = weight.length;
  const known = sampled.points.length;
  const layout = layoutFor(placesWithPiece(known, count), dimensions, 1, team.threads, false, 0);
  const space = spaceForPiece(known, count, dimensions);
  copyRows(sources, sampled.points, space, team);
  const pieces = rowsInPieces(sources, space, known, metric, layout, team);
  const tiles = Math.ceil(known / TILE);
  const numbers = allNumbers(count);
  for (let from = 0; from < count; from += pieceSize(count)) {
    const piece = numbers.subarray(from, from + pieceSize(count));
    const loaded = pieces.load(piece);
    const context: NearerRowsContext = {
      ...{ sources: { data, dimensions, firstRow, lengths }, order, sampled, nearest, weight, piece },
      rows: { ...loaded.rows, ...loaded.errors },
    };
    team.run(nearerRowsJob, context, tiles, 1, (taken) =>
      onPieces(from + (taken / tiles) * piece.length, count),
    );
  }
  return tiles * TILE * count;
}

export interface NearerRowsContext {
  sources: CopiedSources;
  /** The points of the sample, and a piece of all points. */
  rows: QuantisedRows;
  order: CanonicalOrder;
  sampled: Sample;
  nearest: NearestPlaces;
  /** Per distinct point: its copies. */
  weight: Int32Array;
  /** The numbers of the points of the piece. */
  piece: Int32Array;
}

/** Takes the sampled points a tile at a time, and counts the points of the piece for each of their rows. */
export const nearerRowsJob = teamJob(
  "nearerRows",
  (context: NearerRowsContext, take: TakeTasks, slot: number): null => {
    const { rows, sampled, weight, piece } = context;
    const { layout, count } = rows;
    const known = sampled.points.length;
    const first = Math.ceil(known / TILE) * TILE;
    const kernel = kernelFor(rows.memory, kernelModule());
    const block = layout.scratch + slot * layout.scratchBytes;
    const squares = new Float32Array(memoryBuffer(rows.memory), block, TILE * TILE);
    for (let batch = take(); batch !== null; batch = take()) {
      const from = batch.from * TILE;
      const to = Math.min(known, from + TILE);
      const examined = Array.from({ length: to - from }, (_, k) => {
        const start = sampled.first[from + k];
        const ofPoint = sampled.first[from + k + 1] - start;
        return Array.from({ length: ofPoint }, (_, n) => new ExaminedRow(start + n, from + k, context));
      });
      const limits = Float64Array.from(examined, (here) =>
        here.reduce((most, row) => Math.max(most, row.limit), 0),
      );
      for (let start = first; start < count; start += TILE) {
        blockSquares(kernel, layout, from, start, block);
        const columns = Math.min(TILE, count - start);
        for (let k = 0; k < examined.length; k++) {
          const limit = limits[k];
          for (let column = 0, at = k * TILE; column < columns; column++, at++) {
            const square = squares[at];
            if (square > limit) continue;
            const point = piece[start - first + column];
            for (const row of examined[k]) row.count(point, square, weight[point]);
          }
        }
      }
    }
    return null;
  },
);

/** One row of the sample, for which the points of a piece are counted. */
class ExaminedRow {
  readonly #others: Int32Array;
  readonly #distances: Float64Array;
  readonly #nearer: Float64Array;
  /** Per nearest place: below and above these squares of the kernel, a point is certainly nearer, or is not. */
  readonly #nearerBelow: Float64Array;
  readonly #fartherAbove: Float64Array;
  readonly #point: number;
  readonly #neighbours: number;

  /**
   * @param row its number in the sample
   * @param place of its point in the quantised rows
   */
  constructor(
    row: number,
    place: number,
    private readonly context: NearerRowsContext,
  ) {
    const { rows, sampled, nearest } = context;
    const { neighbours } = nearest;
    const [from, to] = [row * neighbours, (row + 1) * neighbours];
    this.#neighbours = neighbours;
    this.#point = sampled.points[place];
    this.#others = nearest.others.subarray(from, to);
    this.#nearer = nearest.nearer.subarray(from, to);
    this.#distances = nearest.distances.subarray(from, to);
    this.#nearerBelow = Float64Array.from(this.#distances, (distance) =>
      surelyNearerSquare(rows, place, distance),
    );
    this.#fartherAbove = Float64Array.from(this.#distances, (distance) => squareLimit(rows, place, distance));
  }

  /** Points with a greater square are nearer than none of the nearest places. */
  get limit(): number {
    return this.#fartherAbove[this.#neighbours - 1];
  }

  /**
   * Counts a point where it belongs.
   *
   * @param square of its distance, by the kernel
   */
  count(point: number, square: number, copies: number): void {
    let first = this.#neighbours;
    while (first > 0 && square < this.#nearerBelow[first - 1]) first--;
    if (first > 0 && square <= this.#fartherAbove[first - 1]) first = this.#firstBeyond(point, first);
    if (first < this.#neighbours) this.#nearer[first] += copies;
  }

  /** The first of the nearest places that is farther than the point, or as far and after it by content; at most `first`. */
  #firstBeyond(point: number, first: number): number {
    const { sources, rows, order } = this.context;
    const exact = sourceDistance(sources, this.#point, point, rows.metric);
    for (let n = first - 1; n >= 0; n--) {
      const distance = this.#distances[n];
      if (distance < exact || (distance === exact && order.pointOf[this.#others[n]] <= point)) return n + 1;
    }
    return 0;
  }
}

/**
 * The sum of max(0, rank − k) over the nearest places of a row, once all points are counted.
 *
 * @param row its number in the canonical order
 * @param at its number in the sample
 */
function penaltyOf(
  row: number,
  at: number,
  { first, pointOf }: CanonicalOrder,
  { neighbours, others, distances, nearer }: NearestPlaces,
): number {
  let before = 0;
  let penalty = 0;
  for (let n = at * neighbours; n < (at + 1) * neighbours; n++) {
    before += nearer[n];
    const other = others[n];
    // The copies before it are nearer too, by their order; the row itself is not its own neighbour.
    const copies = other - first[pointOf[other]];
    const itself = distances[n] > 0 || row < other ? 1 : 0;
    penalty += Math.max(0, before + copies - itself + 1 - neighbours);
  }
  return penalty;
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
