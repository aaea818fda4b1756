const wordsPerId = 4;

/** Numbers UUIDs in the order in which they are added, and finds them again: a hash table without an object an id. */
export class UuidTable {
  #words = new Int32Array(wordsPerId * 1024);
  /** The number of the id that hashes there, or to a slot shortly before; −1 where there is none. Twice as many as ids, or more. */
  #slots = new Int32Array([-1]);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds the 16 bytes at `offset`, which were not added before. */
  add(bytes: Buffer, offset: number): void {
    const at = wordsPerId * this.#count++;
    if (at === this.#words.length) {
      const larger = new Int32Array(2 * at);
      larger.set(this.#words);
      this.#words = larger;
    }
    for (let word = 0; word < wordsPerId; word++) {
      this.#words[at + word] = bytes.readInt32LE(offset + 4 * word);
    }
  }

  /** @returns the number of the id at `offset`, from 0; −1 where it was not added */
  find(bytes: Buffer, offset: number): number {
    if (this.#slots.length < 2 * this.#count) this.#fillSlots();
    const words = this.#words;
    const [a, b, c, d] = [
      bytes.readInt32LE(offset),
      bytes.readInt32LE(offset + 4),
      bytes.readInt32LE(offset + 8),
      bytes.readInt32LE(offset + 12),
    ];
    const last = this.#slots.length - 1;
    for (let slot = hash(a, b, c, d) & last; ; slot = (slot + 1) & last) {
      const number = this.#slots[slot];
      if (number < 0) return -1;
      const at = wordsPerId * number;
      if (words[at + 3] === d && words[at + 2] === c && words[at + 1] === b && words[at] === a) return number;
    }
  }

  #fillSlots(): void {
    const last = 2 ** Math.ceil(Math.log2(2 * this.#count)) - 1;
    const slots = new Int32Array(last + 1).fill(-1);
    for (let number = 0; number < this.#count; number++) {
      const [a, b, c, d] = this.#words.subarray(wordsPerId * number, wordsPerId * (number + 1));
      let slot = hash(a, b, c, d) & last;
      while (slots[slot] >= 0) slot = (slot + 1) & last;
      slots[slot] = number;
    }
    this.#slots = slots;
  }
}

/** Of the four words of an id, any of which may be the same in all of them. The constants are those of MurmurHash3. */
function hash(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a, 0xcc9e2d51) ^ b;
  h = Math.imul(h ^ (h >>> 15), 0x1b873593) ^ c;
  h = Math.imul(h ^ (h >>> 13), 0x85ebca6b) ^ d;
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35);
  return h ^ (h >>> 15);
}
