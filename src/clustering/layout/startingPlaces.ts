import { principalDirections } from "../principalDirections.js";
import type { QuantisedRows } from "../quantisedRows.js";
import type { Team } from "../team.js";
import { connectedParts, partOfGraph } from "./connectedParts.js";
import { power } from "./exponential.js";
import type { FuzzyGraph } from "./fuzzyGraph.js";
import { laplacianEigenvectors } from "./laplacianEigenvectors.js";
import { randomNumber } from "./randomNumber.js";

/** Directions that are computed beyond those that are used, which makes these more exact. */
const EXTRA_DIRECTIONS = 8;
/** More rounds than for bounds: here each direction is to be the principal one, not only their span. */
const ROUNDS = 12;
/** The places of each axis begin between 0 and this, as in umap-learn. */
const WIDTH = 10;
/** An axis along which the rows differ by less than this share of the first one's range is not stretched. */
const FLAT = 1e-6;
/** Each place begins up to this far from its start, so that no two begin at the same place. */
const JITTER = 1e-4;
/** Number of axes that begin with eigenvectors; of more, the further ones begin with principal components. */
export const SPECTRAL_AXES = 10;

/**
 * The places from which the rows begin: the spectral embedding of the graph, each axis scaled to the same range, as in
 * umap-learn. Where the graph is not connected, each part of it has a spectral embedding of its own, around the mean
 * of its rows' principal components, in a box as large as the part's share of the rows. Rows of parts that are too
 * small for that begin at their principal components.
 *
 * @param seed chooses the jitter
 * @returns m·dimensions, by the points' numbers
 */
export function startingPlaces(
  quantised: QuantisedRows,
  graph: FuzzyGraph,
  dimensions: number,
  seed: number,
  team: Team,
  onRounds: (done: number, of: number) => void = () => {},
): Float64Array {
  const places = principalPlaces(quantised, dimensions, team.module);
  const axes = Math.min(dimensions, SPECTRAL_AXES);
  for (const rows of connectedParts(graph)) {
    if (rows.length > 2 * (axes + 1)) placeSpectrally(places, dimensions, graph, rows, axes, team, onRounds);
  }
  for (let at = 0; at < places.length; at++) places[at] += JITTER * (2 * randomNumber(seed, -1, at) - 1);
  return places;
}

/** The rows' components along their first principal directions, each axis scaled to the same range. */
function principalPlaces(
  quantised: QuantisedRows,
  dimensions: number,
  module: WebAssembly.Module | null,
): Float64Array {
  const { rows, count, dimensions: width, unit } = quantised;
  const wanted = Math.min(width, dimensions + EXTRA_DIRECTIONS);
  const directions = principalDirections(quantised, wanted, module, ROUNDS);
  const places = new Float64Array(count * dimensions);
  for (let row = 0, at = 0; row < count; row++) {
    for (let axis = 0; axis < dimensions; axis++, at++) {
      let sum = 0;
      for (let c = 0, a = row * width, b = axis * width; c < width; c++, a++, b++) {
        sum += (rows[a] / unit) * directions[b];
      }
      places[at] = sum;
    }
  }
  const { least, ranges } = extents(places, dimensions);
  const widest = ranges.reduce((a, b) => Math.max(a, b), 0);
  for (let at = 0; at < places.length; at++) {
    const axis = at % dimensions;
    const isFlat = !(ranges[axis] > FLAT * widest);
    places[at] = isFlat ? 0 : (WIDTH * (places[at] - least[axis])) / ranges[axis];
  }
  return places;
}

/** The least coordinate along each axis, and the greatest less the least. */
function extents(places: Float64Array, dimensions: number): { least: Float64Array; ranges: Float64Array } {
  const least = new Float64Array(dimensions).fill(Infinity);
  const most = new Float64Array(dimensions).fill(-Infinity);
  for (let at = 0; at < places.length; at++) {
    const axis = at % dimensions;
    if (places[at] < least[axis]) least[axis] = places[at];
    if (places[at] > most[axis]) most[axis] = places[at];
  }
  return { least, ranges: most.map((end, axis) => end - least[axis]) };
}

/**
 * Replaces the places of a connected part of the graph, along the first axes.
 *
 * @param rows of the part
 */
function placeSpectrally(
  places: Float64Array,
  dimensions: number,
  graph: FuzzyGraph,
  rows: Int32Array,
  axes: number,
  team: Team,
  onRounds: (done: number, of: number) => void,
): void {
  const guesses = new Float64Array(rows.length * axes);
  const means = new Float64Array(axes);
  rows.forEach((row, k) => {
    for (let axis = 0; axis < axes; axis++) {
      const place = places[row * dimensions + axis];
      guesses[k * axes + axis] = place;
      means[axis] += place / rows.length;
    }
  });
  const vectors = laplacianEigenvectors(partOfGraph(graph, rows), guesses, axes, team, onRounds);
  const { least, ranges } = extents(vectors, axes);
  const count = places.length / dimensions;
  const isWhole = rows.length === count;
  const width = isWhole ? WIDTH : WIDTH * power(rows.length / count, 1 / axes);
  rows.forEach((row, k) => {
    for (let axis = 0; axis < axes; axis++) {
      const centre = isWhole ? WIDTH / 2 : means[axis];
      const share = (vectors[k * axes + axis] - least[axis]) / ranges[axis];
      places[row * dimensions + axis] = centre + width * (share - 0.5);
    }
  });
}
