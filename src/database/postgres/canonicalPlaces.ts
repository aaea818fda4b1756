import { rowOrder } from "./rowOrder.js";
import { UuidTable } from "./uuidTable.js";

/**
 * The places of embeddings in canonical order, known before their vectors come. An embedding is told by its
 * invocation, which has at most one of each model.
 */
export class CanonicalPlaces {
  readonly #runs = new UuidTable();
  readonly #invocations = new UuidTable();
  #runOf = new Uint32Array(1024);
  #numberOf = new Uint32Array(1024);
  #places: Uint32Array | undefined;

  /** How many were added. */
  get count(): number {
    return this.#invocations.count;
  }

  /**
   * Before any place is asked for, and each invocation once.
   * @param runAt and invocationAt where their ids, of 16 bytes, stand in `bytes`
   */
  add(bytes: DataView, runAt: number, sequenceNumber: number, invocationAt: number): void {
    const row = this.#invocations.add(bytes, invocationAt);
    if (row === this.#runOf.length) {
      this.#runOf = doubled(this.#runOf);
      this.#numberOf = doubled(this.#numberOf);
    }
    this.#runOf[row] = this.#runs.add(bytes, runAt);
    this.#numberOf[row] = sequenceNumber;
  }

  /** @returns from 0, of all that were added; −1 where the invocation was not */
  placeOf(bytes: DataView, invocationAt: number): number {
    this.#places ??= this.#inOrder();
    const row = this.#invocations.find(bytes, invocationAt);
    return row < 0 ? -1 : this.#places[row];
  }

  #inOrder(): Uint32Array {
    const { count } = this;
    const ranks = this.#runs.ranks();
    const runs = this.#runOf.subarray(0, count).map((run) => ranks[run]);
    const order = rowOrder(runs, this.#numberOf.subarray(0, count));
    const places = new Uint32Array(count);
    for (let place = 0; place < count; place++) places[order[place]] = place;
    return places;
  }
}

function doubled(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}
