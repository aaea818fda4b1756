/** Numbers runs as they come, and ranks them by their ids once all have come. */
export class RunRanks {
  readonly #numbers = new Map<string, number>();
  #last = "";
  #lastBytes: Buffer = Buffer.alloc(16);
  #lastNumber = -1;
  #isAscending = true;

  /** Whether each run that was new had a greater id than all before it: then the numbers are the ranks. */
  get isAscending(): boolean {
    return this.#isAscending;
  }

  /** @returns the number of the run whose id stands at `offset` */
  add(bytes: Buffer, offset: number): number {
    if (this.#isLast(bytes, offset)) return this.#lastNumber;
    bytes.copy(this.#lastBytes, 0, offset, offset + 16);
    const id = this.#lastBytes.toString("latin1");
    let number = this.#numbers.get(id);
    if (number === undefined) {
      number = this.#numbers.size;
      if (id < this.#last) this.#isAscending = false;
      else this.#last = id;
      this.#numbers.set(id, number);
    }
    this.#lastNumber = number;
    return number;
  }

  #isLast(bytes: Buffer, offset: number): boolean {
    if (this.#lastNumber < 0) return false;
    const last = this.#lastBytes;
    for (let i = 15; i >= 0; i--) if (bytes[offset + i] !== last[i]) return false;
    return true;
  }

  /** @param numbers of runs @returns the place of each among all runs, by their ids */
  ranksOf(numbers: Uint32Array): Uint32Array {
    const ids = [...this.#numbers.keys()].sort(); // one character a byte: as the bytes sort
    const ranks = new Uint32Array(ids.length);
    for (const [rank, id] of ids.entries()) ranks[this.#numbers.get(id) as number] = rank;
    return numbers.map((number) => ranks[number]);
  }
}
