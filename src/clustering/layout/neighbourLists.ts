import { distanceOf, distancesFrom } from "../distance.js";
import { memoryBuffer, TILE } from "../kernel/kernel.js";
import { lowerBound, lowerBoundBeyond, type QuantisedRows, upperBound } from "../quantisedRows.js";
import { sharedArray } from "../sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "../team.js";
import { NearestList } from "./nearestList.js";

/** The exact nearest neighbours of each distinct point, by its number. */
export interface NeighbourLists {
  /** Number of neighbours of each point, without itself. */
  size: number;
  /** m·size: the neighbours, the nearest first; equally near ones in the order of content. */
  others: Int32Array;
  /** m·size: their distances. */
  distances: Float64Array;
}

/**
 * Selects the exact neighbours from the lists that the kernel filled, which hold some more than are wanted. Where a
 * point that is not listed could be among the nearest, all distances of the row are computed.
 */
export function neighbourLists(
  rows: QuantisedRows,
  size: number,
  team: Team,
  onTiles: (done: number, of: number) => void,
): NeighbourLists {
  const { count, layout } = rows;
  const others = sharedArray(Int32Array, count * size);
  const distances = sharedArray(Float64Array, count * size);
  const inDoubt = sharedArray(Uint8Array, count);
  const lists = { size, others, distances };
  team.run(neighbourListsJob, { rows, lists, inDoubt }, layout.tiles, 1, (taken) =>
    onTiles(taken, layout.tiles),
  );
  const doubtful = Int32Array.from(inDoubt.keys()).filter((point) => inDoubt[point] === 1);
  const points = sharedArray(Int32Array, doubtful.length);
  points.set(doubtful);
  team.run(wholeNeighbourListsJob, { rows, lists, points }, points.length, 1, (taken) =>
    onTiles(taken, points.length),
  );
  return lists;
}

export interface NeighbourListsContext {
  rows: QuantisedRows;
  lists: NeighbourLists;
  /** Per point: receives 1 if a point that is not listed could be among the nearest. */
  inDoubt: Uint8Array;
}

export const neighbourListsJob = teamJob(
  "neighbourLists",
  ({ rows, lists, inDoubt }: NeighbourListsContext, take: TakeTasks): null => {
    const { count, pointAt } = rows;
    const select = listSelection(rows, count - 1);
    for (let batch = take(); batch !== null; batch = take()) {
      const end = Math.min(count, batch.to * TILE);
      for (let place = batch.from * TILE; place < end; place++) {
        const point = pointAt[place];
        inDoubt[point] = select(place, listOf(lists, point)) ? 1 : 0;
      }
    }
    return null;
  },
);

/**
 * Returns a function that selects the exact neighbours of a place from the list that the kernel filled. It returns
 * whether a point that is not listed could be among them.
 *
 * @param candidates number of points that could be listed
 */
export function listSelection(
  rows: QuantisedRows,
  candidates: number,
): (place: number, list: NearestList) => boolean {
  const { layout, count, pointAt, dimensions, metric } = rows;
  const { k } = layout;
  const buffer = memoryBuffer(rows.memory);
  const counts = new Int32Array(buffer, layout.counts, count);
  const values = new Float32Array(buffer, layout.values, count * k);
  const indices = new Int32Array(buffer, layout.indices, count * k);
  const high = new Float64Array(k);
  return (place, list) => {
    const listed = counts[place];
    const from = place * k;
    let farthest = 0;
    for (let n = 0; n < listed; n++) {
      farthest = Math.max(farthest, values[from + n]);
      high[n] = upperBound(rows, place, indices[from + n], values[from + n]);
    }
    // As many neighbours as are wanted are within this distance.
    const within = high.subarray(0, listed).sort()[list.size - 1];
    for (let n = from; n < from + listed; n++) {
      if (lowerBound(rows, place, indices[n], values[n]) > within) continue;
      const other = pointAt[indices[n]];
      list.offer(other, distanceOf(rows.rows, dimensions, pointAt[place], other, metric));
    }
    const beyond = listed === candidates ? Infinity : lowerBoundBeyond(rows, place, farthest);
    return list.reach >= beyond;
  };
}

export interface WholeNeighbourListsContext {
  rows: QuantisedRows;
  lists: NeighbourLists;
  /** The points whose lists are wanted. */
  points: Int32Array;
}

export const wholeNeighbourListsJob = teamJob(
  "wholeNeighbourLists",
  ({ rows, lists, points }: WholeNeighbourListsContext, take: TakeTasks): null => {
    const { count, dimensions, metric } = rows;
    const distances = new Float64Array(count);
    for (let batch = take(); batch !== null; batch = take()) {
      for (const point of points.subarray(batch.from, batch.to)) {
        distancesFrom(rows.rows, dimensions, point, 0, count, metric, distances);
        const list = listOf(lists, point);
        for (let other = 0; other < count; other++) {
          if (other !== point) list.offer(other, distances[other]);
        }
      }
    }
    return null;
  },
);

/** The empty list of one point. */
function listOf({ size, others, distances }: NeighbourLists, point: number): NearestList {
  const [from, to] = [point * size, (point + 1) * size];
  return new NearestList(size, others.subarray(from, to), distances.subarray(from, to));
}
