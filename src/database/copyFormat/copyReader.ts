/**
 * Length of the start of a binary COPY: a signature of 11 bytes, flags, and the length of the header's
 * extension.
 */
const headerLength = 19;
const signature = Buffer.from("PGCOPY\n\xff\r\n\0", "latin1");

/** One row of a binary COPY. It is valid only during the call that receives it. */
export interface CopiedRow {
  /** The buffer that holds the row's fields. */
  bytes: Buffer;
  /** A view of the same buffer. */
  view: DataView;
  /** Offset of each field in the buffer. */
  offsets: Int32Array;
  /** Length of each field in bytes; −1 for NULL. */
  lengths: Int32Array;
}

/**
 * Parses the stream that COPY … TO STDOUT (FORMAT binary) sends, in pieces that may be cut anywhere. Between
 * two pieces it holds at most one incomplete row.
 * @param columns number of columns of each row
 */
export class CopyReader {
  readonly #row: CopiedRow;
  readonly #onRow: (row: CopiedRow) => void;
  /** Views of the buffers that pieces arrive in; the same buffer is used again and again. */
  readonly #views = new WeakMap<Buffer, DataView>();
  #rest: Buffer | undefined;
  /**
   * A lower bound for the length of the incomplete row in bytes: before that many have arrived, it is not
   * parsed again.
   */
  #needed = headerLength;
  #started = false;
  #ended = false;

  constructor(columns: number, onRow: (row: CopiedRow) => void) {
    this.#row = {
      bytes: Buffer.alloc(0),
      view: new DataView(new ArrayBuffer(0)),
      offsets: new Int32Array(columns),
      lengths: new Int32Array(columns),
    };
    this.#onRow = onRow;
  }

  /** Reads the bytes from `start` to `end`. Rows that end in this piece are parsed in place. */
  read(piece: Buffer, start = 0, end = piece.length): void {
    const { bytes, first, last } = this.#withRest(piece, start, end);
    let at = first;
    if (last - first >= this.#needed) {
      if (!this.#started) at = this.#readHeader(bytes, first, last);
      if (this.#started) at = this.#readRows(bytes, at, last);
    }
    // A copy, so that the piece, which is much larger, can be released.
    this.#rest = at < last ? Buffer.from(bytes.subarray(at, last)) : undefined;
  }

  #withRest(piece: Buffer, start: number, end: number): { bytes: Buffer; first: number; last: number } {
    if (!this.#rest) return { bytes: piece, first: start, last: end };
    const bytes = Buffer.concat([this.#rest, piece.subarray(start, end)]);
    return { bytes, first: 0, last: bytes.length };
  }

  /** @throws Error if the stream ended too early */
  end(): void {
    if (!this.#ended) throw new Error("The COPY ended within a row");
  }

  #readHeader(bytes: Buffer, first: number, last: number): number {
    if (!bytes.subarray(first, first + signature.length).equals(signature)) {
      throw new Error("The stream is not a binary COPY");
    }
    const length = headerLength + bytes.readInt32BE(first + headerLength - 4);
    this.#needed = length + 2;
    if (last - first < this.#needed) return first;
    this.#started = true;
    this.#needed = 2;
    return first + length;
  }

  #viewOf(bytes: Buffer): DataView {
    let view = this.#views.get(bytes);
    if (!view) {
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      this.#views.set(bytes, view);
    }
    return view;
  }

  /** @returns the start of the first incomplete row */
  #readRows(bytes: Buffer, first: number, last: number): number {
    const { offsets, lengths } = this.#row;
    const view = this.#viewOf(bytes);
    this.#row.bytes = bytes;
    this.#row.view = view;
    let start = first;
    for (;;) {
      let at = start + 2;
      if (at > last) break;
      const fields = view.getInt16(start);
      if (fields === -1) {
        this.#ended = true;
        return last;
      }
      if (fields !== offsets.length) throw new Error(`The COPY has ${fields} columns, not ${offsets.length}`);
      for (let field = 0; field < fields && at <= last; field++) {
        if (at + 4 > last) {
          at += 4;
          break;
        }
        const length = view.getInt32(at);
        offsets[field] = at + 4;
        lengths[field] = length;
        at += 4 + Math.max(0, length);
      }
      this.#needed = at - start;
      if (at > last) return start;
      this.#onRow(this.#row);
      start = at;
    }
    this.#needed = 2;
    return start;
  }
}
