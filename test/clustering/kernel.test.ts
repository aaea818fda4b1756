import { describe, expect, it } from "vitest";
import { kernelFor, kernelMemory, kernelModule, memoryBuffer } from "../../src/clustering/kernel/kernel.js";
import { clusterHere } from "./clusterHere.js";
import { random } from "./shuffled.js";
import { withoutEnds } from "./withoutEnds.js";

const STRIDE = 48;
const [A, B, NORMS, SCALES, BLOCK, LIMITS, COUNTS, VALUES, INDICES, LOCKS, EXTREMES, OUT, COSTS, PLACES] =
  Array.from({ length: 14 }, (_, k) => 64 + k * 65_536);

/** The memory after every operation of the kernel, on the same random rows. */
function memoryAfterAll(module: WebAssembly.Module | null): Uint8Array {
  const memory = kernelMemory(16 * 65_536, module);
  const buffer = memoryBuffer(memory);
  const kernel = kernelFor(memory, module);
  const next = random(5);
  const fill = (array: Int16Array | Float32Array, value: () => number) => {
    for (let k = 0; k < array.length; k++) array[k] = value();
  };
  const floats = (at: number) => new Float32Array(buffer, at, 128);
  for (const at of [A, B])
    fill(new Int16Array(buffer, at, (64 * STRIDE) / 2), () => Math.floor((next() - 0.5) * 18_000));
  fill(floats(NORMS), () => 0.5 + next());
  fill(floats(SCALES), () => 1e-5 * next());
  fill(floats(LIMITS), () => Infinity);
  for (const [i0, j0] of [
    [0, 64],
    [0, 0],
    [64, 64],
  ]) {
    const a = i0 === 0 ? A : B;
    const b = j0 === 0 ? A : B;
    kernel.blockDistances(
      a,
      b,
      STRIDE,
      NORMS + i0 * 4,
      SCALES + i0 * 4,
      NORMS + j0 * 4,
      SCALES + j0 * 4,
      BLOCK,
    );
    kernel.keepNearest(BLOCK, i0, j0, 5, LIMITS, COUNTS, VALUES, INDICES, LOCKS, EXTREMES);
  }
  // Half of each row is its short form, with errors that leave room: some pairs are ruled out, and some are not.
  new Int32Array(buffer, COUNTS, 128).fill(0);
  floats(LIMITS).fill(1.6);
  fill(floats(COSTS + 20_480), () => 0.01 * next());
  new Float32Array(buffer, COSTS + 24_576, 8).set([0.01, 1.6, 0.2, 0, 0.012, 1.7, 0.3, 0]);
  kernel.blockDistances(A, B, 32, NORMS, SCALES, NORMS + 256, SCALES + 256, BLOCK);
  const lists5 = [5, A, STRIDE, NORMS, SCALES, LIMITS, COUNTS, VALUES, INDICES, LOCKS] as const;
  const bounds = [COSTS + 20_480, COSTS + 24_576] as const;
  const computed = kernel.keepBelowBounds(BLOCK, 0, 64, ...lists5, ...bounds, 4_096, OUT);
  expect(computed).toBeGreaterThan(100);
  expect(computed).toBeLessThan(4_000);
  expect(kernel.keepBelowBounds(BLOCK, 0, 64, ...lists5, ...bounds, 20, OUT)).toBe(-1);
  kernel.blockDistances(A, B, STRIDE, NORMS, SCALES, NORMS + 256, SCALES + 256, BLOCK);
  const found = kernel.collectBelow(BLOCK, LIMITS, OUT);
  kernel.addWeightedDistances(BLOCK, NORMS, COSTS);
  kernel.dotRows(A, STRIDE, INDICES, 8, B, COSTS + 1024);
  expect(found).toBeGreaterThan(10);
  // The neighbour lists of the approximate mode, in the same places: of 40 rows and of 64, two of which have the same
  // name.
  new Int32Array(buffer, COUNTS, 128).fill(0);
  floats(LIMITS).fill(Infinity);
  const namesA = new Int32Array(buffer, COSTS + 4096, 64);
  const namesB = new Int32Array(buffer, COSTS + 8192, 64);
  for (let k = 0; k < 64; k++) {
    namesA[k] = k < 40 ? k : -1;
    namesB[k] = 64 + Math.min(k, 62);
  }
  const limitsA = COSTS + 12_288;
  const limitsB = COSTS + 16_384;
  floats(limitsA).fill(Infinity);
  floats(limitsB).fill(Infinity);
  const lists = [5, LIMITS, COUNTS, VALUES, INDICES, LOCKS] as const;
  kernel.offerBlock(BLOCK, namesA.byteOffset, namesB.byteOffset, limitsA, limitsB, 0, ...lists);
  kernel.blockDistances(A, A, STRIDE, NORMS, SCALES, NORMS, SCALES, BLOCK);
  kernel.offerBlock(BLOCK, namesA.byteOffset, namesA.byteOffset, limitsA, limitsA, 1, ...lists);
  kernel.offerRow(7, namesA.byteOffset, 37, A, STRIDE, NORMS, SCALES, ...lists);
  // Six epochs of a layout of 20 rows with 8 components.
  const places = new Float32Array(buffer, PLACES, 20 * 8);
  fill(places, () => 10 * next());
  const before = [...places];
  const [heads, others, due, periods] = [1, 2, 3, 4].map((k) => PLACES + k * 1024);
  for (let edge = 0; edge < 60; edge++) {
    new Int32Array(buffer, heads, 60)[edge] = edge % 20;
    new Int32Array(buffer, others, 60)[edge] = (edge * 7 + 1) % 20;
    for (const at of [due, periods]) new Float32Array(buffer, at, 60)[edge] = 1 + 3 * next();
  }
  for (let epoch = 0; epoch < 6; epoch++) {
    const random = 0x9e3779b9 * epoch;
    kernel.layOutEdges(
      PLACES,
      8,
      heads,
      others,
      due,
      periods,
      0,
      60,
      20,
      epoch,
      1 - epoch / 6,
      1.58,
      0.9,
      random,
    );
  }
  expect([...places].filter((x, at) => x !== before[at]).length).toBe(20 * 8);
  return new Uint8Array(buffer.slice(0, 14 * 65_536));
}

describe("the kernel", () => {
  it("is compiled", () => expect(kernelModule()).not.toBeNull());

  it("leaves the same bytes as its portable form", () => {
    expect(Buffer.compare(memoryAfterAll(kernelModule()), memoryAfterAll(null))).toBe(0);
  });

  it("gives the same clustering as its portable form", () => {
    const next = random(9);
    const data = Float32Array.from({ length: 400 * 12 }, () => Math.floor(next() * 30) / 10);
    for (const parameters of [{}, { metric: "COSINE" as const, minClusterSize: 3 }]) {
      const portable = clusterHere(data, 12, parameters, null);
      expect(withoutEnds(portable)).toEqual(withoutEnds(clusterHere(data, 12, parameters)));
    }
  });
});
