import type { CoreDistances } from "./coreDistances.js";
import { memoryBuffer, TILE } from "./kernel/kernel.js";
import { lowerBound, type QuantisedRows, upperBound } from "./quantisedRows.js";

const whole = new Float64Array(1);
const halves = new Uint32Array(whole.buffer);
/** Index of the upper half of a float64, which is the one that holds the exponent of the number 1. */
const UPPER = new Uint32Array(Float64Array.of(1).buffer)[1] === 0 ? 0 : 1;

/** Edges between places, each with a lower bound of its height. */
export class CandidateEdges {
  count = 0;
  a: Int32Array;
  b: Int32Array;
  /**
   * The upper half of the bound's float64: rounded down at any magnitude, and sorted as the bounds are, since
   * these are not negative.
   */
  bound: Uint32Array;
  /**
   * 1 if the distance is known to be within the greater core distance, so that the height is that core
   * distance.
   */
  isCore: Uint8Array;

  constructor(capacity: number) {
    this.a = new Int32Array(capacity);
    this.b = new Int32Array(capacity);
    this.bound = new Uint32Array(capacity);
    this.isCore = new Uint8Array(capacity);
  }

  /** A lower bound of the edge's height. */
  atLeast(edge: number): number {
    halves[UPPER] = this.bound[edge];
    halves[1 - UPPER] = 0;
    return whole[0];
  }

  add(a: number, b: number, atLeast: number, isCore = 0): void {
    if (this.count === this.a.length) this.#grow();
    this.a[this.count] = a;
    this.b[this.count] = b;
    this.isCore[this.count] = isCore;
    whole[0] = atLeast;
    this.bound[this.count++] = halves[UPPER];
  }

  #grow(): void {
    const capacity = 2 * this.count + 16;
    const { a, b, bound, isCore } = this;
    this.a = new Int32Array(capacity);
    this.b = new Int32Array(capacity);
    this.bound = new Uint32Array(capacity);
    this.a.set(a);
    this.b.set(b);
    this.bound.set(bound);
    this.isCore = new Uint8Array(capacity);
    this.isCore.set(isCore);
  }

  /**
   * The edges' numbers, ascending by `bound`: a radix sort, least significant digit first, 11 bits at a time.
   */
  sorted(): Uint32Array {
    const { count } = this;
    let keys = this.bound.slice(0, count);
    let nextKeys = new Uint32Array(count);
    let order = new Uint32Array(count);
    for (let edge = 0; edge < count; edge++) order[edge] = edge;
    let next = new Uint32Array(count);
    for (let shift = 0; shift < 33; shift += 11) {
      const starts = new Uint32Array(2048);
      for (let at = 0; at < count; at++) starts[(keys[at] >>> shift) & 2047]++;
      let sum = 0;
      for (let digit = 0; digit < 2048; digit++) {
        const size = starts[digit];
        starts[digit] = sum;
        sum += size;
      }
      for (let at = 0; at < count; at++) {
        const to = starts[(keys[at] >>> shift) & 2047]++;
        nextKeys[to] = keys[at];
        next[to] = order[at];
      }
      [order, next] = [next, order];
      [keys, nextKeys] = [nextKeys, keys];
    }
    return order;
  }
}

/** Every pair that is in a list of neighbours, once. */
export function listedEdges(rows: QuantisedRows, { core }: CoreDistances, alpha: number): CandidateEdges {
  const { layout, count } = rows;
  const { k } = layout;
  const buffer = memoryBuffer(rows.memory);
  const padded = layout.tiles * TILE;
  const counts = new Int32Array(buffer, layout.counts, padded);
  const limits = new Float32Array(buffer, layout.limits, padded);
  const values = new Float32Array(buffer, layout.values, padded * k);
  const indices = new Int32Array(buffer, layout.indices, padded * k);
  const edges = new CandidateEdges(count * Math.ceil(0.7 * k) + 16);
  for (let a = 0; a < count; a++) {
    for (let at = a * k; at < a * k + counts[a]; at++) {
      const b = indices[at];
      // A pair below b's limit is in b's list as well; only the smaller place adds it.
      if (a > b && values[at] < limits[b]) continue;
      const greaterCore = Math.max(core[a], core[b]);
      if (upperBound(rows, a, b, values[at]) / alpha <= greaterCore) edges.add(a, b, greaterCore, 1);
      else edges.add(a, b, Math.max(greaterCore, lowerBound(rows, a, b, values[at]) / alpha));
    }
  }
  return edges;
}
