import { postgresTime } from "./postgresTime.js";
import { writeUuid } from "./uuidBytes.js";

/** The start of a binary COPY, before the rows. */
export const copyHeader = Buffer.concat([Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), Buffer.alloc(8)]);
const trailer = Buffer.from([0xff, 0xff]);

/**
 * Rows in the format of COPY … FROM STDIN (FORMAT binary). Each begins with a call of `row`, followed by one
 * call per column, in the order of the columns. The type of each column must be the one that its call names,
 * because PostgreSQL does not convert values of a binary COPY.
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

  /** Number of rows. */
  get count(): number {
    return this.#count;
  }

  /** Length of `rows` in bytes. */
  get byteLength(): number {
    return this.#length - copyHeader.length;
  }

  /** The rows without header and trailer, one after another. The bytes are not copied. */
  rows(): Buffer {
    return this.#bytes.subarray(copyHeader.length, this.#length);
  }

  /** Appends rows that are already in this format. */
  append(rows: Uint8Array, count: number): this {
    const at = this.#take(rows.byteLength);
    this.#bytes.set(rows, at);
    this.#count += count;
    return this;
  }

  /** The complete COPY with its trailer; no row may be added afterwards. The bytes are not copied. */
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

  /** Writes a UUID, given with or without hyphens. */
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

  /** Writes a text or a value of an enum. */
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

  /**
   * Writes a bytea, or a value of another type that is given in PostgreSQL's binary representation, such as a
   * uuid.
   */
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

  /** @returns the offset of `length` free bytes; `#bytes` may be replaced by another buffer */
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
