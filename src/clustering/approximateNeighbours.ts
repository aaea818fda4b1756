import { kernelFor, kernelModule, memoryBuffer, TILE } from "./kernel/kernel.js";
import { BLOCK_BYTES, COLLECTED_BYTES, LEAF, type QuantisedRows } from "./quantisedRows.js";
import { sharedArray } from "./sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "./team.js";
import { partitionAt, splitDirection } from "./tiles.js";

/** Number of random trees, and of rounds that compare neighbours' neighbours after them. */
const TREES = 6;
const ROUNDS = 2;
/** Number of a row's nearest neighbours that a round considers. */
const FRIENDS = 16;
/**
 * A set is cut at a random share of its rows, between these two. If it were always cut at the median, trees
 * over clumps along a line would all cut the same clump, whatever their directions, and the rows in its two
 * parts would never be compared with each other.
 */
const LEAST_SHARE = 0.35;
const MOST_SHARE = 0.65;
/** Duration of a round, in trees. */
const TREES_A_ROUND = 2;

/**
 * Fills the lists of neighbours with the nearest that are found without computing all pairs: first all pairs
 * within the leaves of random trees (Dasgupta & Freund 2008), then in rounds the neighbours of neighbours
 * (Dong, Moses & Li 2011, "Efficient k-nearest neighbor graph construction for generic similarity measures").
 * A round computes only the pairs suggested by a neighbour that was new in the round before.
 *
 * The result is the same for any number of threads: which pairs a step offers to the lists depends only on
 * the lists before it, and a list keeps the nearest of all that it is offered, in whatever order they come.
 */
export function approximateNeighbours(
  rows: QuantisedRows,
  team: Team,
  onSteps: (done: number, of: number) => void,
): void {
  const steps = TREES + ROUNDS * TREES_A_ROUND;
  const { tiles } = rows.layout;
  team.run(treeNeighboursJob, { rows }, TREES, 1, (taken) => onSteps(taken, steps));
  const length = rows.count * FRIENDS;
  let friends = sharedArray(Int32Array, length).fill(-1);
  let before = sharedArray(Int32Array, length).fill(-1);
  const isNew = sharedArray(Uint8Array, length);
  const sortLists = () => team.run(friendsJob, { rows, friends, before, isNew }, tiles, 16);
  for (let round = 0; round < ROUNDS; round++) {
    [friends, before] = [before, friends];
    sortLists();
    team.run(refinedNeighboursJob, { rows, friends, isNew }, tiles, 4, (taken) =>
      onSteps(TREES + (round + taken / tiles) * TREES_A_ROUND, steps),
    );
  }
  sortLists();
}

/** Approximate number of pairs that the approximate search computes. */
export const approximatePairs = (count: number): number =>
  Math.min((count * count) / 2, count * (TREES * LEAF * 0.375 + 1.5 * FRIENDS * FRIENDS));

export interface TreeNeighboursContext {
  rows: QuantisedRows;
}

/**
 * Each task is one tree: it splits the rows at random shares along random directions, and offers all pairs of
 * each leaf.
 */
export const treeNeighboursJob = teamJob(
  "treeNeighbours",
  ({ rows }: TreeNeighboursContext, take: TakeTasks, slot: number): null => {
    const { layout, count, dimensions } = rows;
    const { stride, k } = layout;
    const kernel = kernelFor(rows.memory, kernelModule());
    const buffer = memoryBuffer(rows.memory);
    const bytes = new Uint8Array(buffer);
    const padded = layout.tiles * TILE;
    const listAt = layout.trees + slot * layout.treeBytes;
    const productsAt = listAt + padded * 4;
    const vectorAt = productsAt + padded * 4;
    const leafAt = vectorAt + stride;
    const normsAt = leafAt + LEAF * stride;
    const scalesAt = normsAt + LEAF * 4;
    const namesAt = scalesAt + LEAF * 4;
    const limitsAt = namesAt + LEAF * 4;
    const block = layout.scratch + slot * layout.scratchBytes;

    const list = new Int32Array(buffer, listAt, count);
    const products = new Int32Array(buffer, productsAt, count);
    const vector = new Int16Array(buffer, vectorAt, stride / 2);
    const norms = new Float32Array(buffer, normsAt, LEAF);
    const scales = new Float32Array(buffer, scalesAt, LEAF);
    const names = new Int32Array(buffer, namesAt, LEAF);
    const limits = new Float32Array(buffer, limitsAt, LEAF);
    const allScales = new Float32Array(buffer, layout.scales, count);
    const allLimits = new Float32Array(buffer, layout.limits, count);
    const integers = new Int16Array(buffer, layout.rows, padded * (stride / 2));
    const keys = new Float64Array(count);

    const offerLeaf = (start: number, end: number): void => {
      const size = end - start;
      const leafTiles = Math.ceil(size / TILE);
      for (let r = 0; r < leafTiles * TILE; r++) {
        names[r] = r < size ? list[start + r] : -1;
        const place = Math.max(0, names[r]);
        bytes.copyWithin(
          leafAt + r * stride,
          layout.rows + place * stride,
          layout.rows + (place + 1) * stride,
        );
        norms[r] = rows.norms[place];
        scales[r] = allScales[place];
        limits[r] = allLimits[place];
      }
      for (let a = 0; a < leafTiles; a++) {
        for (let b = a; b < leafTiles; b++) {
          kernel.blockDistances(
            leafAt + a * TILE * stride,
            leafAt + b * TILE * stride,
            stride,
            normsAt + a * TILE * 4,
            scalesAt + a * TILE * 4,
            normsAt + b * TILE * 4,
            scalesAt + b * TILE * 4,
            block,
          );
          kernel.offerBlock(
            block,
            namesAt + a * TILE * 4,
            namesAt + b * TILE * 4,
            limitsAt + a * TILE * 4,
            limitsAt + b * TILE * 4,
            a === b ? 1 : 0,
            k,
            layout.limits,
            layout.counts,
            layout.values,
            layout.indices,
            layout.locks,
          );
        }
      }
    };

    for (let batch = take(); batch !== null; batch = take()) {
      for (let place = 0; place < count; place++) list[place] = place;
      const next = random(batch.from + 1);
      const direction = splitDirection(integers, allScales, stride / 2, dimensions, next);
      const stack = [0, count];
      while (stack.length > 0) {
        const end = stack.pop() as number;
        const start = stack.pop() as number;
        // If all rows of a sample are equal, the set is cut in its current order.
        const split = end - start > LEAF;
        if (!split) {
          offerLeaf(start, end);
          continue;
        }
        const share = LEAST_SHARE + (MOST_SHARE - LEAST_SHARE) * next();
        const middle = start + Math.round((end - start) * share);
        if (direction(list.subarray(start, end), vector)) {
          kernel.dotRows(layout.rows, stride, listAt + start * 4, end - start, vectorAt, productsAt);
          for (let r = start; r < end; r++) keys[r] = products[r - start] * allScales[list[r]];
          partitionAt(keys, list, start, end, middle);
        }
        stack.push(start, middle, middle, end);
      }
    }
    return null;
  },
);

/** mulberry32 */
function random(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface FriendsContext {
  rows: QuantisedRows;
  /** Per place: its nearest neighbours, ascending by distance; −1 where it has fewer. */
  friends: Int32Array;
  /** The nearest neighbours of the previous round. */
  before: Int32Array;
  /** 1 for a neighbour that is not in `before`. */
  isNew: Uint8Array;
}

/**
 * Sorts each list descending, which keeps it a valid heap, so that its order does not depend on the order in
 * which it was filled; and copies the nearest of each list to `friends`.
 */
export const friendsJob = teamJob(
  "friends",
  ({ rows, friends, before, isNew }: FriendsContext, take: TakeTasks): null => {
    const { layout, count } = rows;
    const { k } = layout;
    const buffer = memoryBuffer(rows.memory);
    const counts = new Int32Array(buffer, layout.counts, count);
    const values = new Float32Array(buffer, layout.values, count * k);
    const indices = new Int32Array(buffer, layout.indices, count * k);
    for (let batch = take(); batch !== null; batch = take()) {
      for (let place = batch.from * TILE; place < Math.min(count, batch.to * TILE); place++) {
        const from = place * k;
        const size = counts[place];
        for (let at = from + 1; at < from + size; at++) {
          const value = values[at];
          const index = indices[at];
          let to = at;
          for (; to > from; to--) {
            const other = values[to - 1];
            if (other > value || (other === value && indices[to - 1] > index)) break;
            values[to] = other;
            indices[to] = indices[to - 1];
          }
          values[to] = value;
          indices[to] = index;
        }
        const first = place * FRIENDS;
        for (let f = 0; f < FRIENDS; f++) {
          const friend = f < size ? indices[from + size - 1 - f] : -1;
          friends[first + f] = friend;
          let known = 0;
          for (let b = first; b < first + FRIENDS; b++) if (before[b] === friend) known = 1;
          isNew[first + f] = 1 - known;
        }
      }
    }
    return null;
  },
);

export interface RefinedNeighboursContext {
  rows: QuantisedRows;
  friends: Int32Array;
  isNew: Uint8Array;
}

/** Offers each row its neighbours' neighbours, unless both of the links are older than the last round. */
export const refinedNeighboursJob = teamJob(
  "refinedNeighbours",
  (context: RefinedNeighboursContext, take: TakeTasks, slot: number): null => {
    const { rows, friends, isNew } = context;
    const { layout, count } = rows;
    const kernel = kernelFor(rows.memory, kernelModule());
    const namesAt = layout.scratch + slot * layout.scratchBytes + BLOCK_BYTES;
    const names = new Int32Array(memoryBuffer(rows.memory), namesAt, COLLECTED_BYTES / 4);
    const seen = new Int32Array(count).fill(-1);
    for (let batch = take(); batch !== null; batch = take()) {
      for (let place = batch.from * TILE; place < Math.min(count, batch.to * TILE); place++) {
        seen[place] = place;
        const first = place * FRIENDS;
        for (let f = first; f < first + FRIENDS && friends[f] >= 0; f++) seen[friends[f]] = place;
        let size = 0;
        for (let f = first; f < first + FRIENDS && friends[f] >= 0; f++) {
          const theirs = friends[f] * FRIENDS;
          for (let g = theirs; g < theirs + FRIENDS && friends[g] >= 0; g++) {
            const other = friends[g];
            if (seen[other] === place || (isNew[f] === 0 && isNew[g] === 0)) continue;
            seen[other] = place;
            names[size++] = other;
          }
        }
        kernel.offerRow(
          place,
          namesAt,
          size,
          layout.rows,
          layout.stride,
          layout.norms,
          layout.scales,
          layout.k,
          layout.limits,
          layout.counts,
          layout.values,
          layout.indices,
          layout.locks,
        );
      }
    }
    return null;
  },
);
