import { postgresTime } from "./postgresTime.js";
import { writeUuid } from "./uuidBytes.js";

/** What precedes the rows. */
export const copyHeader = Buffer.concat([Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), Buffer.alloc(8)]);
const trailer = Buffer.from([0xff, 0xff]);

/**
 * Rows in the form of COPY … FROM STDIN (FORMAT binary). Each begins with `row`, followed by one call a column, in the
 * order of the columns. Each column's type must be the one that its call names: PostgreSQL converts nothing here.
 */
export class CopyRows {
  readonly #columns: number;
  #bytes: Buffer;
  #length = copyHeader.length;
  #count = 0;

  constructor(columns: number, expectedBytes = 64 * 1024) {
    this.#columns = columns;
    this.#bytes = Buffer.allocUnsafe(copyHeader.length + Math.max(256, expectedBytes));
    copyHeader.copy(this.#bytes);
  }

  /** How many rows there are. */
  get count(): number {
    return this.#count;
  }

  /** How many bytes `rows` has. */
  get byteLength(): number {
    return this.#length - copyHeader.length;
  }

  /** The rows alone, as they stand one after another. The bytes are not copied. */
  rows(): Buffer {
    return this.#bytes.subarray(copyHeader.length, this.#length);
  }

  /** Takes rows that are in this form already. */
  append(rows: Uint8Array, count: number): this {
    const at = this.#take(rows.byteLength);
    this.#bytes.set(rows, at);
    this.#count += count;
    return this;
  }

  /** Everything, with what ends it; no row may follow. The bytes are not copied. */
  end(): Buffer {
    const at = this.#take(trailer.length);
    trailer.copy(this.#bytes, at);
    return this.#bytes.subarray(0, this.#length);
  }

  row(): this {
    this.#count++;
    const at = this.#take(2);
    this.#bytes.writeInt16BE(this.#columns, at);
    return this;
  }

  null(): this {
    const at = this.#take(4);
    this.#bytes.writeInt32BE(-1, at);
    return this;
  }

  /** With hyphens or without. */
  uuid(value: string | null): this {
    if (value === null) return this.null();
    const at = this.#field(16);
    writeUuid(value, this.#bytes, at);
    return this;
  }

  int4(value: number | null): this {
    if (value === null) return this.null();
    const at = this.#field(4);
    this.#bytes.writeInt32BE(value, at);
    return this;
  }

  int8(value: bigint | null): this {
    if (value === null) return this.null();
    const at = this.#field(8);
    this.#bytes.writeBigInt64BE(value, at);
    return this;
  }

  float8(value: number | null): this {
    if (value === null) return this.null();
    const at = this.#field(8);
    this.#bytes.writeDoubleBE(value, at);
    return this;
  }

  bool(value: boolean | null): this {
    if (value === null) return this.null();
    const at = this.#field(1);
    this.#bytes[at] = value ? 1 : 0;
    return this;
  }

  /** Also for the values of an enum. */
  text(value: string | null): this {
    if (value === null) return this.null();
    const length = Buffer.byteLength(value);
    const at = this.#field(length);
    this.#bytes.write(value, at, "utf8");
    return this;
  }

  timestamptz(value: Date | null): this {
    return this.int8(value && postgresTime(value));
  }

  /** For bytea, and for whatever is given in PostgreSQL's own bytes, such as those of a uuid. */
  bytes(value: Uint8Array | null): this {
    if (value === null) return this.null();
    const at = this.#field(value.byteLength);
    this.#bytes.set(value, at);
    return this;
  }

  #field(length: number): number {
    const at = this.#take(4 + length);
    this.#bytes.writeInt32BE(length, at);
    return at + 4;
  }

  /** @returns where so many bytes are free now; `#bytes` may be another buffer after */
  #take(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    return at;
  }
}
