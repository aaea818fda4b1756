/**
 * The UUIDs that were seen, in 16 to 32 bytes each. They must be as good as random, as those derived from names are. Of each
 * only 52 bits are kept: of a million ids, the chance that one is taken for another is 1 in 9000.
 */
export class SeenIds {
  /** Open addressing with linear probing; 0 is a free slot. The number of slots is a power of two. */
  #slots = new Float64Array(1024);
  #size = 0;

  /** @returns whether the id had been added before */
  add(id: string): boolean {
    if (2 * this.#size >= this.#slots.length) this.#grow();
    const kept = numberOf(id);
    const slot = this.#slotOf(kept);
    if (this.#slots[slot] === kept) return true;
    this.#slots[slot] = kept;
    this.#size++;
    return false;
  }

  /** Whether the id has been added. */
  has(id: string): boolean {
    return this.#slots[this.#slotOf(numberOf(id))] !== 0;
  }

  /** The slot that has the number, or the free one in which it belongs. */
  #slotOf(kept: number): number {
    const last = this.#slots.length - 1;
    let slot = kept % this.#slots.length;
    while (this.#slots[slot] !== 0 && this.#slots[slot] !== kept) slot = slot === last ? 0 : slot + 1;
    return slot;
  }

  #grow(): void {
    const former = this.#slots;
    this.#slots = new Float64Array(2 * former.length);
    for (const kept of former) if (kept !== 0) this.#slots[this.#slotOf(kept)] = kept;
  }
}

const numberOf = (id: string): number => 1 + Number.parseInt(`${id.slice(0, 8)}${id.slice(-5)}`, 16);
