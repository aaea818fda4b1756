/** The label of a point that its clustering counts as an outlier. */
export const outlier = -1;
/** The label of a point that its clustering did not cluster, and of all points if there is no clustering. */
export const notClustered = -2;

/** Some points as they arrive: columns of equal length. */
export interface PointBatch {
  readonly length: number;
  /** The ids of the embeddings, 16 bytes each. */
  readonly ids: Uint8Array;
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** `outlier`, `notClustered`, or the number of the cluster. */
  readonly labels: Int32Array;
  readonly isMedoid: Uint8Array;
  readonly network: TextBatch;
  readonly prompt: TextBatch;
  readonly model: TextBatch;
  readonly steps: Int32Array;
}

/** A column of texts: for each point the number of its text in the dictionary. */
export interface TextBatch {
  readonly codes: ArrayLike<number>;
  readonly dictionary: readonly string[];
}

/** A column of texts of which few are distinct. */
export class TextColumn {
  /** For each row the number of its text in `values`. */
  readonly codes: Uint32Array;
  /** The distinct texts, in the order of their arrival. */
  readonly values: string[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(capacity: number) {
    this.codes = new Uint32Array(capacity);
  }

  /** The numbers that the texts of a dictionary have here. */
  numbersOf(dictionary: readonly string[]): Uint32Array {
    return Uint32Array.from(dictionary, (text) => {
      const known = this.#numbers.get(text);
      if (known !== undefined) return known;
      this.#numbers.set(text, this.values.length);
      return this.values.push(text) - 1;
    });
  }
}

const bytesOfId = 16;

/**
 * The points of a map as columns, in the order in which they are drawn: outliers and points without a cluster are first,
 * so that they lie beneath the others. While points arrive, the two kinds grow towards each other, the first from row 0
 * upwards, the second from the last row downwards: a row, once it is there, keeps its number.
 */
export class PointTable {
  /** The number of points once all have arrived. */
  readonly capacity: number;
  readonly ids: Uint8Array;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly labels: Int32Array;
  readonly steps: Int32Array;
  readonly network: TextColumn;
  readonly prompt: TextColumn;
  readonly model: TextColumn;
  /** The rows of the medoids, by the labels of their clusters. */
  readonly medoids = new Map<number, number>();
  /** The least rectangle that has all points; infinitely small, from Infinity to −Infinity, as long as there are none. */
  readonly extent = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  #below = 0;
  #above: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#above = capacity;
    this.ids = new Uint8Array(bytesOfId * capacity);
    this.x = new Float32Array(capacity);
    this.y = new Float32Array(capacity);
    this.labels = new Int32Array(capacity);
    this.steps = new Int32Array(capacity);
    this.network = new TextColumn(capacity);
    this.prompt = new TextColumn(capacity);
    this.model = new TextColumn(capacity);
  }

  /** The rows before this one are outliers, or have no cluster. */
  get below(): number {
    return this.#below;
  }

  /** The rows from this one on belong to clusters. Those between `below` and it have not arrived. */
  get above(): number {
    return this.#above;
  }

  /** The number of points that have arrived. */
  get count(): number {
    return this.#below + this.capacity - this.#above;
  }

  /** @throws RangeError if there are more points than the map has */
  append(batch: PointBatch): void {
    const { length, ids, labels } = batch;
    if (this.count + length > this.capacity)
      throw new RangeError(`The map has ${this.capacity} points, but more than these were sent.`);
    const texts = (["network", "prompt", "model"] as const).map((name) => {
      const { codes, dictionary } = batch[name];
      return { to: this[name].codes, codes, numbers: this[name].numbersOf(dictionary) };
    });
    for (let point = 0; point < length; point++) {
      const label = labels[point];
      const row = label < 0 ? this.#below++ : --this.#above;
      const [x, y] = [batch.x[point], batch.y[point]];
      this.x[row] = x;
      this.y[row] = y;
      this.labels[row] = label;
      this.steps[row] = batch.steps[point];
      for (const { to, codes, numbers } of texts) to[row] = numbers[codes[point]];
      for (let byte = 0; byte < bytesOfId; byte++)
        this.ids[bytesOfId * row + byte] = ids[bytesOfId * point + byte];
      if (batch.isMedoid[point]) this.medoids.set(label, row);
      if (x < this.extent.left) this.extent.left = x;
      if (x > this.extent.right) this.extent.right = x;
      if (y < this.extent.bottom) this.extent.bottom = y;
      if (y > this.extent.top) this.extent.top = y;
    }
  }

  /** Calls back with the number of each row that has arrived. */
  forEachRow(visit: (row: number) => void): void {
    for (let row = 0; row < this.#below; row++) visit(row);
    for (let row = this.#above; row < this.capacity; row++) visit(row);
  }

  /** The global id of the embedding of a row. */
  embeddingId(row: number): string {
    let hex = "";
    for (let byte = bytesOfId * row; byte < bytesOfId * (row + 1); byte++)
      hex += this.ids[byte].toString(16).padStart(2, "0");
    return `Embedding:${hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")}`;
  }

  /**
   * The rows of embeddings, in their order.
   * @param embeddingIds global ids
   * @returns null for an embedding that is not on the map, or has not arrived
   */
  rowsOf(embeddingIds: readonly string[]): (number | null)[] {
    const wanted = new Map<string, number>();
    const starts = new Set<number>();
    for (const id of embeddingIds) {
      wanted.set(id, -1);
      starts.add(Number.parseInt(id.slice("Embedding:".length, "Embedding:".length + 8), 16));
    }
    const view = new DataView(this.ids.buffer);
    this.forEachRow((row) => {
      if (!starts.has(view.getUint32(bytesOfId * row))) return;
      const id = this.embeddingId(row);
      if (wanted.has(id)) wanted.set(id, row);
    });
    return embeddingIds.map((id) => {
      const row = wanted.get(id) ?? -1;
      return row < 0 ? null : row;
    });
  }
}
