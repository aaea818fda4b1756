import type { Links } from "./assignedLinks.js";
import { distanceOf } from "./distance.js";
import { kernelFor, memoryBuffer, TILE } from "./kernel/kernel.js";
import type { Kernel } from "./kernel/kernelInterface.js";
import { NearestList } from "./layout/nearestList.js";
import type { Comparison } from "./nearestOthers.js";
import type { HdbscanParameters } from "./parameters.js";
import {
  blockSquares,
  centredLengths,
  layoutFor,
  middleRow,
  type QuantisedRows,
  roundRowsAt,
  squareLimit,
  unfilledRows,
  unitFor,
} from "./quantisedRows.js";
import { copyRowsScaled } from "./scaledRow.js";
import { sharedArray } from "./sharedArray.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";
import { Team } from "./team.js";

/** How a clustering compared its points. */
export interface Reachability extends Comparison, Pick<HdbscanParameters, "minSamples" | "alpha"> {}

/** Number of points listed for each row beyond those that its core distance needs: most links are among them. */
const EXTRA_POINTS = 8;

/** Number of points that are listed for each row, of this many. */
export const listedPoints = (points: number, minSamples: number): number =>
  Math.min(points, Math.max(0, minSamples - 1) + EXTRA_POINTS);

/** A relative error that more than covers a division and a multiplication of float64 by alpha. */
const ALPHA_SLACK = 1e-12;
/** The least float64 whose product with alpha is that precise. */
const LEAST_NORMAL = 2 ** -1022;

/** What is known of a row while its link is sought. */
interface Sought {
  /** The number of the row among all. */
  row: number;
  list: NearestList;
  /** Number of points in the list. */
  core: number;
  point: number;
  distance: number;
  height: number;
}

/**
 * For rows that took no part in a clustering, the point that is nearest by mutual reachability: the point p with the
 * least max(core(row), core(p), distance / alpha). The core distance of the row is the radius that holds minSamples
 * rows, itself and the copies of each point included. Of equally near points it is the one at the least distance, then
 * the first by content. A row that equals a point is its copy, at 0.
 *
 * Points are offered in blocks, in one pass over all of them, after which a second one may be needed for some rows: so
 * any number of points takes the memory of one block. Distances are exact, in float64; the kernel only rules out points
 * that are certainly too far away, as in a clustering.
 */
export class NearestByReachability {
  readonly #comparison: Reachability;
  readonly #tree: Pick<SpanningTreeOfRows, "weights" | "coreDistances">;
  readonly #links: Links;
  /** Those whose link is not known yet. The vector of each is the row of the same number in `#rows.rows`. */
  #sought: Sought[];
  #pass: 1 | 2 = 1;
  readonly #team: Team;
  readonly #rows: QuantisedRows;
  readonly #kernel: Kernel;
  readonly #squares: Float32Array;

  /**
   * @param vectors q·d float32, row-major, finite, and not zero where rows are scaled: the rows, not scaled
   * @param tree of the clustering; its points must be distinct vectors, without a reduction
   * @param blockRows largest number of points of a block
   * @param module the compiled kernel; null for the portable kernel
   */
  constructor(
    vectors: Float32Array,
    tree: Pick<SpanningTreeOfRows, "weights" | "coreDistances">,
    comparison: Reachability,
    blockRows: number,
    module: WebAssembly.Module | null,
  ) {
    const { dimensions, metric, minSamples } = comparison;
    const count = vectors.length / dimensions;
    this.#comparison = comparison;
    this.#tree = tree;
    this.#links = { points: new Int32Array(count).fill(-1), heights: new Float64Array(count) };
    const size = listedPoints(tree.weights.length, minSamples);
    this.#sought = Array.from({ length: count }, (_, row) => ({
      ...{ row, list: new NearestList(size) },
      ...{ core: 0, point: -1, distance: Infinity, height: Infinity },
    }));
    this.#team = new Team([], module);
    const places = firstPlace(count) + blockRows;
    const layout = layoutFor(places, dimensions, 1, 1, false, 0, false);
    const rows = sharedArray(Float32Array, (count + blockRows) * dimensions);
    const points = { rows, dimensions, weight: sharedArray(Int32Array, 0) };
    this.#rows = unfilledRows(points, places, metric, layout, 1, this.#team);
    this.#kernel = kernelFor(this.#rows.memory, module);
    this.#squares = new Float32Array(memoryBuffer(this.#rows.memory), layout.scratch, TILE * TILE);
    copyRowsScaled(vectors, count, comparison, rows, 0);
  }

  /**
   * Compares a block of points with the rows. In each pass every point is offered once, in any order.
   *
   * @param vectors float32, row-major: the points of the block, not scaled
   * @param numbers of the points of the block
   * @param onTile called before each group of rows is compared with the block; if it throws, so does this
   */
  offer(vectors: Float32Array, numbers: Int32Array, onTile: () => void = () => {}): void {
    const { dimensions } = this.#comparison;
    const squares = this.#squares;
    const count = this.#sought.length;
    const first = firstPlace(count);
    copyRowsScaled(vectors, numbers.length, this.#comparison, this.#rows.rows, count);
    const block = this.#rows.rows.subarray(count * dimensions, (count + numbers.length) * dimensions);
    const rows = this.#quantised(middleRow(block, dimensions), numbers.length);
    for (let from = 0; from < count; from += TILE) {
      onTile();
      const end = Math.min(count, from + TILE);
      const limits = new Float64Array(end - from);
      for (let s = from; s < end; s++) limits[s - from] = this.#limit(rows, s);
      for (let place = 0; place < numbers.length; place += TILE) {
        blockSquares(this.#kernel, rows.layout, from, first + place, rows.layout.scratch);
        for (let s = from; s < end; s++) {
          let limit = limits[s - from];
          for (let j = 0, at = (s - from) * TILE; j < TILE; j++, at++) {
            // Places without a point have infinite squares.
            if (!(squares[at] < limit)) continue;
            if (this.#offerPoint(s, count + place + j, numbers[place + j])) {
              limit = limits[s - from] = this.#limit(rows, s);
            }
          }
        }
      }
    }
  }

  /**
   * Ends a pass over the points.
   * @returns whether another one is needed
   */
  endPass(): boolean {
    if (this.#pass === 1) for (const sought of this.#sought) this.#takeFromList(sought);
    const open = this.#pass === 2 ? [] : this.#sought.map((sought) => this.#isOpen(sought));
    const { rows } = this.#rows;
    const { dimensions } = this.#comparison;
    const left: Sought[] = [];
    for (const [s, sought] of this.#sought.entries()) {
      if (open[s]) {
        rows.copyWithin(left.length * dimensions, s * dimensions, (s + 1) * dimensions);
        left.push(sought);
      } else {
        this.#links.points[sought.row] = sought.point;
        this.#links.heights[sought.row] = sought.height;
      }
    }
    this.#sought = left;
    this.#pass = 2;
    return left.length > 0;
  }

  /** The links, once no other pass is needed. */
  get links(): Links {
    return this.#links;
  }

  /** The rows and a block of points as the kernel reads them, with the largest errors of the points. */
  #quantised(centre: Float64Array, points: number): QuantisedRows {
    const { rows, dimensions, layout, norms } = this.#rows;
    const count = this.#sought.length;
    const first = firstPlace(count);
    norms.fill(Infinity, first + points, layout.tiles * TILE);
    norms.fill(Infinity, count, first);
    const team = this.#team;
    const own = centredLengths({ rows, dimensions, centre, first: 0 }, count, team);
    const others = centredLengths({ rows, dimensions, centre, first: count }, points, team);
    const longest = (lengths: Float64Array): number => lengths.reduce((a, b) => Math.max(a, b), 0);
    const unit = unitFor(Math.max(longest(own.lengths), longest(others.lengths)));
    const quantised = { ...this.#rows, unit };
    roundRowsAt(quantised, own, { point: 0, place: 0 }, team);
    const errors = roundRowsAt(quantised, others, { point: count, place: first }, team);
    return { ...quantised, ...errors };
  }

  /** The kernel's squares of all points that may matter to a row are below this. */
  #limit(rows: QuantisedRows, s: number): number {
    const { list, core, distance, height } = this.#sought[s];
    if (this.#pass === 1) return squareLimit(rows, s, list.reach);
    const within = height < LEAST_NORMAL ? Infinity : height * this.#comparison.alpha;
    const most = height > core ? within : Math.min(within, distance);
    return squareLimit(rows, s, most * (1 + ALPHA_SLACK));
  }

  /** @returns whether the limit of the row may have changed */
  #offerPoint(s: number, place: number, point: number): boolean {
    const { dimensions, metric } = this.#comparison;
    const sought = this.#sought[s];
    const core = this.#tree.coreDistances[point];
    if (this.#pass === 2 && core > sought.height) return false;
    const distance = distanceOf(this.#rows.rows, dimensions, s, place, metric);
    if (this.#pass === 2) return this.#takeIfNearer(sought, point, distance);
    sought.list.offer(point, distance);
    return sought.list.reach < Infinity;
  }

  #takeIfNearer(sought: Sought, point: number, distance: number): boolean {
    const height = Math.max(sought.core, this.#tree.coreDistances[point], distance / this.#comparison.alpha);
    const order = height - sought.height || distance - sought.distance || point - sought.point;
    if (!(order < 0) && sought.point >= 0) return false;
    sought.point = point;
    sought.distance = distance;
    sought.height = height;
    return true;
  }

  /** Computes the core distance of a row, and finds the nearest of the listed points. */
  #takeFromList(sought: Sought): void {
    const { list } = sought;
    const { count, others, distances } = list;
    if (distances[0] === 0) {
      sought.point = others[0];
      sought.distance = sought.height = 0;
      return;
    }
    let missing = this.#comparison.minSamples - 1;
    for (let k = 0; k < count && missing > 0; k++) {
      sought.core = distances[k];
      missing -= this.#tree.weights[others[k]];
    }
    for (let k = 0; k < count; k++) this.#takeIfNearer(sought, others[k], distances[k]);
  }

  /** Whether a point that is not listed may be nearer. */
  #isOpen({ list, core, distance, height }: Sought): boolean {
    if (height === 0 || list.count === this.#tree.weights.length) return false;
    const { reach } = list;
    const least = Math.max(core, reach / this.#comparison.alpha);
    return height > least || (height === least && distance >= reach);
  }
}

/** The place of the first point of a block, after the tiles of the rows. */
const firstPlace = (rows: number): number => Math.ceil(rows / TILE) * TILE;
