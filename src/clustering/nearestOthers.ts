import { distancesFrom } from "./distance.js";
import type { Metric } from "./metric.js";
import { copyRowsScaled } from "./scaledRow.js";

/** A row by what decides between rows at equal distances. */
export interface NamedRow {
  id: string;
  /** The number of its content in the order of contents: equal for equal rows. */
  content: number;
}

/** A row whose nearest others are sought. */
export interface SoughtRow extends NamedRow {
  /** The number of others, 1 or more. */
  limit: number;
}

export interface NearRow extends NamedRow {
  distance: number;
}

/** How rows are compared, as in a clustering. */
export interface Comparison {
  dimensions: number;
  metric: Metric;
  /** Whether rows are scaled to length 1 first. */
  normalize: boolean;
}

/**
 * The exact nearest others of some rows among many, which are offered in blocks, so that any number of rows takes the
 * memory of one block, and rows of which the others are sought are compared with all others in one pass.
 *
 * A distance is the same to the bit as that of the clustering: in float64, of components that were scaled and rounded to
 * float32. Rows at equal distances are in the order of their contents, those of equal content in the order of their
 * ids: the order in which they are offered does not matter.
 */
export class NearestOthers {
  readonly #comparison: Comparison;
  readonly #sought: SoughtRow[];
  /** Per sought row: its nearest others among those that were offered, nearest first. */
  readonly #nearest: NearRow[][];
  /** The sought rows, and after them the block that is offered. */
  readonly #rows: Float32Array;
  readonly #distances: Float64Array;

  /**
   * @param vectors q·d float32, row-major: the rows whose others are sought, not scaled
   * @param blockRows largest number of rows of a block
   */
  constructor(vectors: Float32Array, sought: SoughtRow[], comparison: Comparison, blockRows: number) {
    this.#comparison = comparison;
    this.#sought = sought;
    this.#nearest = sought.map(() => []);
    this.#rows = new Float32Array((sought.length + blockRows) * comparison.dimensions);
    this.#distances = new Float64Array(blockRows);
    copyRowsScaled(vectors, sought.length, comparison, this.#rows, 0);
  }

  /**
   * Compares a block of rows with all sought ones. A row that is itself sought is not its own neighbour.
   *
   * @param vectors float32, row-major: the rows of the block, not scaled
   * @param onRow called before each sought row is compared with the block; if it throws, so does this
   */
  offer(vectors: Float32Array, block: NamedRow[], onRow: () => void = () => {}): void {
    const { dimensions, metric } = this.#comparison;
    const first = this.#sought.length;
    copyRowsScaled(vectors, block.length, this.#comparison, this.#rows, first);
    for (let s = 0; s < first; s++) {
      onRow();
      distancesFrom(this.#rows, dimensions, s, first, first + block.length, metric, this.#distances);
      const nearest = this.#nearest[s];
      const { id, limit } = this.#sought[s];
      for (let k = 0; k < block.length; k++) {
        const distance = this.#distances[k];
        const isFull = nearest.length === limit;
        if (isFull && distance > nearest[limit - 1].distance) continue;
        if (block[k].id === id) continue;
        const row: NearRow = { ...block[k], distance };
        if (isFull && order(row, nearest[limit - 1]) > 0) continue;
        if (isFull) nearest.pop();
        nearest.splice(placeOf(row, nearest), 0, row);
      }
    }
  }

  /** Per sought row: its nearest others, nearest first. */
  get nearest(): NearRow[][] {
    return this.#nearest;
  }
}

function order(a: NearRow, b: NearRow): number {
  if (a.distance !== b.distance) return a.distance - b.distance;
  if (a.content !== b.content) return a.content - b.content;
  return a.id < b.id ? -1 : 1;
}

/** Where a row belongs in a list in order. */
function placeOf(row: NearRow, list: NearRow[]): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (order(list[middle], row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
