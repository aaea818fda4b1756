import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import type { HdbscanParameters, HdbscanResult, Points } from "../../src/clustering/index.js";

/** Real embeddings and their reference results; tests that need them are skipped where they are absent. */
const sharedData = new URL("../../../shared/data/", import.meta.url);
const inlineCases = new URL("../golden/", import.meta.url);

export const sharedIsHere = existsSync(sharedData);

export interface GoldenCase {
  name: string;
  points: {
    inline?: number[][];
    wordnet?: { first: number; count: number };
    walks?: { first: number; count: number };
  };
  parameters: Partial<HdbscanParameters>;
  expected: {
    labels: number[];
    probabilities: number[];
    outlierScores: number[];
    medoids: number[];
    medoidTies: number[][];
    sizes: number[];
    persistence: number[];
    treeWeight: number;
  };
}

const readCase = (url: URL): GoldenCase => JSON.parse(readFileSync(url, "utf8"));

export const inlineGoldenCases = readdirSync(inlineCases)
  .filter((file) => file.endsWith(".json"))
  .map((file) => readCase(new URL(file, inlineCases)));

/** The cases on real embeddings, by name; read on request, because they need ../shared. */
export const sharedGoldenCase = (name: string): GoldenCase =>
  readCase(new URL(`golden/${name}.json`, sharedData));

const DIMENSIONS = 384;
let wordnet: Float32Array | undefined;
let walks: Uint32Array | undefined;

/** The first `count` WordNet embeddings from `first` on, float16 widened to float32. */
function wordnetRows(first: number, count: number): Float32Array {
  wordnet ??= widened(readFileSync(new URL("wordnet/minilm.f16", sharedData)));
  return wordnet.slice(first * DIMENSIONS, (first + count) * DIMENSIONS);
}

export const wordnetPoints = (first: number, count: number): Points => ({
  data: wordnetRows(first, count),
  dimensions: DIMENSIONS,
});

/** The embedding of each step of a range of the flattened walks. */
function walkRows(first: number, count: number): Float32Array {
  if (walks === undefined) {
    const bytes = gunzipSync(readFileSync(new URL("wordnet/walks.u32.gz", sharedData)));
    walks = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }
  wordnetRows(0, 0);
  const all = wordnet as Float32Array;
  const rows = new Float32Array(count * DIMENSIONS);
  for (let k = 0; k < count; k++) {
    const start = walks[first + k] * DIMENSIONS;
    rows.set(all.subarray(start, start + DIMENSIONS), k * DIMENSIONS);
  }
  return rows;
}

export function goldenPoints({ points }: GoldenCase): Points {
  if (points.inline !== undefined) {
    return { data: Float32Array.from(points.inline.flat()), dimensions: points.inline[0].length };
  }
  if (points.wordnet !== undefined) {
    return wordnetPoints(points.wordnet.first, points.wordnet.count);
  }
  if (points.walks !== undefined) {
    return { data: walkRows(points.walks.first, points.walks.count), dimensions: DIMENSIONS };
  }
  throw new Error("a golden case without points");
}

/** Labels, sizes and medoids must be equal (any of the tied medoids), the rest equal to within `tolerance`. */
export function expectGolden(result: HdbscanResult, { expected }: GoldenCase, tolerance = 1e-9): void {
  expect([...result.labels]).toEqual(expected.labels);
  expect([...result.sizes]).toEqual(expected.sizes);
  expect(result.medoids.length).toBe(expected.medoids.length);
  result.medoids.forEach((medoid, label) => {
    expect([expected.medoids[label], ...expected.medoidTies[label]]).toContain(medoid);
    expect(result.labels[medoid]).toBe(label);
  });
  expectClose(result.probabilities, expected.probabilities, tolerance);
  expectClose(result.outlierScores, expected.outlierScores, tolerance);
  expectClose(result.persistence, expected.persistence, tolerance);
  expect(Math.abs(result.treeWeight - expected.treeWeight)).toBeLessThanOrEqual(
    tolerance * Math.max(1, expected.treeWeight),
  );
}

function expectClose(actual: Float64Array, expected: number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    // Written so that NaN counts as the largest difference.
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
  }
  expect(worst).toBeLessThanOrEqual(tolerance);
}

/** IEEE 754 half to single precision, by a table of all 65,536 values. */
function widened(bytes: Buffer): Float32Array {
  const table = new Float32Array(65536);
  for (let half = 0; half < 65536; half++) {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    table[half] = sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  }
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = table[halves[i]];
  return out;
}
