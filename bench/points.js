// Rows for the benchmark: real ones from given files, or synthetic ones generated from a seed.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** mulberry32: 0 ≤ x < 1 */
export function random(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const shared = (length) => new Float32Array(new SharedArrayBuffer(length * 4));

function widened(file) {
  const table = new Float32Array(65_536);
  for (let half = 0; half < 65_536; half++) {
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
    table[half] = half & 0x8000 ? -size : size;
  }
  const bytes = readFileSync(file);
  return { table, halves: new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2) };
}

/** Rows first … first + rows − 1 of a file of float16, or the rows that a file of uint32 steps names, with noise. */
export function fileRows({ vectors, walks, noise = 0, first = 0, rows, dimensions }) {
  const { table, halves } = widened(vectors);
  let steps = null;
  if (walks !== undefined) {
    const bytes = gunzipSync(readFileSync(walks));
    steps = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  }
  const next = random(1);
  const data = shared(rows * dimensions);
  for (let row = 0; row < rows; row++) {
    const from = (steps === null ? first + row : steps[first + row]) * dimensions;
    for (let c = 0; c < dimensions; c++) {
      data[row * dimensions + c] = table[halves[from + c]] + (noise > 0 ? noise * (next() - 0.5) : 0);
    }
  }
  return data;
}

/** Blobs of about 400 rows, with one row in ten placed anywhere; or uniform noise. */
export function syntheticRows({ kind, rows, dimensions }) {
  const next = random(7);
  const data = shared(rows * dimensions);
  if (kind === "uniform") return data.map(next);
  const bell = () => (next() + next() + next() + next() - 2) * Math.sqrt(3);
  const blobs = Math.ceil(rows / 400);
  const centres = Float32Array.from({ length: blobs * dimensions }, () => 20 * next() - 10);
  for (let row = 0; row < rows; row++) {
    const stray = next() < 0.1;
    const blob = Math.floor(next() * blobs) * dimensions;
    for (let c = 0; c < dimensions; c++) {
      data[row * dimensions + c] = stray ? 20 * next() - 10 : centres[blob + c] + bell();
    }
  }
  return data;
}

export const pointsOf = (given) => (given.vectors === undefined ? syntheticRows(given) : fileRows(given));

/**
 * Adjusted Rand index (Hubert & Arabie 1985), with the outliers as one more cluster, over the rows that `counts`
 * accepts.
 */
export function adjustedRandIndex(a, b, counts = () => true) {
  const both = new Map();
  const ofA = new Map();
  const ofB = new Map();
  let rows = 0;
  const add = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
  for (let i = 0; i < a.length; i++) {
    if (!counts(i)) continue;
    rows++;
    add(both, a[i] * 2 ** 24 + b[i]);
    add(ofA, a[i]);
    add(ofB, b[i]);
  }
  const pairs = (map) => [...map.values()].reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
  const chance = (pairs(ofA) * pairs(ofB)) / ((rows * (rows - 1)) / 2);
  const most = (pairs(ofA) + pairs(ofB)) / 2;
  return most === chance ? 1 : (pairs(both) - chance) / (most - chance);
}
