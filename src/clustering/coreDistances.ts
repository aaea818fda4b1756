import { distanceOf, distancesFrom } from "./distance.js";
import { memoryBuffer, TILE } from "./kernel.js";
import { lowerBound, lowerBoundBeyond, type QuantisedRows, upperBound } from "./quantisedRows.js";
import { sharedArray } from "./sharedArray.js";
import type { TakeTasks, Team } from "./team.js";

export interface CoreDistances {
  /** Per place: the exact core distance. */
  core: Float64Array;
  /** Per place: no other point that is missing in its list is nearer than this. */
  reach: Float64Array;
}

export interface CoreDistancesContext extends CoreDistances {
  rows: QuantisedRows;
  minSamples: number;
  /** Whether the lists are taken for complete. */
  approximate: boolean;
}

/**
 * Core distances (Campello et al. 2015, definition 1): the smallest radius around each point that holds
 * minSamples rows, the point itself and its copies counted; where there are fewer rows, the radius that
 * holds all.
 *
 * The lists of neighbours are by bounds; only those whose bounds straddle the radius are computed exactly.
 * Where a point that is not listed could be within the radius, all of the row is, unless the lists are
 * approximate.
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
  team.run("coreDistances", { rows, minSamples, approximate, core, reach }, rows.layout.tiles, 1);
  return { core, reach };
}

export function coreDistancesJob(context: CoreDistancesContext, take: TakeTasks): null {
  const { rows, minSamples, approximate, core, reach } = context;
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

  /** All of the row, exactly. */
  const fromAll = (place: number, needed: number): number => {
    const all = new Radii(count);
    const distances = new Float64Array(count);
    distancesFrom(rows.rows, dimensions, pointAt[place], 0, count, metric, distances);
    for (let other = 0; other < count; other++) {
      if (other !== pointAt[place]) all.add(distances[other], weight[other]);
    }
    return all.holding(needed);
  };

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
      if (core[place] > reach[place] && !approximate) core[place] = fromAll(place, needed);
    }
  }
  return null;
}

/** Distances with weights, of which the one is asked for within which so much weight lies. */
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

  /** The smallest distance that holds `needed`; the largest of all where there is less. Reorders. */
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
        // One element, equal to the pivot, lies between.
        if (before + weight[j + 1] >= needed) return distance[j + 1];
        before += weight[j + 1];
      }
      low = i;
    }
    return distance[Math.max(0, Math.min(low, this.#size - 1))];
  }
}
