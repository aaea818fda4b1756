import type { AsyncBuffer, Compressors, FileMetaData, RowGroup } from "hyparquet";
import { partsOfColumn } from "./parquetPages.js";

/**
 * Reads a column of lists of numbers part by part, each list into a Float32Array: as JavaScript arrays, the lists
 * of a whole row group would take several times the memory that they take in the file.
 *
 * @returns the list of each row: an array if it has nulls among its numbers, or numbers beyond the range of float32; null where there is no list, or an
 *   empty one
 */
export async function* listsOf(
  file: AsyncBuffer,
  metadata: FileMetaData,
  group: RowGroup,
  column: string,
  compressors: Compressors,
): AsyncGenerator<Float32Array | (number | null)[] | null> {
  const {
    parts,
    levelOfValue: ofNumber,
    isOptional,
  } = partsOfColumn(file, metadata, group, column, compressors);
  /** The definition level of a null among the numbers; at lower ones there is no number. */
  const ofNull = isOptional ? ofNumber - 1 : ofNumber;
  const list = new GrowingList();
  let isRowOpen = false; // the next page may continue the last row of a page
  for await (const { valueCount, repetitionLevels, definitionLevels, values } of parts) {
    let next = 0;
    for (let i = 0; i < valueCount; i++) {
      if (repetitionLevels[i] === 0) {
        if (isRowOpen) yield list.take();
        isRowOpen = true;
      }
      const level = definitionLevels.length > 0 ? definitionLevels[i] : ofNumber;
      if (level === ofNumber) list.add(Number(values[next++]));
      else if (level === ofNull) list.addNull();
    }
  }
  if (isRowOpen) yield list.take();
}

/** Collects the numbers of one list after the other in the same memory. */
class GrowingList {
  #numbers = new Float32Array(1024);
  #length = 0;
  /** By index, what float32 cannot hold. */
  #others = new Map<number, number | null>();

  add(number: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = new Float32Array(2 * this.#length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#length] = number;
    if (Number.isFinite(number) && !Number.isFinite(this.#numbers[this.#length])) {
      this.#others.set(this.#length, number);
    }
    this.#length++;
  }

  addNull(): void {
    this.#others.set(this.#length, null);
    this.add(0);
  }

  /** The list; afterwards the next one begins. */
  take(): Float32Array | (number | null)[] | null {
    const numbers = this.#numbers.slice(0, this.#length);
    const others = this.#others;
    this.#length = 0;
    if (numbers.length === 0) return null;
    if (others.size === 0) return numbers;
    this.#others = new Map();
    const list: (number | null)[] = Array.from(numbers);
    for (const [at, other] of others) list[at] = other;
    return list;
  }
}
