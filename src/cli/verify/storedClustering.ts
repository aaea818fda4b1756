import { pipeline } from "node:stream/promises";
import { readUuid, writeUuid } from "../../database/copyFormat/uuidBytes.js";
import { RequestError } from "../../resolvers/requestError.js";
import { number } from "../output/clusteringResult.js";
import { CommandError } from "../process.js";

/** The embeddings of a clustering in canonical order, and what it has stored for each. */
export interface StoredClustering {
  count: number;
  dimensions: number;
  /** 16 bytes for each embedding. */
  ids: Uint8Array;
  /** Row-major, in shared memory. */
  vectors: Float32Array;
  /** Of the embeddings' invocations: 16 bytes for each run, and the place in it. */
  runIds: Uint8Array;
  sequenceNumbers: Int32Array;
  /** −1 for outliers. */
  labels: Int32Array;
  probabilities: Float64Array;
  outlierScores: Float64Array;
  /** 1 for embeddings that satisfy the conditions of the filter that are about an embedding by itself. */
  satisfying: Uint8Array;
}

/** The columns that are read of the table of assignments. */
export interface AssignmentRow {
  embedding_id: string;
  run_id: string;
  /** A JSON array. */
  network: string;
  initial_prompt: string;
  model: string;
  sequence_number: string;
  label: string;
  probability: string;
  outlier_score: string;
  vector: string;
}

interface ReadOptions {
  /** The numbers that the result has stored. */
  count: number;
  dimensions: number;
  /** Whether an embedding satisfies the filter. */
  satisfies: (row: AssignmentRow) => boolean;
  /** 0 to 1. */
  onProgress: (progress: number) => void;
}

/**
 * Reads the table of assignments as CSV with vectors. Only the rows of the result are in it: embeddings that were
 * recorded later, and would match the filter too, are not.
 * @throws CommandError if rows are missing or a vector is damaged
 */
export async function readStoredClustering(
  csv: AsyncIterable<Uint8Array>,
  { count, dimensions, satisfies, onProgress }: ReadOptions,
): Promise<StoredClustering> {
  const stored = emptyClustering(count, dimensions);
  let row = 0;
  for await (const each of parsedRows(csv)) {
    if (row < count) {
      store(each, row, stored);
      stored.satisfying[row] = satisfies(each) ? 1 : 0;
    }
    row++;
    onProgress(row / count);
  }
  if (row !== count) {
    throw new CommandError(
      `The result has stored ${number(count)} as the number of its embeddings, but has assignments of ${number(row)}.`,
    );
  }
  sortCanonically(stored);
  return stored;
}

async function* parsedRows(csv: AsyncIterable<Uint8Array>): AsyncGenerator<AssignmentRow> {
  const { parse } = await import("csv-parse"); // loaded only here, because other commands do not need it
  const parser = parse({ columns: true });
  const feeding = pipeline(csv, parser);
  feeding.catch(() => {}); // the loop throws the same error
  try {
    for await (const row of parser) yield row as AssignmentRow;
    await feeding;
  } catch (error) {
    throw error instanceof RequestError ? new CommandError(error.message) : error;
  }
}

function emptyClustering(count: number, dimensions: number): StoredClustering {
  return {
    count,
    dimensions,
    ids: new Uint8Array(count * 16),
    vectors: new Float32Array(new SharedArrayBuffer(count * dimensions * 4)),
    runIds: new Uint8Array(count * 16),
    sequenceNumbers: new Int32Array(count),
    labels: new Int32Array(count),
    probabilities: new Float64Array(count),
    outlierScores: new Float64Array(count),
    satisfying: new Uint8Array(count),
  };
}

function store(values: AssignmentRow, row: number, stored: StoredClustering): void {
  const { dimensions, vectors } = stored;
  const vector = Buffer.from(values.vector, "base64");
  if (vector.length !== dimensions * 4) {
    throw new CommandError(
      `The vector of the embedding ${values.embedding_id} is damaged: it has ${vector.length} bytes instead of ${dimensions * 4}.`,
    );
  }
  new Uint8Array(vectors.buffer, row * dimensions * 4, dimensions * 4).set(vector);
  writeUuid(values.embedding_id, stored.ids, row * 16);
  writeUuid(values.run_id, stored.runIds, row * 16);
  stored.sequenceNumbers[row] = Number(values.sequence_number);
  stored.labels[row] = Number(values.label);
  stored.probabilities[row] = Number(values.probability);
  stored.outlierScores[row] = Number(values.outlier_score);
}

/** Sorts by run, place in it, and id: the order in which a clustering reads its embeddings. */
function sortCanonically(stored: StoredClustering): void {
  const { count, dimensions, ids, runIds, sequenceNumbers } = stored;
  const uuid = (bytes: Uint8Array, row: number) => bytes.subarray(row * 16, row * 16 + 16);
  const order = new Uint32Array(count).map((_, row) => row);
  order.sort(
    (a, b) =>
      Buffer.compare(uuid(runIds, a), uuid(runIds, b)) ||
      sequenceNumbers[a] - sequenceNumbers[b] ||
      Buffer.compare(uuid(ids, a), uuid(ids, b)),
  );
  for (const [rows, width] of [
    [ids, 16],
    [runIds, 16],
    [sequenceNumbers, 1],
    [stored.labels, 1],
    [stored.probabilities, 1],
    [stored.outlierScores, 1],
    [stored.satisfying, 1],
    [stored.vectors, dimensions],
  ] as const) {
    reorder(rows, width, order);
  }
}

/** Moves row `order[i]` to place i, within the array: the vectors may fill half of the memory. */
function reorder(
  rows: Uint8Array | Int32Array | Float32Array | Float64Array,
  width: number,
  order: Uint32Array,
): void {
  const isMoved = new Uint8Array(order.length);
  const first = rows.slice(0, width);
  for (let start = 0; start < order.length; start++) {
    if (isMoved[start]) continue;
    first.set(rows.subarray(start * width, (start + 1) * width));
    let to = start;
    while (order[to] !== start) {
      rows.copyWithin(to * width, order[to] * width, (order[to] + 1) * width);
      isMoved[to] = 1;
      to = order[to];
    }
    rows.set(first, to * width);
    isMoved[to] = 1;
  }
}

/** Names an embedding by its id and its place. */
export function embeddingName({ ids, runIds, sequenceNumbers }: StoredClustering, row: number): string {
  return `Embedding:${readUuid(ids, row * 16)} (Run:${readUuid(runIds, row * 16)}, sequence number ${sequenceNumbers[row]})`;
}
