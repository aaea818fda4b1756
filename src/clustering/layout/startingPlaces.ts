import { principalDirections } from "../principalDirections.js";
import type { QuantisedRows } from "../quantisedRows.js";
import { randomNumber } from "./randomNumber.js";

/** Directions that are computed beyond those that are used, which makes these more exact. */
const EXTRA_DIRECTIONS = 8;
/** More rounds than for bounds: here each direction is to be the principal one, not only their span. */
const ROUNDS = 12;
/** The places of each axis begin between 0 and this, as in umap-learn. */
const WIDTH = 10;
/** Each place begins up to this far from where its row was projected to, so that no two begin at the same place. */
const JITTER = 1e-4;
/** An axis along which the rows differ by less than this share of the first one's range is not stretched. */
const FLAT = 1e-6;

/**
 * The rows' components along their first principal directions, each axis scaled to the same range: rows that are far
 * apart begin far apart.
 *
 * @param seed chooses the jitter
 * @returns m·dimensions, by the points' numbers
 */
export function startingPlaces(
  quantised: QuantisedRows,
  dimensions: number,
  seed: number,
  module: WebAssembly.Module | null,
): Float64Array {
  const { rows, count, dimensions: width, unit } = quantised;
  const wanted = Math.min(width, dimensions + EXTRA_DIRECTIONS);
  const directions = principalDirections(quantised, wanted, module, ROUNDS);
  const places = new Float64Array(count * dimensions);
  const least = new Float64Array(dimensions).fill(Infinity);
  const most = new Float64Array(dimensions).fill(-Infinity);
  for (let row = 0, at = 0; row < count; row++) {
    for (let axis = 0; axis < dimensions; axis++, at++) {
      let sum = 0;
      for (let c = 0, a = row * width, b = axis * width; c < width; c++, a++, b++) {
        sum += (rows[a] / unit) * directions[b];
      }
      places[at] = sum;
      least[axis] = Math.min(least[axis], sum);
      most[axis] = Math.max(most[axis], sum);
    }
  }
  const ranges = most.map((end, axis) => end - least[axis]);
  const widest = ranges.reduce((a, b) => Math.max(a, b), 0);
  for (let at = 0; at < places.length; at++) {
    const axis = at % dimensions;
    const isFlat = !(ranges[axis] > FLAT * widest);
    const share = isFlat ? 0 : (places[at] - least[axis]) / ranges[axis];
    places[at] = WIDTH * share + JITTER * (2 * randomNumber(seed, -1, at) - 1);
  }
  return places;
}
