// The all-pairs kernel, in AssemblyScript (baseline SIMD and atomics). portableKernel.ts computes the same in
// TypeScript, identical to the bit. Addresses are byte addresses in the one memory that all threads of a
// clustering share; a tile is 64 rows.

export { layOutEdges } from "./layoutSteps";

const TILE: i32 = 64;
const Infinity32: f32 = <f32>Infinity;

// Adds up the four lanes of each of four sums: lane n of the result is the n-th sum.
function laneSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7)); // a0+a2, b0+b2, a1+a3, b1+b3
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}

/**
 * Squared distances between the 64 rows at `a` and the 64 rows at `b`: out[i][j] = normA[i] + normB[j] −
 * scaleA[i]·scaleB[j]·(a[i] · b[j]). The dot product is computed in exact integers, the rest in float32 in
 * this order.
 *
 * @param a, b 64 rows of int16, `stride` bytes each, a multiple of 16
 * @param scales 64 float32 each; they contain the formula's factor 2, as √2 in each
 * @param out 64·64 float32
 */
export function blockDistances(
  a: usize,
  b: usize,
  stride: usize,
  normA: usize,
  scaleA: usize,
  normB: usize,
  scaleB: usize,
  out: usize,
): void {
  // The products are computed first: any other value that the inner loop had to hold would push its sums out
  // of the registers. 32 rows of b stay in the first-level cache while all of a is processed.
  for (let half = 0; half < TILE; half += 32) {
    for (let i = 0; i < TILE; i += 2) {
      const a0 = a + <usize>i * stride;
      const end = a0 + stride;
      for (let j = half; j < half + 32; j += 4) {
        let b0 = b + <usize>j * stride;
        let b1 = b0 + stride;
        let b2 = b1 + stride;
        let b3 = b2 + stride;
        let p0 = a0;
        let p1 = end;
        let c00 = i32x4.splat(0);
        let c01 = i32x4.splat(0);
        let c02 = i32x4.splat(0);
        let c03 = i32x4.splat(0);
        let c10 = i32x4.splat(0);
        let c11 = i32x4.splat(0);
        let c12 = i32x4.splat(0);
        let c13 = i32x4.splat(0);
        while (p0 < end) {
          const x0 = v128.load(p0);
          const x1 = v128.load(p1);
          let y = v128.load(b0);
          c00 = i32x4.add(c00, i32x4.dot_i16x8_s(x0, y));
          c10 = i32x4.add(c10, i32x4.dot_i16x8_s(x1, y));
          y = v128.load(b1);
          c01 = i32x4.add(c01, i32x4.dot_i16x8_s(x0, y));
          c11 = i32x4.add(c11, i32x4.dot_i16x8_s(x1, y));
          y = v128.load(b2);
          c02 = i32x4.add(c02, i32x4.dot_i16x8_s(x0, y));
          c12 = i32x4.add(c12, i32x4.dot_i16x8_s(x1, y));
          y = v128.load(b3);
          c03 = i32x4.add(c03, i32x4.dot_i16x8_s(x0, y));
          c13 = i32x4.add(c13, i32x4.dot_i16x8_s(x1, y));
          p0 += 16;
          p1 += 16;
          b0 += 16;
          b1 += 16;
          b2 += 16;
          b3 += 16;
        }
        const o = out + ((i * TILE + j) << 2);
        v128.store(o, laneSums(c00, c01, c02, c03));
        v128.store(o + TILE * 4, laneSums(c10, c11, c12, c13));
      }
    }
  }
  let o = out;
  for (let i = 0; i < TILE; i++) {
    const n = v128.load32_splat(normA + (i << 2));
    const s = v128.load32_splat(scaleA + (i << 2));
    for (let j = 0; j < TILE * 4; j += 16) {
      const sum = f32x4.add(n, v128.load(normB + j));
      const scale = f32x4.mul(s, v128.load(scaleB + j));
      v128.store(o, f32x4.sub(sum, f32x4.mul(scale, f32x4.convert_i32x4_s(v128.load(o)))));
      o += 16;
    }
  }
}

/**
 * A lock is 0 if free, 1 if held, and 2 if held while another thread may be waiting: only then does unlocking
 * wake one.
 */
function lock(at: usize): void {
  if (atomic.cmpxchg<i32>(at, 0, 1) === 0) return;
  while (atomic.xchg<i32>(at, 2) !== 0) atomic.wait<i32>(at, 2, 50_000);
}

function unlock(at: usize): void {
  if (atomic.xchg<i32>(at, 0) === 2) atomic.notify(at, 1);
}

/** Inserts `value` at `start` of a heap of k distances, the largest on top, and lets it sink to its level. */
function sink(values: usize, indices: usize, k: i32, start: i32, value: f32, index: i32): void {
  let at = start;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= k) break;
    let larger = load<f32>(values + ((<usize>child) << 2));
    if (child + 1 < k) {
      const right = load<f32>(values + ((<usize>(child + 1)) << 2));
      if (right > larger) {
        larger = right;
        child++;
      }
    }
    if (!(larger > value)) break;
    store<f32>(values + ((<usize>at) << 2), larger);
    store<i32>(indices + ((<usize>at) << 2), load<i32>(indices + ((<usize>child) << 2)));
    at = child;
  }
  store<f32>(values + ((<usize>at) << 2), value);
  store<i32>(indices + ((<usize>at) << 2), index);
}

/**
 * Inserts a neighbour into the row's list of k: appended until the list is full, then in place of the
 * farthest.
 */
function keep(
  row: i32,
  value: f32,
  index: i32,
  k: i32,
  limits: usize,
  counts: usize,
  values: usize,
  indices: usize,
): void {
  const heap = values + <usize>row * k * 4;
  const names = indices + <usize>row * k * 4;
  const count = load<i32>(counts + ((<usize>row) << 2));
  if (count < k) {
    store<f32>(heap + ((<usize>count) << 2), value);
    store<i32>(names + ((<usize>count) << 2), index);
    store<i32>(counts + ((<usize>row) << 2), count + 1);
    if (count + 1 < k) return;
    for (let at = k / 2 - 1; at >= 0; at--) {
      sink(heap, names, k, at, load<f32>(heap + ((<usize>at) << 2)), load<i32>(names + ((<usize>at) << 2)));
    }
  } else if (value < load<f32>(heap)) {
    sink(heap, names, k, 0, value, index);
  } else return;
  store<f32>(limits + ((<usize>row) << 2), load<f32>(heap));
}

/** Packs 16 lanes of four comparisons into a bit mask. */
function lanesOf(a: v128, b: v128, c: v128, d: v128): i32 {
  return i32x4.bitmask(a) | (i32x4.bitmask(b) << 4) | (i32x4.bitmask(c) << 8) | (i32x4.bitmask(d) << 12);
}

/** The largest lane, in all four lanes. */
function largest(four: v128): v128 {
  const two = f32x4.pmax(four, v128.shuffle<i32>(four, four, 2, 3, 0, 1));
  return f32x4.pmax(two, v128.shuffle<i32>(two, two, 1, 0, 3, 2));
}

/**
 * The largest finite value of a block, per lane. Only blocks on the diagonal or with unused places contain
 * infinite values.
 */
function mostFinite(block: usize): v128 {
  const infinite = f32x4.splat(Infinity32);
  let most = f32x4.splat(0);
  for (let at = block; at < block + TILE * TILE * 4; at += 16) {
    const four = v128.load(at);
    most = f32x4.pmax(most, v128.and(four, f32x4.lt(four, infinite)));
  }
  return most;
}

/**
 * Offers each pair of a block to the lists of both rows.
 *
 * @param block 64·64 float32 for the rows from i0 and from j0, i0 ≤ j0
 * @param limits per row: the k-th smallest value so far, ∞ until there are k
 * @param locks one int32 per tile, so that threads may share the lists
 * @param extremes two float32: receives the least and the greatest finite value of the block, in a block on
 *   the diagonal only of the pairs i < j; ∞ and 0 if there are none
 */
export function keepNearest(
  block: usize,
  i0: i32,
  j0: i32,
  k: i32,
  limits: usize,
  counts: usize,
  values: usize,
  indices: usize,
  locks: usize,
  extremes: usize,
): void {
  if (i0 === j0) {
    for (let i = 0; i < TILE; i++) {
      for (let j = 0; j <= i; j++) store<f32>(block + ((i * TILE + j) << 2), Infinity32);
    }
  }
  const lockI = locks + ((<usize>i0 >> 6) << 2);
  const lockJ = locks + ((<usize>j0 >> 6) << 2);
  lock(lockI);
  if (lockI !== lockJ) lock(lockJ);
  let least = f32x4.splat(Infinity32);
  let most = f32x4.splat(0);
  for (let i = 0; i < TILE; i++) {
    const row = i0 + i;
    let limitI = v128.load32_splat(limits + ((<usize>row) << 2));
    for (let j = 0; j < TILE; j += 16) {
      const at = block + ((i * TILE + j) << 2);
      const limitsJ = limits + ((<usize>(j0 + j)) << 2);
      const v0 = v128.load(at);
      const v1 = v128.load(at, 16);
      const v2 = v128.load(at, 32);
      const v3 = v128.load(at, 48);
      least = f32x4.pmin(f32x4.pmin(f32x4.pmin(f32x4.pmin(least, v0), v1), v2), v3);
      most = f32x4.pmax(f32x4.pmax(f32x4.pmax(f32x4.pmax(most, v0), v1), v2), v3);
      // Below either limit. Limits only fall, so a value that is not below them now never will be.
      const near0 = f32x4.lt(v0, f32x4.pmax(limitI, v128.load(limitsJ)));
      const near1 = f32x4.lt(v1, f32x4.pmax(limitI, v128.load(limitsJ, 16)));
      const near2 = f32x4.lt(v2, f32x4.pmax(limitI, v128.load(limitsJ, 32)));
      const near3 = f32x4.lt(v3, f32x4.pmax(limitI, v128.load(limitsJ, 48)));
      if (!v128.any_true(v128.or(v128.or(near0, near1), v128.or(near2, near3)))) continue;
      let lanes = lanesOf(near0, near1, near2, near3);
      while (lanes !== 0) {
        const lane = ctz(lanes);
        lanes &= lanes - 1;
        const value = load<f32>(at + (lane << 2));
        const other = j0 + j + lane;
        if (value < load<f32>(limits + ((<usize>row) << 2)))
          keep(row, value, other, k, limits, counts, values, indices);
        if (value < load<f32>(limits + ((<usize>other) << 2)))
          keep(other, value, row, k, limits, counts, values, indices);
      }
      limitI = v128.load32_splat(limits + ((<usize>row) << 2));
    }
  }
  unlock(lockI);
  if (lockI !== lockJ) unlock(lockJ);
  least = f32x4.pmin(least, v128.shuffle<i32>(least, least, 2, 3, 0, 1));
  least = f32x4.pmin(least, v128.shuffle<i32>(least, least, 1, 0, 3, 2));
  most = largest(most);
  if (f32x4.extract_lane(most, 0) === Infinity32) most = largest(mostFinite(block));
  store<f32>(extremes, f32x4.extract_lane(least, 0));
  store<f32>(extremes + 4, f32x4.extract_lane(most, 0));
}

/**
 * Relative slack for float32 rounding of squares, and absolute slack for squares too small to be normal
 * numbers; the same as in quantisedRows.ts.
 */
const FLOAT32_SLACK: f32 = 0.00000095367431640625;
const UNDERFLOW: f32 = 1e-36;

/**
 * Per row: if the square between short rows is at least this, the square between the rows is at least the
 * row's limit, for every row of the other tile. This is the bound of projectedRows.ts, with every error and
 * rounding on the safe side.
 *
 * @param limits −∞ where nothing is to be offered
 * @param facts of the other tile: the largest error and norm
 */
function shortLimits(limits: usize, norms: usize, errors: usize, facts: usize, out: usize): void {
  const otherError = v128.load32_splat(facts);
  const otherNorm = v128.load32_splat(facts, 4);
  const slack = f32x4.splat(FLOAT32_SLACK);
  for (let j = 0; j < TILE * 4; j += 16) {
    const wrong = f32x4.add(
      f32x4.mul(slack, f32x4.add(v128.load(norms + j), otherNorm)),
      f32x4.splat(UNDERFLOW),
    );
    const length = f32x4.add(
      f32x4.sqrt(f32x4.pmax(f32x4.splat(0), f32x4.add(v128.load(limits + j), wrong))),
      f32x4.add(v128.load(errors + j), otherError),
    );
    const square = f32x4.add(f32x4.mul(length, length), wrong);
    v128.store(out + j, f32x4.mul(square, f32x4.splat(<f32>1 + FLOAT32_SLACK)));
  }
}

/** The dot products of four pairs of rows. */
function fourProducts(
  a0: usize,
  b0: usize,
  a1: usize,
  b1: usize,
  a2: usize,
  b2: usize,
  a3: usize,
  b3: usize,
  stride: usize,
): v128 {
  let c0 = i32x4.splat(0);
  let c1 = i32x4.splat(0);
  let c2 = i32x4.splat(0);
  let c3 = i32x4.splat(0);
  const end = a0 + stride;
  // Two steps per iteration, to halve the cost of advancing eight addresses.
  const even = a0 + (stride & ~31);
  while (a0 < even) {
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(v128.load(a0), v128.load(b0)));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(v128.load(a1), v128.load(b1)));
    c2 = i32x4.add(c2, i32x4.dot_i16x8_s(v128.load(a2), v128.load(b2)));
    c3 = i32x4.add(c3, i32x4.dot_i16x8_s(v128.load(a3), v128.load(b3)));
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(v128.load(a0, 16), v128.load(b0, 16)));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(v128.load(a1, 16), v128.load(b1, 16)));
    c2 = i32x4.add(c2, i32x4.dot_i16x8_s(v128.load(a2, 16), v128.load(b2, 16)));
    c3 = i32x4.add(c3, i32x4.dot_i16x8_s(v128.load(a3, 16), v128.load(b3, 16)));
    a0 += 32;
    b0 += 32;
    a1 += 32;
    b1 += 32;
    a2 += 32;
    b2 += 32;
    a3 += 32;
    b3 += 32;
  }
  if (a0 < end) {
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(v128.load(a0), v128.load(b0)));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(v128.load(a1), v128.load(b1)));
    c2 = i32x4.add(c2, i32x4.dot_i16x8_s(v128.load(a2), v128.load(b2)));
    c3 = i32x4.add(c3, i32x4.dot_i16x8_s(v128.load(a3), v128.load(b3)));
  }
  return laneSums(c0, c1, c2, c3);
}

/**
 * Stores the square of a pair of two tiles, computed from its product. The pair is stored as 64·i + j,
 * followed by its square.
 */
function pairSquare(pair: usize, product: f32, norms: usize, scales: usize, atI: usize, atJ: usize): f32 {
  const row = atI + ((load<i32>(pair) >> 6) << 2);
  const other = atJ + ((load<i32>(pair) & 63) << 2);
  const square =
    load<f32>(norms + row) +
    load<f32>(norms + other) -
    load<f32>(scales + row) * load<f32>(scales + other) * product;
  store<f32>(pair, square, 4);
  return square;
}

/**
 * Offset in keepBelowBounds' `out` at which the pairs begin; the limits of both sides are stored before them.
 */
const PAIRS_AT: usize = 64 + 2 * TILE * 4;

/**
 * Offers to the lists of both rows those pairs of two tiles that the squares of their short rows do not rule
 * out. The squares of these pairs are computed one by one.
 *
 * @param block 64·64 float32 for the short rows from i0 and from j0, i0 < j0
 * @param errors per row: a bound of the distance between its short row and the vector that this represents
 * @param facts per tile: the largest error, norm and tail of its short rows, and an unused number
 * @param most the largest number of pairs worth computing one by one
 * @param out receives 2 float32, a lower and an upper bound of all squares of the tiles; has space for `most`
 *   + 3 pairs after them
 * @returns number of pairs that were computed; −1 if there are more than `most`, in which case nothing is
 *   offered
 */
export function keepBelowBounds(
  block: usize,
  i0: i32,
  j0: i32,
  k: i32,
  rows: usize,
  stride: usize,
  norms: usize,
  scales: usize,
  limits: usize,
  counts: usize,
  values: usize,
  indices: usize,
  locks: usize,
  errors: usize,
  facts: usize,
  most: i32,
  out: usize,
): i32 {
  const factsI = facts + ((<usize>i0 >> 6) << 4);
  const factsJ = facts + ((<usize>j0 >> 6) << 4);
  const limitsI = out + 64;
  const limitsJ = limitsI + TILE * 4;
  const atI = (<usize>i0) << 2;
  const atJ = (<usize>j0) << 2;
  shortLimits(limits + atI, norms + atI, errors + atI, factsJ, limitsI);
  shortLimits(limits + atJ, norms + atJ, errors + atJ, factsI, limitsJ);

  const pairs = out + PAIRS_AT;
  const infinite = f32x4.splat(Infinity32);
  let count = 0;
  let leastFour = infinite;
  let mostFour = f32x4.splat(0);
  for (let i = 0; i < TILE; i++) {
    const limitI = v128.load32_splat(limitsI + (i << 2));
    for (let j = 0; j < TILE; j += 16) {
      const at = block + ((i * TILE + j) << 2);
      const limitJ = limitsJ + (j << 2);
      const v0 = v128.load(at);
      const v1 = v128.load(at, 16);
      const v2 = v128.load(at, 32);
      const v3 = v128.load(at, 48);
      const near0 = f32x4.lt(v0, f32x4.pmax(limitI, v128.load(limitJ)));
      const near1 = f32x4.lt(v1, f32x4.pmax(limitI, v128.load(limitJ, 16)));
      const near2 = f32x4.lt(v2, f32x4.pmax(limitI, v128.load(limitJ, 32)));
      const near3 = f32x4.lt(v3, f32x4.pmax(limitI, v128.load(limitJ, 48)));
      mostFour = f32x4.pmax(f32x4.pmax(f32x4.pmax(f32x4.pmax(mostFour, v0), v1), v2), v3);
      if (!v128.any_true(v128.or(v128.or(near0, near1), v128.or(near2, near3)))) {
        leastFour = f32x4.pmin(f32x4.pmin(f32x4.pmin(f32x4.pmin(leastFour, v0), v1), v2), v3);
        continue;
      }
      leastFour = f32x4.pmin(leastFour, v128.bitselect(infinite, v0, near0));
      leastFour = f32x4.pmin(leastFour, v128.bitselect(infinite, v1, near1));
      leastFour = f32x4.pmin(leastFour, v128.bitselect(infinite, v2, near2));
      leastFour = f32x4.pmin(leastFour, v128.bitselect(infinite, v3, near3));
      let lanes = lanesOf(near0, near1, near2, near3);
      if (count + popcnt(lanes) > most) return -1;
      while (lanes !== 0) {
        store<i32>(pairs + ((<usize>count) << 3), i * TILE + j + ctz(lanes));
        lanes &= lanes - 1;
        count++;
      }
    }
  }

  // Bounds of the squares: the lower one for the pairs that are ruled out, the upper one for all pairs.
  const wrong = FLOAT32_SLACK * (load<f32>(factsI, 4) + load<f32>(factsJ, 4)) + UNDERFLOW;
  const error = load<f32>(factsI) + load<f32>(factsJ);
  leastFour = f32x4.pmin(leastFour, v128.shuffle<i32>(leastFour, leastFour, 2, 3, 0, 1));
  leastFour = f32x4.pmin(leastFour, v128.shuffle<i32>(leastFour, leastFour, 1, 0, 3, 2));
  let least = f32x4.extract_lane(leastFour, 0);
  if (least < Infinity32) {
    const length = max<f32>(0, sqrt<f32>(max<f32>(0, least - wrong)) - error);
    least = max<f32>(0, length * length - wrong) * (<f32>1 - FLOAT32_SLACK);
  }
  mostFour = largest(mostFour);
  if (f32x4.extract_lane(mostFour, 0) === Infinity32) mostFour = largest(mostFinite(block));
  const tails = <f32>4 * (load<f32>(factsI, 8) * load<f32>(factsJ, 8));
  const greatest = sqrt<f32>(f32x4.extract_lane(mostFour, 0) + wrong + tails) + error;
  store<f32>(out + 4, (greatest * greatest + wrong) * (<f32>1 + FLOAT32_SLACK));

  // The squares of the other pairs, four at a time; the last four are filled up by repeating the last pair.
  const last = count > 0 ? load<i32>(pairs + ((<usize>(count - 1)) << 3)) : 0;
  for (let extra = 0; extra < 3; extra++) store<i32>(pairs + ((<usize>(count + extra)) << 3), last);
  const rowsI = rows + <usize>i0 * stride;
  const rowsJ = rows + <usize>j0 * stride;
  for (let at = 0; at < count; at += 4) {
    const pair = pairs + ((<usize>at) << 3);
    const p0 = load<i32>(pair);
    const p1 = load<i32>(pair, 8);
    const p2 = load<i32>(pair, 16);
    const p3 = load<i32>(pair, 24);
    const sums = fourProducts(
      rowsI + <usize>(p0 >> 6) * stride,
      rowsJ + <usize>(p0 & 63) * stride,
      rowsI + <usize>(p1 >> 6) * stride,
      rowsJ + <usize>(p1 & 63) * stride,
      rowsI + <usize>(p2 >> 6) * stride,
      rowsJ + <usize>(p2 & 63) * stride,
      rowsI + <usize>(p3 >> 6) * stride,
      rowsJ + <usize>(p3 & 63) * stride,
      stride,
    );
    const products = f32x4.convert_i32x4_s(sums);
    least = min<f32>(least, pairSquare(pair, f32x4.extract_lane(products, 0), norms, scales, atI, atJ));
    least = min<f32>(least, pairSquare(pair + 8, f32x4.extract_lane(products, 1), norms, scales, atI, atJ));
    least = min<f32>(least, pairSquare(pair + 16, f32x4.extract_lane(products, 2), norms, scales, atI, atJ));
    least = min<f32>(least, pairSquare(pair + 24, f32x4.extract_lane(products, 3), norms, scales, atI, atJ));
  }
  store<f32>(out, least);

  const lockI = locks + ((atI >> 8) << 2);
  const lockJ = locks + ((atJ >> 8) << 2);
  lock(lockI);
  lock(lockJ);
  for (let at = 0; at < count; at++) {
    const pair = load<i32>(pairs + ((<usize>at) << 3));
    const value = load<f32>(pairs + ((<usize>at) << 3) + 4);
    const row = i0 + (pair >> 6);
    const other = j0 + (pair & 63);
    if (value < load<f32>(limits + ((<usize>row) << 2)))
      keep(row, value, other, k, limits, counts, values, indices);
    if (value < load<f32>(limits + ((<usize>other) << 2)))
      keep(other, value, row, k, limits, counts, values, indices);
  }
  unlock(lockI);
  unlock(lockJ);
  return count;
}

/**
 * Collects the pairs of a block whose values are below their row's limit.
 *
 * @param limits 64 float32
 * @param out receives per pair 64·i + j as int32, and the value as float32; must have space for 4,096 pairs
 * @returns number of pairs
 */
export function collectBelow(block: usize, limits: usize, out: usize): i32 {
  let count = 0;
  for (let i = 0; i < TILE; i++) {
    const limit = v128.load32_splat(limits + (i << 2));
    for (let j = 0; j < TILE; j += 4) {
      const at = block + ((i * TILE + j) << 2);
      const below = f32x4.lt(v128.load(at), limit);
      if (v128.any_true(below)) {
        const mask = i32x4.bitmask(below);
        for (let lane = 0; lane < 4; lane++) {
          if (((mask >> lane) & 1) === 0) continue;
          store<i32>(out + (count << 3), i * TILE + j + lane);
          store<f32>(out + (count << 3) + 4, load<f32>(at + (lane << 2)));
          count++;
        }
      }
    }
  }
  return count;
}

/**
 * Adds the weighted distances to the 64 rows of the other tile to each row's cost: Σ w·√value, in float32
 * within the block, 16 terms per lane, and in float64 over blocks. An unused place, at an infinite distance,
 * adds nothing if its weight is 0.
 *
 * @param weights 64 float32, for the columns
 * @param costs 64 float64, for the rows
 */
export function addWeightedDistances(block: usize, weights: usize, costs: usize): void {
  const zero = f32x4.splat(0);
  const large = f32x4.splat(1e30);
  for (let i = 0; i < TILE; i++) {
    let sum = zero;
    for (let j = 0; j < TILE; j += 4) {
      const root = f32x4.sqrt(f32x4.pmin(large, f32x4.pmax(zero, v128.load(block + ((i * TILE + j) << 2)))));
      sum = f32x4.add(sum, f32x4.mul(root, v128.load(weights + (j << 2))));
    }
    const at = costs + (i << 3);
    store<f64>(
      at,
      load<f64>(at) +
        (<f64>f32x4.extract_lane(sum, 0) + <f64>f32x4.extract_lane(sum, 1)) +
        (<f64>f32x4.extract_lane(sum, 2) + <f64>f32x4.extract_lane(sum, 3)),
    );
  }
}

/** Dot products of `vector` and the rows whose places are in `list`, in exact integers. */
export function dotRows(
  rows: usize,
  stride: usize,
  list: usize,
  count: i32,
  vector: usize,
  out: usize,
): void {
  for (let at = 0; at < count; at++) {
    let p = rows + <usize>load<i32>(list + ((<usize>at) << 2)) * stride;
    const end = p + stride;
    let q = vector;
    let sum = i32x4.splat(0);
    while (p < end) {
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(p), v128.load(q)));
      p += 16;
      q += 16;
    }
    store<i32>(
      out + ((<usize>at) << 2),
      i32x4.extract_lane(sum, 0) +
        i32x4.extract_lane(sum, 1) +
        i32x4.extract_lane(sum, 2) +
        i32x4.extract_lane(sum, 3),
    );
  }
}

/** Whether (value, index) comes after the other pair: by value, then by index, so that the order is total. */
function after(value: f32, index: i32, otherValue: f32, otherIndex: i32): bool {
  return value > otherValue || (value === otherValue && index > otherIndex);
}

/** Like `sink`, with ties ordered by index. */
function sinkOrdered(values: usize, indices: usize, k: i32, start: i32, value: f32, index: i32): void {
  let at = start;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= k) break;
    let larger = load<f32>(values + ((<usize>child) << 2));
    let largerIndex = load<i32>(indices + ((<usize>child) << 2));
    if (child + 1 < k) {
      const right = load<f32>(values + ((<usize>(child + 1)) << 2));
      const rightIndex = load<i32>(indices + ((<usize>(child + 1)) << 2));
      if (after(right, rightIndex, larger, largerIndex)) {
        larger = right;
        largerIndex = rightIndex;
        child++;
      }
    }
    if (!after(larger, largerIndex, value, index)) break;
    store<f32>(values + ((<usize>at) << 2), larger);
    store<i32>(indices + ((<usize>at) << 2), largerIndex);
    at = child;
  }
  store<f32>(values + ((<usize>at) << 2), value);
  store<i32>(indices + ((<usize>at) << 2), index);
}

/** Whether `name` is among the `count` int32 numbers at `names`. */
function holds(names: usize, count: i32, name: i32): bool {
  const wanted = i32x4.splat(name);
  const end = names + ((<usize>count) << 2);
  let at = names;
  for (; at + 16 <= end; at += 16) {
    if (v128.any_true(i32x4.eq(v128.load(at), wanted))) return true;
  }
  for (; at < end; at += 4) {
    if (load<i32>(at) === name) return true;
  }
  return false;
}

/**
 * Inserts a neighbour into the row's list of k unless it is already there. The list always holds the k least
 * of all neighbours that it was offered, by value and then by index, in whatever order they were offered.
 *
 * @returns the row's new limit
 */
function keepOnce(
  row: i32,
  value: f32,
  index: i32,
  k: i32,
  limits: usize,
  counts: usize,
  values: usize,
  indices: usize,
  locks: usize,
): f32 {
  const heap = values + <usize>row * k * 4;
  const names = indices + <usize>row * k * 4;
  const limitAt = limits + ((<usize>row) << 2);
  const lockAt = locks + ((<usize>row >> 6) << 2);
  lock(lockAt);
  const count = load<i32>(counts + ((<usize>row) << 2));
  const wanted =
    (count < k || after(load<f32>(heap), load<i32>(names), value, index)) && !holds(names, count, index);
  if (wanted) {
    if (count < k) {
      store<f32>(heap + ((<usize>count) << 2), value);
      store<i32>(names + ((<usize>count) << 2), index);
      store<i32>(counts + ((<usize>row) << 2), count + 1);
      if (count + 1 === k) {
        for (let at = k / 2 - 1; at >= 0; at--) {
          sinkOrdered(
            heap,
            names,
            k,
            at,
            load<f32>(heap + ((<usize>at) << 2)),
            load<i32>(names + ((<usize>at) << 2)),
          );
        }
        store<f32>(limitAt, load<f32>(heap));
      }
    } else {
      sinkOrdered(heap, names, k, 0, value, index);
      store<f32>(limitAt, load<f32>(heap));
    }
  }
  const limit = load<f32>(limitAt);
  unlock(lockAt);
  return limit;
}

/**
 * Offers each pair of a block of gathered rows to the lists of both rows.
 *
 * @param namesA, namesB 64 int32 each: the places of the rows; negative where there is no row
 * @param limitsA, limitsB 64 float32 each: copies of the rows' limits, kept up to date
 * @param same 1 if both sides are the same 64 rows: then only pairs with i < j are offered
 */
export function offerBlock(
  block: usize,
  namesA: usize,
  namesB: usize,
  limitsA: usize,
  limitsB: usize,
  same: i32,
  k: i32,
  limits: usize,
  counts: usize,
  values: usize,
  indices: usize,
  locks: usize,
): void {
  for (let i = 0; i < TILE; i++) {
    const a = load<i32>(namesA + (i << 2));
    if (a < 0) break;
    let limitI = v128.load32_splat(limitsA + (i << 2));
    for (let j = same === 1 ? (i + 1) & -16 : 0; j < TILE; j += 16) {
      const at = block + ((i * TILE + j) << 2);
      const limitsJ = limitsB + (j << 2);
      // Limits only fall: a value beyond both of these now always will be.
      const near0 = f32x4.le(v128.load(at), f32x4.pmax(limitI, v128.load(limitsJ)));
      const near1 = f32x4.le(v128.load(at, 16), f32x4.pmax(limitI, v128.load(limitsJ, 16)));
      const near2 = f32x4.le(v128.load(at, 32), f32x4.pmax(limitI, v128.load(limitsJ, 32)));
      const near3 = f32x4.le(v128.load(at, 48), f32x4.pmax(limitI, v128.load(limitsJ, 48)));
      if (!v128.any_true(v128.or(v128.or(near0, near1), v128.or(near2, near3)))) continue;
      let lanes = lanesOf(near0, near1, near2, near3);
      if (same === 1 && j <= i) lanes &= -2 << (i - j);
      while (lanes !== 0) {
        const lane = ctz(lanes);
        lanes &= lanes - 1;
        const b = load<i32>(namesB + ((j + lane) << 2));
        if (b < 0) break;
        const value = load<f32>(at + (lane << 2));
        if (value <= load<f32>(limitsA + (i << 2))) {
          store<f32>(limitsA + (i << 2), keepOnce(a, value, b, k, limits, counts, values, indices, locks));
        }
        if (value <= load<f32>(limitsB + ((j + lane) << 2))) {
          store<f32>(
            limitsB + ((j + lane) << 2),
            keepOnce(b, value, a, k, limits, counts, values, indices, locks),
          );
        }
      }
      limitI = v128.load32_splat(limitsA + (i << 2));
    }
  }
}

/**
 * Computes the squares between one row and others, and offers each pair to the lists of both rows.
 *
 * @param names the places of the others: `count` int32, with space for three more
 */
export function offerRow(
  row: i32,
  names: usize,
  count: i32,
  rows: usize,
  stride: usize,
  norms: usize,
  scales: usize,
  k: i32,
  limits: usize,
  counts: usize,
  values: usize,
  indices: usize,
  locks: usize,
): void {
  const a = rows + <usize>row * stride;
  const end = a + stride;
  const norm = load<f32>(norms + ((<usize>row) << 2));
  const scale = load<f32>(scales + ((<usize>row) << 2));
  for (let extra = 0; extra < 3; extra++) store<i32>(names + ((<usize>(count + extra)) << 2), row);
  for (let at = 0; at < count; at += 4) {
    const name = names + ((<usize>at) << 2);
    let p = a;
    let b0 = rows + <usize>load<i32>(name) * stride;
    let b1 = rows + <usize>load<i32>(name, 4) * stride;
    let b2 = rows + <usize>load<i32>(name, 8) * stride;
    let b3 = rows + <usize>load<i32>(name, 12) * stride;
    let c0 = i32x4.splat(0);
    let c1 = i32x4.splat(0);
    let c2 = i32x4.splat(0);
    let c3 = i32x4.splat(0);
    while (p < end) {
      const x = v128.load(p);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(x, v128.load(b0)));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(x, v128.load(b1)));
      c2 = i32x4.add(c2, i32x4.dot_i16x8_s(x, v128.load(b2)));
      c3 = i32x4.add(c3, i32x4.dot_i16x8_s(x, v128.load(b3)));
      p += 16;
      b0 += 16;
      b1 += 16;
      b2 += 16;
      b3 += 16;
    }
    const sums = laneSums(c0, c1, c2, c3);
    for (let lane = 0; lane < 4 && at + lane < count; lane++) {
      const other = load<i32>(name + (lane << 2));
      const product = <f32>(
        (lane === 0
          ? i32x4.extract_lane(sums, 0)
          : lane === 1
            ? i32x4.extract_lane(sums, 1)
            : lane === 2
              ? i32x4.extract_lane(sums, 2)
              : i32x4.extract_lane(sums, 3))
      );
      const value =
        norm +
        load<f32>(norms + ((<usize>other) << 2)) -
        scale * load<f32>(scales + ((<usize>other) << 2)) * product;
      if (value <= load<f32>(limits + ((<usize>row) << 2))) {
        keepOnce(row, value, other, k, limits, counts, values, indices, locks);
      }
      if (value <= load<f32>(limits + ((<usize>other) << 2))) {
        keepOnce(other, value, row, k, limits, counts, values, indices, locks);
      }
    }
  }
}
