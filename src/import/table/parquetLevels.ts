import type { DataReader } from "hyparquet";
import { readVarInt } from "hyparquet/src/thrift.js";

/**
 * Reads levels part by part: hyparquet decodes those of a whole page, which take a byte or more for each number. They are
 * in Parquet's hybrid of runs of one level and of levels that are packed bit by bit, in groups of eight.
 */
export class LevelReader {
  /** Levels that are left of the present run. */
  #left = 0;
  /** The level of all of them; null if each is packed. */
  #repeated: number | null = null;
  /** Bits that have been read and not used, and their number. */
  #bits = 0;
  #bitCount = 0;

  /** @param width bits of a level; 0 if there are none, because all levels are 0 */
  constructor(
    private readonly reader: DataReader,
    private readonly width: number,
  ) {}

  /** @throws RangeError if fewer are left */
  next(count: number): Uint8Array {
    const levels = new Uint8Array(count);
    if (this.width === 0) return levels;
    for (let at = 0; at < count; ) {
      if (this.#left === 0) this.#startRun();
      const end = Math.min(count, at + this.#left);
      this.#left -= end - at;
      if (this.#repeated !== null) levels.fill(this.#repeated, at, end);
      else for (let i = at; i < end; i++) levels[i] = this.#packed();
      at = end;
    }
    return levels;
  }

  #startRun(): void {
    const header = readVarInt(this.reader);
    if (header & 1) {
      this.#left = (header >>> 1) * 8;
      this.#repeated = null;
      this.#bits = 0;
      this.#bitCount = 0;
    } else {
      this.#left = header >>> 1;
      this.#repeated = this.#byte(); // a level has at most 8 bits
    }
  }

  #packed(): number {
    if (this.#bitCount < this.width) {
      this.#bits |= this.#byte() << this.#bitCount;
      this.#bitCount += 8;
    }
    const level = this.#bits & ((1 << this.width) - 1);
    this.#bits >>>= this.width;
    this.#bitCount -= this.width;
    return level;
  }

  #byte(): number {
    return this.reader.view.getUint8(this.reader.offset++);
  }
}
