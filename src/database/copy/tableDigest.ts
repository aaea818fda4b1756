import { hash } from "node:crypto";
import type { RowBatch } from "../copyFormat/rowBatch.js";

const words = 4;

/**
 * A digest of a table's rows that does not depend on their order: the sum, modulo 2^256, of the SHA-256 of
 * each row. Each database can therefore read its rows in whatever order they are stored.
 */
export class TableDigest {
  #rows = 0;
  readonly #sum = new BigUint64Array(words);

  get rows(): number {
    return this.#rows;
  }

  add({ bytes, ends }: RowBatch): void {
    let start = 0;
    for (const end of ends) {
      const digest = hash("sha256", bytes.subarray(start, end), "buffer");
      let carry = 0n;
      for (let word = 0; word < words; word++) {
        const sum = this.#sum[word] + digest.readBigUInt64LE(8 * word) + carry;
        this.#sum[word] = sum;
        carry = sum >> 64n;
      }
      start = end;
    }
    this.#rows += ends.length;
  }

  /** The digest as 64 hexadecimal digits. */
  digest(): string {
    return Array.from(this.#sum, (word) => word.toString(16).padStart(16, "0"))
      .reverse()
      .join("");
  }
}
