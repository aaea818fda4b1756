const wordsPerId = 4;

/** Numbers UUIDs in the order in which they are first added: a hash table without an object per id. */
export class UuidTable {
  /** The four words of each id, big-endian, so that they sort as the id's bytes do. */
  #words = new Uint32Array(wordsPerId * 1024);
  /**
   * For each slot the number of the id that hashes to it, or to a slot shortly before it; −1 if there is
   * none. At least two slots per id.
   */
  #slots = new Int32Array(2 * 1024).fill(-1);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /**
   * @returns the number, from 0, of the id whose 16 bytes are at `offset`: a new number if the id was not
   *   added before
   */
  add(bytes: DataView, offset: number): number {
    const slot = this.#slotOf(bytes, offset);
    const known = this.#slots[slot];
    if (known >= 0) return known;
    const number = this.#count++;
    const at = wordsPerId * number;
    for (let word = 0; word < wordsPerId; word++) {
      this.#words[at + word] = bytes.getUint32(offset + 4 * word);
    }
    this.#slots[slot] = number;
    if (2 * this.#count >= this.#slots.length) this.#grow();
    return number;
  }

  /** @returns the number of the id at `offset`; −1 if it was not added */
  find(bytes: DataView, offset: number): number {
    return this.#slots[this.#slotOf(bytes, offset)];
  }

  /** @returns for each number the rank of its id in the sort order of all ids */
  ranks(): Uint32Array {
    const words = this.#words;
    const sorted = Uint32Array.from({ length: this.#count }, (_, number) => number).sort((a, b) => {
      let [first, second] = [wordsPerId * a, wordsPerId * b];
      for (let word = 0; word < wordsPerId - 1 && words[first] === words[second]; word++) {
        first++;
        second++;
      }
      return words[first] - words[second];
    });
    const ranks = new Uint32Array(this.#count);
    for (let rank = 0; rank < sorted.length; rank++) ranks[sorted[rank]] = rank;
    return ranks;
  }

  /** The slot that holds the id, or would hold it. */
  #slotOf(bytes: DataView, offset: number): number {
    const a = bytes.getUint32(offset);
    const b = bytes.getUint32(offset + 4);
    const c = bytes.getUint32(offset + 8);
    const d = bytes.getUint32(offset + 12);
    const words = this.#words;
    const slots = this.#slots;
    const last = slots.length - 1;
    let slot = hash(a, b, c, d) & last;
    for (; slots[slot] >= 0; slot = (slot + 1) & last) {
      const at = wordsPerId * slots[slot];
      if (words[at + 3] === d && words[at + 2] === c && words[at + 1] === b && words[at] === a) break;
    }
    return slot;
  }

  /** Doubles the capacity. */
  #grow(): void {
    const words = new Uint32Array(2 * this.#words.length);
    words.set(this.#words);
    const slots = new Int32Array(2 * this.#slots.length).fill(-1);
    const last = slots.length - 1;
    for (let number = 0, at = 0; number < this.#count; number++, at += wordsPerId) {
      let slot = hash(words[at], words[at + 1], words[at + 2], words[at + 3]) & last;
      while (slots[slot] >= 0) slot = (slot + 1) & last;
      slots[slot] = number;
    }
    this.#words = words;
    this.#slots = slots;
  }
}

/**
 * Hashes the four words of an id; ids may agree in any of these words. The constants are those of
 * MurmurHash3.
 */
function hash(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a, 0xcc9e2d51) ^ b;
  h = Math.imul(h ^ (h >>> 15), 0x1b873593) ^ c;
  h = Math.imul(h ^ (h >>> 13), 0x85ebca6b) ^ d;
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35);
  return h ^ (h >>> 15);
}
