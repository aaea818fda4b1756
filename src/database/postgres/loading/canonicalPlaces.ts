import { rowOrder } from "./rowOrder.js";
import { UuidTable } from "./uuidTable.js";

/**
 * The positions of embeddings in canonical order, determined before their vectors are read. An embedding is
 * identified by its invocation, which has at most one embedding of each model.
 */
export class CanonicalPlaces {
  readonly #runs = new UuidTable();
  readonly #invocations = new UuidTable();
  #runOf = new Uint32Array(1024);
  #numberOf = new Uint32Array(1024);
  #located = 0;
  #places: Uint32Array | undefined;

  /** Number of announced invocations. */
  get count(): number {
    return this.#invocations.count;
  }

  /**
   * Announces that an invocation has an embedding. Must be called before `placeOf` is first called.
   * @param invocationAt offset in `bytes` of the invocation's id, which has 16 bytes
   */
  announce(bytes: DataView, invocationAt: number): void {
    const row = this.#invocations.add(bytes, invocationAt);
    if (row === this.#runOf.length) {
      this.#runOf = doubled(this.#runOf);
      this.#numberOf = doubled(this.#numberOf);
    }
  }

  /**
   * Sets the run and the sequence number of an invocation; does nothing if the invocation was not announced.
   * Must be called once per invocation, and before `placeOf` is first called.
   * @param runAt offset in `bytes` of the run's id, which has 16 bytes
   */
  locate(bytes: DataView, invocationAt: number, runAt: number, sequenceNumber: number): void {
    const row = this.#invocations.find(bytes, invocationAt);
    if (row < 0) return;
    this.#runOf[row] = this.#runs.add(bytes, runAt);
    this.#numberOf[row] = sequenceNumber;
    this.#located++;
  }

  /**
   * @returns the position, from 0, among all announced invocations; −1 if this one was not announced
   * @throws Error if an announced invocation was not located
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
