import { distanceOf, distancesFrom } from "../distance.js";
import type { DistinctSources } from "../distinctPoints.js";
import { memoryBuffer, TILE } from "../kernel/kernel.js";
import type { Metric } from "../metric.js";
import { listedNeighbours, TilePairs } from "../nearestNeighbours.js";
import { projectTiles, setDirections } from "../projectedRows.js";
import { type Layout, layoutFor, projectedWidth, type QuantisedRows } from "../quantisedRows.js";
import { pieceSize, placesWithPiece, rowsInPieces } from "../rowsInPieces.js";
import { sharedArray } from "../sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "../team.js";
import { sortIntoTiles } from "../tiles.js";
import { smoothStrengths } from "./fuzzyGraph.js";
import { NearestList } from "./nearestList.js";
import { listSelection } from "./neighbourLists.js";

/** Number of tiles that a thread takes at a time. */
const GROUP = 4;

/** The distinct rows that have been laid out. */
export interface LaidOutRows {
  /** Their numbers among all distinct rows, ascending, in shared memory. */
  numbers: Int32Array;
  /** Their components, row-major, with space for a piece of other rows after them, in shared memory. */
  rows: Float32Array;
  /** Their places, row-major, in shared memory. */
  places: Float32Array;
  /** The dimensions of the places. */
  dimensions: number;
}

/**
 * Places the rows that have not been laid out: each at the mean of the places of its exact nearest laid-out rows,
 * weighted by the strengths that the graph of a layout would give them.
 *
 * @param neighbours number of laid-out rows that a row is placed among
 * @param onRows called with the number of rows that are placed, of `of`
 * @returns m·dimensions: the places of all distinct rows, and the number of pairs whose distance the kernel computed
 */
export function placeRows(
  sources: DistinctSources,
  laidOut: LaidOutRows,
  neighbours: number,
  metric: Metric,
  team: Team,
  onRows: (done: number, of: number) => void,
): { ends: Float32Array; pairsComputed: number } {
  const { numbers, rows, places, dimensions } = laidOut;
  const width = sources.dimensions;
  const count = sources.weight.length;
  const known = numbers.length;
  const ends = sharedArray(Float32Array, count * dimensions);
  const others = othersOf(numbers, count);
  for (let k = 0; k < known; k++) {
    for (let axis = 0; axis < dimensions; axis++) {
      ends[numbers[k] * dimensions + axis] = places[k * dimensions + axis];
    }
  }

  const layout = placingLayout(known, others.length, width, neighbours, team.threads);
  const pieces = rowsInPieces(sources, rows, known, metric, layout, team);
  sortIntoTiles(pieces.known, team);
  const shrink = setDirections(pieces.known, team);
  const tiles = Math.ceil(known / TILE);
  projectTiles(pieces.known, shrink, 0, tiles, team);
  // Nothing is offered to the lists of the rows that are laid out.
  const limits = new Float32Array(memoryBuffer(pieces.known.memory), layout.limits, tiles * TILE);
  limits.fill(Number.NEGATIVE_INFINITY);

  let pairsComputed = 0;
  const size = pieceSize(others.length);
  for (let from = 0; from < others.length; from += size) {
    const piece = others.subarray(from, from + size);
    const both = pieces.load(piece).rows;
    sortIntoTiles(both, team, tiles * TILE, both.count);
    const end = Math.ceil(both.count / TILE);
    projectTiles(both, shrink, tiles, end, team);
    const context = { rows: both, known, neighbours, numbers: piece, places, dimensions, ends };
    const groups = Math.ceil((end - tiles) / GROUP);
    const shares = team.run(placedRowsJob, context, groups, 1, (taken) =>
      onRows(from + taken * GROUP * TILE, others.length),
    );
    pairsComputed += shares.reduce((sum, pairs) => sum + pairs, 0);
  }
  return { ends, pairsComputed };
}

/** @returns the numbers of the rows that are not among those given, ascending, in shared memory */
function othersOf(numbers: Int32Array, count: number): Int32Array {
  const others = sharedArray(Int32Array, count - numbers.length);
  for (let number = 0, k = 0, found = 0; number < count; number++) {
    if (numbers[k] === number) k++;
    else others[found++] = number;
  }
  return others;
}

/** The memory of the rows that are laid out, in the first tiles, and a piece of others in the tiles after them. */
export const placingLayout = (
  known: number,
  others: number,
  width: number,
  neighbours: number,
  threads: number,
): Layout =>
  layoutFor(
    placesWithPiece(known, others),
    width,
    listedNeighbours(known + 1, neighbours + 1),
    threads,
    false,
    projectedWidth(known, width, false),
  );

export interface PlacedRowsContext {
  /** The laid-out rows in the first tiles, and those to place in the tiles after them. */
  rows: QuantisedRows;
  /** Number of points that are laid out; those to place have the numbers from it on. */
  known: number;
  neighbours: number;
  /** Per row to place: its number among all distinct rows. */
  numbers: Int32Array;
  /** known·dimensions: the places of the points that are laid out. */
  places: Float32Array;
  dimensions: number;
  /** Receives the places, by the rows' numbers. */
  ends: Float32Array;
}

/** Each task is a group of tiles of rows to place. Returns the number of pairs whose squares were computed. */
export const placedRowsJob = teamJob(
  "placedRows",
  (context: PlacedRowsContext, take: TakeTasks, slot: number): number => {
    const { rows, known, neighbours, numbers, places, dimensions, ends } = context;
    const { pointAt, count, dimensions: width, metric } = rows;
    const tiles = Math.ceil(known / TILE);
    const tilePairs = new TilePairs(rows, slot);
    const select = listSelection(rows, known);
    const list = new NearestList(neighbours);
    const strengths = new Float64Array(neighbours);
    const distances = new Float64Array(known);

    /** The tiles of laid-out rows, those near a tile of rows to place first: then few neighbours fall out again. */
    const nearestTiles = (tile: number): number[] => {
      const point = pointAt[tile * TILE];
      const away = Float64Array.from({ length: tiles }, (_, other) =>
        distanceOf(rows.rows, width, point, pointAt[other * TILE], metric),
      );
      return Array.from(away.keys()).sort((a, b) => away[a] - away[b]);
    };
    const findNeighbours = (place: number): void => {
      list.clear();
      if (!select(place, list)) return;
      list.clear();
      distancesFrom(rows.rows, width, pointAt[place], 0, known, metric, distances);
      for (let other = 0; other < known; other++) list.offer(other, distances[other]);
    };
    const placeAmongNeighbours = (place: number): void => {
      smoothStrengths(list.distances, strengths);
      const to = numbers[pointAt[place] - known] * dimensions;
      for (let axis = 0; axis < dimensions; axis++) {
        let sum = 0;
        let weights = 0;
        for (let n = 0; n < neighbours; n++) {
          sum += strengths[n] * places[list.others[n] * dimensions + axis];
          weights += strengths[n];
        }
        ends[to + axis] = sum / weights;
      }
    };

    for (let batch = take(); batch !== null; batch = take()) {
      const first = tiles + batch.from * GROUP;
      const end = Math.min(Math.ceil(count / TILE), first + GROUP);
      for (const other of nearestTiles(first)) {
        for (let tile = first; tile < end; tile++) tilePairs.compute(other, tile);
      }
      for (let place = first * TILE; place < Math.min(count, end * TILE); place++) {
        findNeighbours(place);
        placeAmongNeighbours(place);
      }
    }
    return tilePairs.pairs;
  },
);
