import type { Kernel } from "./kernelInterface.js";
import { portableLayoutSteps } from "./portableLayoutSteps.js";

const TILE = 64;
const SLACK = 2 ** -20;
const UNDERFLOW32 = Math.fround(1e-36);
const LARGE = Math.fround(1e30);

/**
 * The kernel of assembly/kernel.ts in plain TypeScript, for engines without SIMD and for memories beyond 4
 * GB. It computes the same values to the bit, because it rounds each float32 operation exactly where the
 * other kernel does.
 */
export function portableKernel(buffer: SharedArrayBuffer): Kernel {
  const f32 = new Float32Array(buffer);
  const i32 = new Int32Array(buffer);
  const i16 = new Int16Array(buffer);
  const f64 = new Float64Array(buffer);
  const { fround } = Math;

  /** Exact: quantised rows are short enough that no partial sum exceeds 32 bits. */
  const dot = (a: number, b: number, length: number): number => {
    let sum = 0;
    for (let k = 0; k < length; k++) sum += i16[a + k] * i16[b + k];
    return sum;
  };

  /** The squared distance of two rows, with each operation rounded as in `blockDistances`. */
  const square = (
    rows: number,
    width: number,
    norms: number,
    scales: number,
    a: number,
    b: number,
  ): number => {
    const factor = fround(f32[scales + a] * f32[scales + b]);
    const product = fround(factor * fround(dot(rows + a * width, rows + b * width, width)));
    return fround(fround(f32[norms + a] + f32[norms + b]) - product);
  };

  const shortLimits = (limits: number, norms: number, errors: number, facts: number, out: number): void => {
    for (let j = 0; j < TILE; j++) {
      const wrong = fround(fround(SLACK * fround(f32[norms + j] + f32[facts + 1])) + UNDERFLOW32);
      const root = fround(Math.sqrt(Math.max(0, fround(f32[limits + j] + wrong))));
      const length = fround(root + fround(f32[errors + j] + f32[facts]));
      f32[out + j] = fround(fround(fround(length * length) + wrong) * fround(1 + SLACK));
    }
  };

  const lock = (at: number): void => {
    while (Atomics.compareExchange(i32, at, 0, 1) !== 0) Atomics.wait(i32, at, 1, 0.05);
  };
  const unlock = (at: number): void => {
    Atomics.store(i32, at, 0);
    Atomics.notify(i32, at, 1);
  };

  const sink = (
    values: number,
    indices: number,
    k: number,
    start: number,
    value: number,
    index: number,
  ): void => {
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= k) break;
      if (child + 1 < k && f32[values + child + 1] > f32[values + child]) child++;
      if (!(f32[values + child] > value)) break;
      f32[values + at] = f32[values + child];
      i32[indices + at] = i32[indices + child];
      at = child;
    }
    f32[values + at] = value;
    i32[indices + at] = index;
  };

  const keep = (
    row: number,
    value: number,
    index: number,
    k: number,
    limits: number,
    counts: number,
    values: number,
    indices: number,
  ): void => {
    const heap = values + row * k;
    const names = indices + row * k;
    const count = i32[counts + row];
    if (count < k) {
      f32[heap + count] = value;
      i32[names + count] = index;
      i32[counts + row] = count + 1;
      if (count + 1 < k) return;
      for (let at = (k >> 1) - 1; at >= 0; at--) sink(heap, names, k, at, f32[heap + at], i32[names + at]);
    } else if (value < f32[heap]) {
      sink(heap, names, k, 0, value, index);
    } else return;
    f32[limits + row] = f32[heap];
  };

  const after = (value: number, index: number, otherValue: number, otherIndex: number): boolean =>
    value > otherValue || (value === otherValue && index > otherIndex);

  const sinkOrdered = (
    values: number,
    indices: number,
    k: number,
    start: number,
    value: number,
    index: number,
  ) => {
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= k) break;
      const right = child + 1;
      if (
        right < k &&
        after(f32[values + right], i32[indices + right], f32[values + child], i32[indices + child])
      ) {
        child = right;
      }
      if (!after(f32[values + child], i32[indices + child], value, index)) break;
      f32[values + at] = f32[values + child];
      i32[indices + at] = i32[indices + child];
      at = child;
    }
    f32[values + at] = value;
    i32[indices + at] = index;
  };

  const keepOnce = (
    row: number,
    value: number,
    index: number,
    k: number,
    limits: number,
    counts: number,
    values: number,
    indices: number,
    locks: number,
  ): number => {
    const heap = values / 4 + row * k;
    const names = indices / 4 + row * k;
    const lockAt = locks / 4 + (row >> 6);
    lock(lockAt);
    const count = i32[counts / 4 + row];
    let wanted = count < k || after(f32[heap], i32[names], value, index);
    for (let at = 0; wanted && at < count; at++) if (i32[names + at] === index) wanted = false;
    if (wanted && count < k) {
      f32[heap + count] = value;
      i32[names + count] = index;
      i32[counts / 4 + row] = count + 1;
      if (count + 1 === k) {
        for (let at = (k >> 1) - 1; at >= 0; at--) {
          sinkOrdered(heap, names, k, at, f32[heap + at], i32[names + at]);
        }
        f32[limits / 4 + row] = f32[heap];
      }
    } else if (wanted) {
      sinkOrdered(heap, names, k, 0, value, index);
      f32[limits / 4 + row] = f32[heap];
    }
    const limit = f32[limits / 4 + row];
    unlock(lockAt);
    return limit;
  };

  return {
    ...portableLayoutSteps(f32, i32),

    offerBlock(block, namesA, namesB, limitsA, limitsB, same, k, limits, counts, values, indices, locks) {
      for (let i = 0; i < TILE; i++) {
        const a = i32[namesA / 4 + i];
        if (a < 0) break;
        for (let j = same === 1 ? i + 1 : 0; j < TILE; j++) {
          const b = i32[namesB / 4 + j];
          if (b < 0) break;
          const value = f32[block / 4 + i * TILE + j];
          if (value <= f32[limitsA / 4 + i]) {
            f32[limitsA / 4 + i] = keepOnce(a, value, b, k, limits, counts, values, indices, locks);
          }
          if (value <= f32[limitsB / 4 + j]) {
            f32[limitsB / 4 + j] = keepOnce(b, value, a, k, limits, counts, values, indices, locks);
          }
        }
      }
    },

    offerRow(row, names, count, rows, stride, norms, scales, k, limits, counts, values, indices, locks) {
      const length = stride / 2;
      for (let extra = 0; extra < 3; extra++) i32[names / 4 + count + extra] = row;
      for (let at = 0; at < count; at++) {
        const other = i32[names / 4 + at];
        const value = square(rows / 2, length, norms / 4, scales / 4, row, other);
        if (value <= f32[limits / 4 + row]) {
          keepOnce(row, value, other, k, limits, counts, values, indices, locks);
        }
        if (value <= f32[limits / 4 + other]) {
          keepOnce(other, value, row, k, limits, counts, values, indices, locks);
        }
      }
    },

    blockDistances(a, b, stride, normA, scaleA, normB, scaleB, out) {
      const length = stride >> 1;
      for (let i = 0; i < TILE; i++) {
        const norm = f32[normA / 4 + i];
        const scale = f32[scaleA / 4 + i];
        const rowA = a / 2 + i * length;
        for (let j = 0; j < TILE; j++) {
          const factor = fround(scale * f32[scaleB / 4 + j]);
          const product = fround(factor * fround(dot(rowA, b / 2 + j * length, length)));
          f32[out / 4 + i * TILE + j] = fround(fround(norm + f32[normB / 4 + j]) - product);
        }
      }
    },

    keepNearest(block, i0, j0, k, limits, counts, values, indices, locks, extremes) {
      const at = block / 4;
      if (i0 === j0) for (let i = 0; i < TILE; i++) f32.fill(Infinity, at + i * TILE, at + i * TILE + i + 1);
      const lockI = locks / 4 + i0 / TILE;
      const lockJ = locks / 4 + j0 / TILE;
      lock(lockI);
      if (lockI !== lockJ) lock(lockJ);
      let least = Infinity;
      let most = 0;
      for (let i = 0; i < TILE; i++) {
        for (let j = 0; j < TILE; j++) {
          const value = f32[at + i * TILE + j];
          if (value < least) least = value;
          if (value > most && value < Infinity) most = value;
          if (value < f32[limits / 4 + i0 + i]) {
            keep(i0 + i, value, j0 + j, k, limits / 4, counts / 4, values / 4, indices / 4);
          }
          if (value < f32[limits / 4 + j0 + j]) {
            keep(j0 + j, value, i0 + i, k, limits / 4, counts / 4, values / 4, indices / 4);
          }
        }
      }
      unlock(lockI);
      if (lockI !== lockJ) unlock(lockJ);
      f32[extremes / 4] = least;
      f32[extremes / 4 + 1] = most;
    },

    keepBelowBounds(
      block,
      i0,
      j0,
      k,
      rows,
      stride,
      norms,
      scales,
      limits,
      counts,
      values,
      indices,
      locks,
      errors,
      facts,
      most,
      out,
    ) {
      const factsI = facts / 4 + (i0 / TILE) * 4;
      const factsJ = facts / 4 + (j0 / TILE) * 4;
      const limitsI = out / 4 + 16;
      const limitsJ = limitsI + TILE;
      const pairs = limitsJ + TILE;
      shortLimits(limits / 4 + i0, norms / 4 + i0, errors / 4 + i0, factsJ, limitsI);
      shortLimits(limits / 4 + j0, norms / 4 + j0, errors / 4 + j0, factsI, limitsJ);
      let count = 0;
      let least = Infinity;
      let greatest = 0;
      for (let at = 0; at < TILE * TILE; at++) {
        const value = f32[block / 4 + at];
        if (value > greatest && value < Infinity) greatest = value;
        if (value < Math.max(f32[limitsI + (at >> 6)], f32[limitsJ + (at & 63)])) {
          if (count < most) i32[pairs + 2 * count] = at;
          count++;
        } else if (value < least) least = value;
      }
      if (count > most) return -1;

      const wrong = fround(fround(SLACK * fround(f32[factsI + 1] + f32[factsJ + 1])) + UNDERFLOW32);
      const error = fround(f32[factsI] + f32[factsJ]);
      if (least < Infinity) {
        const root = fround(Math.sqrt(Math.max(0, fround(least - wrong))));
        const length = Math.max(0, fround(root - error));
        least = fround(Math.max(0, fround(fround(length * length) - wrong)) * fround(1 - SLACK));
      }
      const tails = fround(4 * fround(f32[factsI + 2] * f32[factsJ + 2]));
      const length = fround(fround(Math.sqrt(fround(fround(greatest + wrong) + tails))) + error);
      f32[out / 4 + 1] = fround(fround(fround(length * length) + wrong) * fround(1 + SLACK));

      const width = stride >> 1;
      const last = count > 0 ? i32[pairs + 2 * (count - 1)] : 0;
      for (let extra = 0; extra < 3; extra++) i32[pairs + 2 * (count + extra)] = last;
      for (let at = 0; at < 4 * Math.ceil(count / 4); at++) {
        const row = i0 + (i32[pairs + 2 * at] >> 6);
        const other = j0 + (i32[pairs + 2 * at] & 63);
        const value = square(rows / 2, width, norms / 4, scales / 4, row, other);
        f32[pairs + 2 * at + 1] = value;
        least = Math.min(least, value);
      }
      f32[out / 4] = least;

      const lockI = locks / 4 + i0 / TILE;
      const lockJ = locks / 4 + j0 / TILE;
      lock(lockI);
      lock(lockJ);
      for (let at = 0; at < count; at++) {
        const row = i0 + (i32[pairs + 2 * at] >> 6);
        const other = j0 + (i32[pairs + 2 * at] & 63);
        const value = f32[pairs + 2 * at + 1];
        if (value < f32[limits / 4 + row]) {
          keep(row, value, other, k, limits / 4, counts / 4, values / 4, indices / 4);
        }
        if (value < f32[limits / 4 + other]) {
          keep(other, value, row, k, limits / 4, counts / 4, values / 4, indices / 4);
        }
      }
      unlock(lockI);
      unlock(lockJ);
      return count;
    },

    collectBelow(block, limits, out) {
      let count = 0;
      for (let at = 0; at < TILE * TILE; at++) {
        const value = f32[block / 4 + at];
        if (!(value < f32[limits / 4 + (at >> 6)])) continue;
        i32[out / 4 + 2 * count] = at;
        f32[out / 4 + 2 * count + 1] = value;
        count++;
      }
      return count;
    },

    addWeightedDistances(block, weights, costs) {
      for (let i = 0; i < TILE; i++) {
        let s0 = 0;
        let s1 = 0;
        let s2 = 0;
        let s3 = 0;
        const row = block / 4 + i * TILE;
        const weight = weights / 4;
        const term = (j: number) =>
          fround(fround(Math.sqrt(Math.min(LARGE, Math.max(0, f32[row + j])))) * f32[weight + j]);
        for (let j = 0; j < TILE; j += 4) {
          s0 = fround(s0 + term(j));
          s1 = fround(s1 + term(j + 1));
          s2 = fround(s2 + term(j + 2));
          s3 = fround(s3 + term(j + 3));
        }
        f64[costs / 8 + i] += s0 + s1 + (s2 + s3);
      }
    },

    dotRows(rows, stride, list, count, vector, out) {
      const length = stride >> 1;
      for (let at = 0; at < count; at++) {
        i32[out / 4 + at] = dot(rows / 2 + i32[list / 4 + at] * length, vector / 2, length);
      }
    },
  };
}
