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
  #located = 0;
  #places: Uint32Array | undefined;

  /** How many were announced. */
  get count(): number {
    return this.#invocations.count;
  }

  /**
   * Says that an invocation has an embedding. Before any place is asked for.
   * @param invocationAt where its id, of 16 bytes, stands in `bytes`
   */
  announce(bytes: DataView, invocationAt: number): void {
    const row = this.#invocations.add(bytes, invocationAt);
    if (row === this.#runOf.length) {
      this.#runOf = doubled(this.#runOf);
      this.#numberOf = doubled(this.#numberOf);
    }
  }

  /**
   * Says where an invocation belongs; nothing where it was not announced. Each once, and before any place is asked for.
   * @param runAt where the run's id, of 16 bytes, stands in `bytes`
   */
  locate(bytes: DataView, invocationAt: number, runAt: number, sequenceNumber: number): void {
    const row = this.#invocations.find(bytes, invocationAt);
    if (row < 0) return;
    this.#runOf[row] = this.#runs.add(bytes, runAt);
    this.#numberOf[row] = sequenceNumber;
    this.#located++;
  }

  /**
   * @returns from 0, of all that were announced; −1 where the invocation was not
   * @throws Error where one that was announced was not located
   */
  placeOf(bytes: DataView, invocationAt: number): number {
    this.#places ??= this.#inOrder();
    const row = this.#invocations.find(bytes, invocationAt);
    return row < 0 ? -1 : this.#places[row];
  }

  #inOrder(): Uint32Array {
    const { count } = this;
    if (this.#located !== count) throw new Error(`Of ${count} invocations ${this.#located} were located`);
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
