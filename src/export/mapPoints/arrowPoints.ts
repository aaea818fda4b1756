import {
  Bool,
  type Data,
  type DataType,
  Dictionary,
  Field,
  FixedSizeBinary,
  Float32,
  Int16,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { writeUuid } from "../../database/copyFormat/uuidBytes.js";
import type { PointCluster, PointOrigin, PointRow } from "./mapPointsTable.js";

/** The end of a stream: a message of length 0. */
const endOfStream = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
/** The name under which the schema has the metadata of the map. */
const metadataKey = "medoid";
const uuidBytes = 16;

const uuidType = new Map([
  ["ARROW:extension:name", "arrow.uuid"],
  ["ARROW:extension:metadata", ""],
]);
const pointFields = [
  new Field("embedding_id", new FixedSizeBinary(uuidBytes), false, uuidType),
  new Field("x", new Float32(), false),
  new Field("y", new Float32(), false),
];
/** Most clusters whose labels 16 bits hold. */
const mostShortLabels = 2 ** 15;

/** @param clusterCount of the clustering whose clusters the points have */
const clusterFields = (clusterCount: number) => [
  new Field("label", clusterCount <= mostShortLabels ? new Int16() : new Int32(), true),
  new Field("probability", new Float32(), true),
  new Field("is_medoid", new Bool(), false),
];

/** Texts are stored once per part: a part never has as many rows as there are numbers of 16 bits. */
const textFields = ["network", "initial_prompt", "model"].map(
  (name, dictionary) => new Field(name, new Dictionary(new Utf8(), new Int16(), dictionary), false),
);
const originFields = [...textFields, new Field("sequence_number", new Int32(), false)];

/** The columns that points have besides their embedding and their place. */
interface PointColumns {
  /** The number of clusters of the clustering that the points show; null if they show none. */
  clusterCount: number | null;
  /** Whether they have what their embeddings come from. */
  origin: boolean;
}

/**
 * Encodes points as a part of a stream in Arrow's IPC format; the parts of all points in their order are the stream.
 * Each part has dictionaries of its own, which replace those of the part before it: neither who writes the stream nor who
 * reads it has to hold the texts of all points.
 *
 * @param metadata JSON about the map as a whole
 * @param part whether it begins the stream, with the schema, and whether it ends it
 */
export function arrowPoints(
  rows: PointRow[],
  { clusterCount, origin }: PointColumns,
  metadata: string,
  part: { isFirst: boolean; isLast: boolean },
): Uint8Array {
  const fields = [
    ...pointFields,
    ...(clusterCount === null ? [] : clusterFields(clusterCount)),
    ...(origin ? originFields : []),
  ];
  const schema = new Schema(fields, new Map([[metadataKey, metadata]]));
  const schemaMessage = streamOf(schema, []).subarray(0, -endOfStream.length);
  const stream = rows.length === 0 ? streamOf(schema, []) : streamOf(schema, [batchOf(schema, rows)]);
  return stream.subarray(
    part.isFirst ? 0 : schemaMessage.length,
    part.isLast ? stream.length : stream.length - endOfStream.length,
  );
}

function streamOf(schema: Schema, batches: RecordBatch[]): Uint8Array {
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return writer.toUint8Array(true);
}

function batchOf(schema: Schema, rows: PointRow[]): RecordBatch {
  const { length } = rows;
  const ids = new Uint8Array(uuidBytes * length);
  const [x, y] = [new Float32Array(length), new Float32Array(length)];
  for (let row = 0; row < length; row++) {
    writeUuid(rows[row][0], ids, uuidBytes * row);
    x[row] = rows[row][1];
    y[row] = rows[row][2];
  }
  const columns: Data<DataType>[] = [
    makeData({ type: new FixedSizeBinary(uuidBytes), length, nullCount: 0, data: ids }),
    makeData({ type: new Float32(), length, nullCount: 0, data: x }),
    makeData({ type: new Float32(), length, nullCount: 0, data: y }),
  ];
  const label = schema.fields.find(({ name }) => name === "label");
  if (label !== undefined) columns.push(...clusterColumns(rows, label.type));
  if (schema.fields.some(({ name }) => name === "network")) columns.push(...originColumns(rows));
  const children = { type: new Struct(schema.fields), length, nullCount: 0, children: columns };
  return new RecordBatch(schema, makeData(children));
}

function clusterColumns(rows: PointRow[], labelType: Int16 | Int32): Data<DataType>[] {
  const { length } = rows;
  const labels = new labelType.ArrayType(length);
  const probabilities = new Float32Array(length);
  const medoids = new Uint8Array(Math.ceil(length / 8));
  const nullBitmap = new Uint8Array(Math.ceil(length / 8));
  let nullCount = 0;
  for (let row = 0; row < length; row++) {
    const [label, probability, isMedoid] = rows[row].slice(3) as PointCluster;
    const bit = 1 << (row & 7);
    if (label === null) nullCount++;
    else nullBitmap[row >> 3] |= bit;
    labels[row] = label ?? 0;
    probabilities[row] = probability ?? 0;
    if (isMedoid) medoids[row >> 3] |= bit;
  }
  return [
    makeData({ type: labelType, length, nullCount, nullBitmap, data: labels }),
    makeData({ type: new Float32(), length, nullCount, nullBitmap, data: probabilities }),
    makeData({ type: new Bool(), length, nullCount: 0, data: medoids }),
  ];
}

function originColumns(rows: PointRow[]): Data<DataType>[] {
  const { length } = rows;
  const origins = rows.map((row) => row.slice(-originFields.length) as PointOrigin);
  const texts = textFields.map(({ type }, column) =>
    dictionaryEncoded(
      type,
      origins.map((origin) => origin[column] as string),
    ),
  );
  const steps = Int32Array.from(origins, ([, , , sequenceNumber]) => sequenceNumber);
  return [...texts, makeData({ type: new Int32(), length, nullCount: 0, data: steps })];
}

function dictionaryEncoded(type: Dictionary<Utf8, Int16>, texts: string[]): Data<DataType> {
  const numbers = new Map<string, number>();
  const data = Int16Array.from(texts, (text) => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  });
  const dictionary = vectorFromArray([...numbers.keys()], type.dictionary);
  return makeData({ type, length: texts.length, nullCount: 0, data, dictionary });
}
