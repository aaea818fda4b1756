import { distanceOf, distancesFrom } from "./distance.js";
import { memoryBuffer, TILE } from "./kernel/kernel.js";
import { lowerBound, lowerBoundBeyond, type QuantisedRows, upperBound } from "./quantisedRows.js";
import { sharedArray } from "./sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "./team.js";

export interface CoreDistances {
  /** Per place: the exact core distance. */
  core: Float64Array;
  /** Per place: a lower bound of its distance to every point that is not in its list. */
  reach: Float64Array;
}

export interface CoreDistancesContext extends CoreDistances {
  rows: QuantisedRows;
  minSamples: number;
  /** Per place: receives 1 if a point that is not listed could be within the core distance. */
  inDoubt: Uint8Array;
}

/**
 * Limits of what the approximate mode computes for rows in doubt, in pairs and in components of pairs: a
 * second or two.
 */
const AFFORDABLE_PAIRS = 1e8;
const AFFORDABLE_COMPONENTS = 2e9;

/**
 * Core distances (Campello et al. 2015, definition 1): the smallest radius around each point that holds
 * minSamples rows, including the point itself and its copies; if there are fewer rows, the radius that holds
 * all.
 *
 * The distances to the listed neighbours are known by bounds; only those whose bounds straddle the radius are
 * computed exactly. If a point that is not listed could be within the radius, which happens where points are
 * nearer to each other than the kernel can resolve, all distances of the row are computed; in the approximate
 * mode only for as many rows as the limits above allow.
 */
export function coreDistances(
  rows: QuantisedRows,
  minSamples: number,
  approximate: boolean,
  team: Team,
): CoreDistances {
  const places = rows.layout.tiles * TILE;
  const core = sharedArray(Float64Array, places);
  const reach = sharedArray(Float64Array, places);
  const inDoubt = sharedArray(Uint8Array, places);
  team.run(coreDistancesJob, { rows, minSamples, core, reach, inDoubt }, rows.layout.tiles, 1);
  const pairs = Math.min(AFFORDABLE_PAIRS, AFFORDABLE_COMPONENTS / rows.dimensions);
  const affordable = approximate ? Math.floor(pairs / rows.count) : rows.count;
  const doubtful = Int32Array.from(inDoubt.keys())
    .filter((place) => inDoubt[place] === 1)
    .subarray(0, affordable);
  const open = sharedArray(Int32Array, doubtful.length);
  open.set(doubtful);
  team.run(wholeCoreDistancesJob, { rows, minSamples, core, places: open }, open.length, 1);
  return { core, reach };
}

export const coreDistancesJob = teamJob(
  "coreDistances",
  (context: CoreDistancesContext, take: TakeTasks): null => {
    const { rows, minSamples, core, reach, inDoubt } = context;
    const { layout, count, weight, pointAt, dimensions, metric } = rows;
    const { k } = layout;
    const buffer = memoryBuffer(rows.memory);
    const padded = layout.tiles * TILE;
    const counts = new Int32Array(buffer, layout.counts, padded);
    const values = new Float32Array(buffer, layout.values, padded * k);
    const indices = new Int32Array(buffer, layout.indices, padded * k);
    const low = new Float64Array(k);
    const high = new Float64Array(k);
    const radii = new Radii(Math.max(k, 1));

    for (let batch = take(); batch !== null; batch = take()) {
      const end = Math.min(count, batch.to * TILE);
      for (let place = batch.from * TILE; place < end; place++) {
        const listed = counts[place];
        const from = place * k;
        let farthest = 0;
        for (let n = 0; n < listed; n++) farthest = Math.max(farthest, values[from + n]);
        reach[place] = listed === count - 1 ? Infinity : lowerBoundBeyond(rows, place, farthest);
        const needed = minSamples - weight[pointAt[place]];
        if (needed <= 0 || count === 1) {
          core[place] = 0;
          continue;
        }
        radii.clear();
        for (let n = 0; n < listed; n++) {
          low[n] = lowerBound(rows, place, indices[from + n], values[from + n]);
          high[n] = upperBound(rows, place, indices[from + n], values[from + n]);
          radii.add(high[n], weight[pointAt[indices[from + n]]]);
        }
        const atMost = radii.holding(needed);
        radii.clear();
        for (let n = 0; n < listed; n++) radii.add(low[n], weight[pointAt[indices[from + n]]]);
        const atLeast = radii.holding(needed);
        radii.clear();
        let inside = 0;
        for (let n = 0; n < listed; n++) {
          if (low[n] > atMost) continue;
          const other = pointAt[indices[from + n]];
          if (high[n] < atLeast) inside += weight[other];
          else radii.add(distanceOf(rows.rows, dimensions, pointAt[place], other, metric), weight[other]);
        }
        core[place] = radii.holding(needed - inside);
        if (core[place] > reach[place]) inDoubt[place] = 1;
      }
    }
    return null;
  },
);

export interface WholeCoreDistancesContext {
  rows: QuantisedRows;
  minSamples: number;
  /** Per place: receives the core distance, if it is requested. */
  core: Float64Array;
  /** The places whose core distances are requested. */
  places: Int32Array;
}

/** Exact core distances, from all distances of a row. */
export const wholeCoreDistancesJob = teamJob(
  "wholeCoreDistances",
  (context: WholeCoreDistancesContext, take: TakeTasks): null => {
    const { rows, minSamples, core, places } = context;
    const { count, weight, pointAt, dimensions, metric } = rows;
    const radii = new Radii(count);
    const distances = new Float64Array(count);
    for (let batch = take(); batch !== null; batch = take()) {
      for (const place of places.subarray(batch.from, batch.to)) {
        const point = pointAt[place];
        distancesFrom(rows.rows, dimensions, point, 0, count, metric, distances);
        radii.clear();
        for (let other = 0; other < count; other++) {
          if (other !== point) radii.add(distances[other], weight[other]);
        }
        core[place] = radii.holding(minSamples - weight[point]);
      }
    }
    return null;
  },
);

/** Weighted distances, in which the smallest radius that holds a given weight is searched. */
class Radii {
  #size = 0;
  readonly #distance: Float64Array;
  readonly #weight: Float64Array;

  constructor(capacity: number) {
    this.#distance = new Float64Array(capacity);
    this.#weight = new Float64Array(capacity);
  }

  clear(): void {
    this.#size = 0;
  }

  add(distance: number, weight: number): void {
    this.#distance[this.#size] = distance;
    this.#weight[this.#size++] = weight;
  }

  /**
   * The smallest distance within which the weight is at least `needed`; the largest distance if there is less
   * weight. Reorders the distances.
   */
  holding(needed: number): number {
    const distance = this.#distance;
    const weight = this.#weight;
    let low = 0;
    let high = this.#size - 1;
    let before = 0;
    // Quickselect by weight.
    while (low < high) {
      const pivot = distance[(low + high) >> 1];
      let i = low;
      let j = high;
      while (i <= j) {
        while (distance[i] < pivot) i++;
        while (distance[j] > pivot) j--;
        if (i > j) break;
        const d = distance[i];
        distance[i] = distance[j];
        distance[j] = d;
        const w = weight[i];
        weight[i] = weight[j];
        weight[j] = w;
        i++;
        j--;
      }
      let left = 0;
      for (let at = low; at <= j; at++) left += weight[at];
      if (before + left >= needed) {
        high = j;
        continue;
      }
      before += left;
      if (i - j === 2) {
        // A single element, equal to the pivot, lies between the two sides.
        if (before + weight[j + 1] >= needed) return distance[j + 1];
        before += weight[j + 1];
      }
      low = i;
    }
    return distance[Math.max(0, Math.min(low, this.#size - 1))];
  }
}
