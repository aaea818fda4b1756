/** The nearest of the points that are offered, which it sorts by insertion: by distance, equally near ones by number. */
export class NearestList {
  #count = 0;

  /** @param size at least 1 */
  constructor(
    readonly size: number,
    readonly others: Int32Array = new Int32Array(size),
    readonly distances: Float64Array = new Float64Array(size),
  ) {}

  clear(): void {
    this.#count = 0;
  }

  /** Number of points in the list. */
  get count(): number {
    return this.#count;
  }

  /** No point that is farther away is in the list or could enter it. */
  get reach(): number {
    return this.#count < this.size ? Infinity : this.distances[this.size - 1];
  }

  offer(other: number, distance: number): void {
    const { size, others, distances } = this;
    let at = this.#count;
    const comesAfter = (place: number): boolean =>
      distances[place] > distance || (distances[place] === distance && others[place] > other);
    if (at === size) {
      if (!comesAfter(--at)) return;
    } else this.#count++;
    for (; at > 0 && comesAfter(at - 1); at--) {
      distances[at] = distances[at - 1];
      others[at] = others[at - 1];
    }
    distances[at] = distance;
    others[at] = other;
  }
}
