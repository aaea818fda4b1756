import { distancesFrom } from "./distance.js";
import type { Comparison } from "./nearestOthers.js";
import { copyRowsScaled } from "./scaledRow.js";

/**
 * The distance of rows to the nearest exemplar of each cluster, of exemplars that are offered in blocks. A distance is the
 * same to the bit as that of the clustering.
 */
export class NearestExemplars {
  readonly #comparison: Comparison;
  readonly #labels: number;
  readonly #sought: number;
  /** The sought rows, and after them the block that is offered. */
  readonly #rows: Float32Array;
  readonly #distances: Float64Array;
  readonly #nearest: Float64Array;

  /**
   * @param vectors q·d float32, row-major: the rows, not scaled
   * @param labels number of clusters
   * @param blockRows largest number of exemplars of a block
   */
  constructor(vectors: Float32Array, labels: number, comparison: Comparison, blockRows: number) {
    this.#comparison = comparison;
    this.#labels = labels;
    this.#sought = vectors.length / comparison.dimensions;
    this.#rows = new Float32Array((this.#sought + blockRows) * comparison.dimensions);
    this.#distances = new Float64Array(blockRows);
    this.#nearest = new Float64Array(this.#sought * labels).fill(Infinity);
    copyRowsScaled(vectors, this.#sought, comparison, this.#rows, 0);
  }

  /**
   * @param vectors float32, row-major: the exemplars of the block, not scaled
   * @param labels the cluster of each
   * @param onRow called before each sought row is compared with the block; if it throws, so does this
   */
  offer(vectors: Float32Array, labels: ArrayLike<number>, onRow: () => void): void {
    const { dimensions, metric } = this.#comparison;
    const first = this.#sought;
    copyRowsScaled(vectors, labels.length, this.#comparison, this.#rows, first);
    for (let s = 0; s < first; s++) {
      onRow();
      distancesFrom(this.#rows, dimensions, s, first, first + labels.length, metric, this.#distances);
      const nearest = this.distancesOf(s);
      for (let k = 0; k < labels.length; k++) {
        nearest[labels[k]] = Math.min(nearest[labels[k]], this.#distances[k]);
      }
    }
  }

  /** Per label: the distance of the sought row to the nearest exemplar that was offered, ∞ if none was. */
  distancesOf(sought: number): Float64Array {
    return this.#nearest.subarray(sought * this.#labels, (sought + 1) * this.#labels);
  }
}
