import { type Data, type RecordBatch, RecordBatchReader, type Vector } from "apache-arrow";
import { notClustered, type PointBatch, type TextBatch } from "./pointTable.js";

/**
 * Reads the points of a map from a stream of Arrow's IPC format as they arrive. Columns that the stream lacks, because
 * clusters or origins were not requested, say nothing: no cluster, one empty text, step 0.
 * A stream that is cut off between two batches seems to end there: compare the number of points.
 * @throws Error if the stream is cut off elsewhere, or is none of Arrow's
 */
export async function* readPoints(
  source: Response | AsyncIterable<Uint8Array>,
): AsyncGenerator<PointBatch, void, void> {
  const reader = await RecordBatchReader.from(source as AsyncIterable<Uint8Array>);
  for await (const batch of reader) yield pointsOf(batch);
}

function pointsOf(batch: RecordBatch): PointBatch {
  const length = batch.numRows;
  return {
    length,
    ids: valuesOf<Uint8Array>(required(batch, "embedding_id")),
    x: valuesOf<Float32Array>(required(batch, "x")),
    y: valuesOf<Float32Array>(required(batch, "y")),
    labels: labelsOf(batch.getChild("label"), length),
    isMedoid: bitsOf(batch.getChild("is_medoid"), length),
    network: textsOf(batch.getChild("network"), length),
    prompt: textsOf(batch.getChild("initial_prompt"), length),
    model: textsOf(batch.getChild("model"), length),
    steps: stepsOf(batch.getChild("sequence_number"), length),
  };
}

function required(batch: RecordBatch, name: string): Vector {
  const column = batch.getChild(name);
  if (column === null) throw new Error(`The points have no column ${name}.`);
  return column;
}

/** A column of a record batch is one chunk. */
const chunkOf = (column: Vector): Data => column.data[0];
const valuesOf = <Values>(column: Vector): Values => {
  const { values, offset, length, stride } = chunkOf(column);
  return offset === 0 && values.length === length * stride
    ? (values as Values)
    : (values.subarray(0, length * stride) as Values); // Arrow pads columns
};

function labelsOf(column: Vector | null, length: number): Int32Array {
  const labels = new Int32Array(length).fill(notClustered);
  if (column === null) return labels;
  const values = valuesOf<ArrayLike<number>>(column);
  const data = chunkOf(column);
  for (let point = 0; point < length; point++) if (data.getValid(point)) labels[point] = values[point];
  return labels;
}

function bitsOf(column: Vector | null, length: number): Uint8Array {
  const bits = new Uint8Array(length);
  if (column === null) return bits;
  const { values } = chunkOf(column);
  for (let point = 0; point < length; point++) bits[point] = (values[point >> 3] >> (point & 7)) & 1;
  return bits;
}

function textsOf(column: Vector | null, length: number): TextBatch {
  if (column === null) return { codes: new Uint8Array(length), dictionary: [""] };
  const dictionary = chunkOf(column).dictionary;
  if (!dictionary) throw new Error("The texts of the points have no dictionary.");
  return { codes: valuesOf<ArrayLike<number>>(column), dictionary: dictionary.toArray() as string[] };
}

const stepsOf = (column: Vector | null, length: number) =>
  column === null ? new Int32Array(length) : valuesOf<Int32Array>(column);
