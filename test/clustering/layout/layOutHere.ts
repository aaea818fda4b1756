import {
  type LayoutParameters,
  type LayoutResult,
  resolveLayoutParameters,
} from "../../../src/clustering/index.js";
import { kernelModule } from "../../../src/clustering/kernel/kernel.js";
import { layOutPoints } from "../../../src/clustering/layout/layOutPoints.js";
import { type SubsetSizes, subsetSizes } from "../../../src/clustering/layout/subsetSizes.js";
import { Team } from "../../../src/clustering/team.js";
import { random } from "../shuffled.js";

/** A layout on this thread only: many small ones per test, without the cost of threads. */
export function layOutHere(
  data: Float32Array,
  rowDimensions: number,
  parameters: Partial<LayoutParameters> = {},
  module: WebAssembly.Module | null = kernelModule(),
  sizes: SubsetSizes = subsetSizes,
): LayoutResult {
  return layOutPoints(
    data,
    rowDimensions,
    resolveLayoutParameters(parameters, rowDimensions),
    new Team([], module),
    { sizes },
  );
}

/** Rows of whole eighths in `clumps` clumps, so that many distances are equal; one row in six is a copy. */
export function clumps(rows: number, rowDimensions: number, count: number, seed = 1): Float32Array {
  const next = random(seed);
  const data = new Float32Array(rows * rowDimensions);
  for (let row = 0; row < rows; row++) {
    const from = next() < 1 / 6 && row > 0 ? Math.floor(next() * row) : -1;
    const clump = Math.floor(next() * count);
    for (let c = 0; c < rowDimensions; c++) {
      const component = (((clump + 1) * (c + 3) * 7) % 11) + Math.floor(next() * 8) / 8;
      data[row * rowDimensions + c] = from < 0 ? component : data[from * rowDimensions + c];
    }
  }
  return data;
}

export const rowsOf = (values: ArrayLike<number>, dimensions: number): number[][] =>
  Array.from({ length: values.length / dimensions }, (_, row) =>
    Array.from({ length: dimensions }, (_, c) => values[row * dimensions + c]),
  );
