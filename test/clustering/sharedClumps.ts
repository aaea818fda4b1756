import type { Points } from "../../src/clustering/index.js";
import { random } from "./shuffled.js";

/** Clumps with stray points, in memory that threads share. */
export function sharedClumps(rows: number, dimensions: number, seed = 1): Points {
  const next = random(seed);
  const data = new Float32Array(new SharedArrayBuffer(rows * dimensions * 4));
  for (let row = 0; row < rows; row++) {
    const centre = next() < 0.1 ? 3 * next() : Math.floor(next() * 6);
    for (let c = 0; c < dimensions; c++) data[row * dimensions + c] = ((centre * (c + 3)) % 7) + next();
  }
  return { data, dimensions };
}
