import { kernelFor, kernelMemory, memoryBuffer } from "../kernel/kernel.js";
import type { DistanceCurve } from "./distanceCurve.js";
import type { FuzzyGraph } from "./fuzzyGraph.js";
import { randomBits } from "./randomNumber.js";

/** Edges per call of the kernel, between which progress is reported. */
const EDGES_PER_CALL = 2 ** 18;
/** Components that the kernel processes at a time. */
const LANES = 4;

/**
 * Moves the places by stochastic gradient descent (McInnes, Healy & Melville 2018, section 3.2, with umap-learn's
 * schedule): an edge of the greatest strength is due in each epoch, one of half that strength in every second one. The
 * rate falls from 1 to 0.
 *
 * The steps follow one another, on one thread: that is the definition's order, in which each step sees all steps
 * before it, and by vectors of four lanes it is faster than two threads of umap-learn.
 *
 * @param start m·dimensions
 * @returns m·dimensions
 */
export function gradientSteps(
  start: Float64Array,
  dimensions: number,
  graph: FuzzyGraph,
  { a, b }: DistanceCurve,
  epochs: number,
  seed: number,
  module: WebAssembly.Module | null,
  onSteps: (done: number, of: number) => void,
): Float32Array {
  const count = start.length / dimensions;
  const { heads, others, periods } = schedule(graph, epochs);
  const edges = others.length;
  const width = Math.ceil(dimensions / LANES) * LANES;
  const headsAt = count * width * 4;
  const othersAt = headsAt + edges * 4;
  const periodsAt = othersAt + edges * 4;
  const dueAt = periodsAt + edges * 4;
  const memory = kernelMemory(dueAt + edges * 4, module);
  const buffer = memoryBuffer(memory);
  const kernel = kernelFor(memory, module);
  const places = new Float32Array(buffer, 0, count * width);
  for (let row = 0; row < count; row++) {
    for (let c = 0; c < dimensions; c++) places[row * width + c] = start[row * dimensions + c];
  }
  new Int32Array(buffer, headsAt, edges).set(heads);
  new Int32Array(buffer, othersAt, edges).set(others);
  new Float32Array(buffer, periodsAt, edges).set(periods);
  new Float32Array(buffer, dueAt, edges).set(periods);

  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = 1 - epoch / epochs;
    const mix = randomBits(seed, epoch);
    for (let from = 0; from < edges; from += EDGES_PER_CALL) {
      onSteps(epoch + from / edges, epochs);
      const to = Math.min(edges, from + EDGES_PER_CALL);
      kernel.layOutEdges(
        0,
        width,
        headsAt,
        othersAt,
        dueAt,
        periodsAt,
        from,
        to,
        count,
        epoch,
        rate,
        a,
        b,
        mix,
      );
    }
  }
  const ends = new Float32Array(start.length);
  for (let row = 0; row < count; row++) {
    for (let c = 0; c < dimensions; c++) ends[row * dimensions + c] = places[row * width + c];
  }
  return ends;
}

/** The edges that are due at least once, in the order of the steps, with the number of epochs from one to the next. */
function schedule({ first, others, strengths }: FuzzyGraph, epochs: number) {
  const strongest = strengths.reduce((a, b) => Math.max(a, b), 0);
  const least = strongest / epochs;
  const heads = new Int32Array(others.length);
  const kept = new Int32Array(others.length);
  const periods = new Float32Array(others.length);
  let edges = 0;
  for (let row = 0; row + 1 < first.length; row++) {
    for (let edge = first[row]; edge < first[row + 1]; edge++) {
      if (strengths[edge] < least) continue;
      heads[edges] = row;
      kept[edges] = others[edge];
      periods[edges++] = strongest / strengths[edge];
    }
  }
  return {
    heads: heads.subarray(0, edges),
    others: kept.subarray(0, edges),
    periods: periods.subarray(0, edges),
  };
}
