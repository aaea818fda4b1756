// The steps of a layout by stochastic gradient descent (McInnes, Healy & Melville 2018, section 3.2), in float32.
// portableLayoutSteps.ts computes the same in TypeScript, identical to the bit. WebAssembly has no exponential of
// its own, and each engine's would round differently: powers are computed here, from additions, multiplications and
// divisions.

/** Number of counters that a step has for its random numbers; the first belongs to the pulling row. */
const COUNTERS: i32 = 8;
/** The largest move along one axis, before it is multiplied by the rate. */
const LARGEST_MOVE: f32 = 4;
/** Keeps the push between rows at nearly the same place finite, as umap-learn does. */
const NEAREST_PUSH: f32 = 0.001;
/** Squared distances below this, other than 0, are treated as this. */
const LEAST_SQUARE: f32 = 1e-24;

/** The final mix of MurmurHash3, of four counters. */
function scrambled(counters: v128): v128 {
  let x = v128.xor(counters, i32x4.shr_u(counters, 16));
  x = i32x4.mul(x, i32x4.splat(<i32>0x85ebca6b));
  x = v128.xor(x, i32x4.shr_u(x, 13));
  x = i32x4.mul(x, i32x4.splat(<i32>0xc2b2ae35));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/**
 * x^b for positive normal x, by 2^(b·log₂x). The logarithm of the fraction m, from √½ to √2, is the series
 * 2/ln 2·(s + s³/3 + s⁵/5 + …) of s = (m − 1)/(m + 1); 2^f for f from −½ to ½ is its Taylor series.
 */
function powers(x: v128, b: v128): v128 {
  const one = f32x4.splat(1);
  const exponent = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
  const m = i32x4.sub(x, i32x4.shl(exponent, 23));
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one));
  const z = f32x4.mul(s, s);
  let y = f32x4.add(f32x4.mul(z, f32x4.splat(0.41219858)), f32x4.splat(0.57707802));
  y = f32x4.add(f32x4.mul(z, y), f32x4.splat(0.9617967));
  y = f32x4.add(f32x4.mul(z, y), f32x4.splat(2.88539));
  const logarithm = f32x4.add(f32x4.convert_i32x4_s(exponent), f32x4.mul(s, y));

  let t = f32x4.mul(b, logarithm);
  t = f32x4.pmax(f32x4.pmin(t, f32x4.splat(100)), f32x4.splat(-100));
  // Adding 1.5·2²³ rounds to an integer, which the lowest bits of the sum then hold.
  const shifted = f32x4.add(t, f32x4.splat(12582912));
  const f = f32x4.sub(t, f32x4.sub(shifted, f32x4.splat(12582912)));
  let p = f32x4.add(f32x4.mul(f, f32x4.splat(0.0001540353)), f32x4.splat(0.0013333558));
  p = f32x4.add(f32x4.mul(f, p), f32x4.splat(0.0096181291));
  p = f32x4.add(f32x4.mul(f, p), f32x4.splat(0.055504109));
  p = f32x4.add(f32x4.mul(f, p), f32x4.splat(0.24022651));
  p = f32x4.add(f32x4.mul(f, p), f32x4.splat(Mathf.LN2));
  p = f32x4.add(f32x4.mul(f, p), one);
  return i32x4.add(p, i32x4.shl(i32x4.sub(shifted, i32x4.splat(0x4b400000)), 23));
}

/** Adds up the four lanes of each of four sums: lane n of the result is the n-th sum. */
function sumsOfLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}

/**
 * The factors by which differences of places are multiplied: for a pull −2ab·d^(2b−2) / (1 + a·d^2b), for a push
 * 2b / ((0.001 + d²)·(1 + a·d^2b)); 0 between rows at the same place.
 *
 * @param squares d² of four pairs
 * @param pulls all bits of a lane that is a pull, none of a push
 * @param nearest 0 for a pull, 0.001 for a push
 */
function factors(squares: v128, pulls: v128, nearest: v128, a: v128, b: v128): v128 {
  const d = f32x4.pmax(squares, f32x4.splat(LEAST_SQUARE));
  const spread = f32x4.mul(a, powers(d, b));
  const twice = f32x4.add(b, b);
  const above = v128.bitselect(f32x4.neg(f32x4.mul(twice, spread)), twice, pulls);
  const below = f32x4.mul(f32x4.add(d, nearest), f32x4.add(f32x4.splat(1), spread));
  return v128.and(f32x4.div(above, below), f32x4.gt(squares, f32x4.splat(0)));
}

/** A factor times a difference of places, limited, times the rate. */
function move(factor: v128, difference: v128, rate: v128): v128 {
  const limit = f32x4.splat(LARGEST_MOVE);
  const plain = f32x4.mul(factor, difference);
  return f32x4.mul(f32x4.pmax(f32x4.pmin(plain, limit), f32x4.neg(limit)), rate);
}

/** The address of the random row that a number of 32 bits names. */
function rowOf(number: i32, count: i32, places: usize, rowBytes: usize): usize {
  return places + <usize>((<u64>(<u32>number) * <u64>count) >> 32) * rowBytes;
}

/**
 * One epoch of the edges from … to−1, one step after another: each edge that is due pulls both of its ends together,
 * and pushes its head away from five random rows.
 *
 * @param places count·width float32; the components beyond the dimensions are 0
 * @param width components of a row, a multiple of 4
 * @param heads, others int32 per edge: the rows at its ends
 * @param due float32 per edge: the epoch at which its next step is due
 * @param periods float32 per edge: epochs from one step to the next
 * @param count number of all rows
 * @param rate the share of a move that is made, 0 to 1
 * @param mix the epoch's part of the random numbers
 */
export function layOutEdges(
  places: usize,
  width: i32,
  heads: usize,
  others: usize,
  due: usize,
  periods: usize,
  from: i32,
  to: i32,
  count: i32,
  epoch: f32,
  rate: f32,
  a: f32,
  b: f32,
  mix: i32,
): void {
  const rowBytes = (<usize>width) << 2;
  const rates = f32x4.splat(rate);
  const as = f32x4.splat(a);
  const bs = f32x4.splat(b);
  const mixes = i32x4.splat(mix);
  const onePull = i32x4(-1, 0, 0, 0);
  const noPull = i32x4.splat(0);
  const firstNearest = f32x4(0, NEAREST_PUSH, NEAREST_PUSH, NEAREST_PUSH);
  const nearest = f32x4.splat(NEAREST_PUSH);
  const zero = f32x4.splat(0);
  for (let edge = from; edge < to; edge++) {
    const at = (<usize>edge) << 2;
    const next = load<f32>(due + at);
    if (next > epoch) continue;
    store<f32>(due + at, next + load<f32>(periods + at));

    const place = places + <usize>load<i32>(heads + at) * rowBytes;
    const counter = i32x4.splat(edge * COUNTERS);
    const golden = i32x4.splat(<i32>0x9e3779b1);
    const early = i32x4.mul(i32x4.add(counter, i32x4(0, 1, 2, 3)), golden);
    const late = i32x4.mul(i32x4.add(counter, i32x4(4, 5, 6, 7)), golden);
    const random0 = scrambled(v128.xor(early, mixes));
    const random1 = scrambled(v128.xor(late, mixes));
    const q0 = places + <usize>load<i32>(others + at) * rowBytes;
    const q1 = rowOf(i32x4.extract_lane(random0, 1), count, places, rowBytes);
    const q2 = rowOf(i32x4.extract_lane(random0, 2), count, places, rowBytes);
    const q3 = rowOf(i32x4.extract_lane(random0, 3), count, places, rowBytes);
    const q4 = rowOf(i32x4.extract_lane(random1, 0), count, places, rowBytes);
    const q5 = rowOf(i32x4.extract_lane(random1, 1), count, places, rowBytes);

    let s0 = zero;
    let s1 = zero;
    let s2 = zero;
    let s3 = zero;
    let s4 = zero;
    let s5 = zero;
    for (let c: usize = 0; c < rowBytes; c += 16) {
      const here = v128.load(place + c);
      let d = f32x4.sub(here, v128.load(q0 + c));
      s0 = f32x4.add(s0, f32x4.mul(d, d));
      d = f32x4.sub(here, v128.load(q1 + c));
      s1 = f32x4.add(s1, f32x4.mul(d, d));
      d = f32x4.sub(here, v128.load(q2 + c));
      s2 = f32x4.add(s2, f32x4.mul(d, d));
      d = f32x4.sub(here, v128.load(q3 + c));
      s3 = f32x4.add(s3, f32x4.mul(d, d));
      d = f32x4.sub(here, v128.load(q4 + c));
      s4 = f32x4.add(s4, f32x4.mul(d, d));
      d = f32x4.sub(here, v128.load(q5 + c));
      s5 = f32x4.add(s5, f32x4.mul(d, d));
    }
    const g0 = factors(sumsOfLanes(s0, s1, s2, s3), onePull, firstNearest, as, bs);
    const g1 = factors(sumsOfLanes(s4, s5, zero, zero), noPull, nearest, as, bs);
    const f0 = v128.shuffle<i32>(g0, g0, 0, 0, 0, 0);
    const f1 = v128.shuffle<i32>(g0, g0, 1, 1, 1, 1);
    const f2 = v128.shuffle<i32>(g0, g0, 2, 2, 2, 2);
    const f3 = v128.shuffle<i32>(g0, g0, 3, 3, 3, 3);
    const f4 = v128.shuffle<i32>(g1, g1, 0, 0, 0, 0);
    const f5 = v128.shuffle<i32>(g1, g1, 1, 1, 1, 1);
    for (let c: usize = 0; c < rowBytes; c += 16) {
      const here = v128.load(place + c);
      const there = v128.load(q0 + c);
      const pull = move(f0, f32x4.sub(here, there), rates);
      let sum = f32x4.add(here, pull);
      sum = f32x4.add(sum, move(f1, f32x4.sub(here, v128.load(q1 + c)), rates));
      sum = f32x4.add(sum, move(f2, f32x4.sub(here, v128.load(q2 + c)), rates));
      sum = f32x4.add(sum, move(f3, f32x4.sub(here, v128.load(q3 + c)), rates));
      sum = f32x4.add(sum, move(f4, f32x4.sub(here, v128.load(q4 + c)), rates));
      sum = f32x4.add(sum, move(f5, f32x4.sub(here, v128.load(q5 + c)), rates));
      v128.store(q0 + c, f32x4.sub(there, pull));
      v128.store(place + c, sum);
    }
  }
}
