const wordsPerId = 4;

/** Numbers UUIDs as they come, and finds them again: a hash table without an object an id. */
export class UuidTable {
  /** Of each id, big-endian: they sort as its bytes do. */
  #words = new Uint32Array(wordsPerId * 1024);
  /** The number of the id that hashes there, or to a slot shortly before; −1 where there is none. Twice as many as ids, or more. */
  #slots = new Int32Array(2 * 1024).fill(-1);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @returns the number of the id whose 16 bytes stand at `offset`, from 0: a new one unless it was added before */
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

  /** @returns the number of the id at `offset`; −1 where it was not added */
  find(bytes: DataView, offset: number): number {
    return this.#slots[this.#slotOf(bytes, offset)];
  }

  /** @returns of each number the place of its id among all, as they sort */
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

  /** Where the id is, or would be. */
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

  /** Makes room for twice as many. */
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

/** Of the four words of an id, any of which may be the same in all of them. The constants are those of MurmurHash3. */
function hash(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a, 0xcc9e2d51) ^ b;
  h = Math.imul(h ^ (h >>> 15), 0x1b873593) ^ c;
  h = Math.imul(h ^ (h >>> 13), 0x85ebca6b) ^ d;
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35);
  return h ^ (h >>> 15);
}
