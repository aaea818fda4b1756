import { gzipSync } from "node:zlib";
import { type FileMetaData, parquetMetadata, type SchemaElement } from "hyparquet";
import { ByteWriter, parquetWriteBuffer } from "hyparquet-writer";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";

/** A row of a table that tests write: its text, its vector, and other columns. */
export interface WrittenRow {
  id: string;
  text: string;
  vector: number[] | null;
  count: number;
}

/** Every way to write a table whose column "vector" holds the vectors. */
export const tableWriters: Record<string, { name: string; write(rows: WrittenRow[]): Buffer }> = {
  "Parquet, lists of float": { name: "floats.parquet", write: (rows) => parquet(rows, "FLOAT") },
  "Parquet, lists of double": { name: "doubles.parquet", write: (rows) => parquet(rows, "DOUBLE") },
  "Parquet, lists of two levels": {
    name: "two.parquet",
    write: (rows) => twoLevels(parquet(rows, "FLOAT", "REQUIRED")),
  },
  "CSV, JSON lists": { name: "table.csv", write: (rows) => csv(rows, ",", jsonList) },
  "CSV, base64": { name: "table.csv", write: (rows) => csv(rows, ",", base64) },
  "TSV, JSON lists, gzip": { name: "table.tsv.gz", write: (rows) => gzipSync(csv(rows, "\t", jsonList)) },
  "JSON lines, lists": { name: "table.jsonl", write: (rows) => jsonLines(rows, (vector) => vector) },
  "JSON lines, base64, gzip": { name: "table.ndjson", write: (rows) => gzipSync(jsonLines(rows, base64)) },
};

function parquet(
  rows: WrittenRow[],
  type: "FLOAT" | "DOUBLE",
  repetition: "OPTIONAL" | "REQUIRED" = "OPTIONAL",
): Buffer {
  const schema: SchemaElement[] = [
    { name: "root", num_children: 4 },
    { name: "id", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
    { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
    { name: "vector", converted_type: "LIST", repetition_type: "OPTIONAL", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type, repetition_type: repetition },
    { name: "count", type: "INT64", repetition_type: "OPTIONAL" },
  ];
  const columnData = [
    { name: "id", data: rows.map(({ id }) => id) },
    { name: "text", data: rows.map(({ text }) => text) },
    { name: "vector", data: rows.map(({ vector }) => vector) },
    { name: "count", data: rows.map(({ count }) => BigInt(count)) },
  ];
  // Small pages and row groups, so that rows lie on both sides of their borders.
  return Buffer.from(parquetWriteBuffer({ columnData, schema, rowGroupSize: 7, pageSize: 64 }));
}

/** Rewrites the schema of a file so that its list has the levels of old writers; its pages stay as they are. */
function twoLevels(file: Buffer): Buffer {
  return withMetadata(file, (metadata) => {
    metadata.schema = metadata.schema
      .filter(({ name }) => name !== "list")
      .map((element) =>
        element.name === "element" ? { ...element, name: "array", repetition_type: "REPEATED" } : element,
      );
    for (const { columns } of metadata.row_groups) {
      for (const { meta_data } of columns) {
        if (meta_data?.path_in_schema[0] === "vector") meta_data.path_in_schema = ["vector", "array"];
      }
    }
  });
}

/** Changes what a Parquet file says of itself; its pages stay as they are. */
export function withMetadata(file: Buffer, change: (metadata: FileMetaData) => void): Buffer {
  const metadata = parquetMetadata(new Uint8Array(file).buffer);
  const end = file.length - metadata.metadata_length - 8;
  change(metadata);
  const writer = new ByteWriter();
  writeMetadata(writer, metadata);
  return Buffer.concat([file.subarray(0, end), Buffer.from(writer.getBuffer()), Buffer.from("PAR1")]);
}

function csv(rows: WrittenRow[], delimiter: string, vectorText: (vector: number[]) => string): Buffer {
  const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;
  const lines = rows.map(({ id, text, vector, count }) =>
    [id, text, vector ? vectorText(vector) : "", String(count)].map(quoted).join(delimiter),
  );
  return Buffer.from([["id", "text", "vector", "count"].join(delimiter), ...lines, ""].join("\r\n"));
}

function jsonLines(rows: WrittenRow[], vectorValue: (vector: number[]) => unknown): Buffer {
  const lines = rows.map((row) => JSON.stringify({ ...row, vector: row.vector && vectorValue(row.vector) }));
  return Buffer.from(lines.join("\n"));
}

const jsonList = (vector: number[]) => JSON.stringify(vector);
const base64 = (vector: number[]) => Buffer.from(Float32Array.from(vector).buffer).toString("base64");

/** A file of NumPy. @param version the major version of its format */
export function npy(
  numbers: Uint8Array,
  descr: string,
  shape: number[],
  { version = 1, fortranOrder = false } = {},
): Buffer {
  const order = fortranOrder ? "True" : "False";
  const dictionary = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;
  const lengthBytes = version === 1 ? 2 : 4;
  const header = `${dictionary.padEnd(127 - 8 - lengthBytes)}\n`;
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntLE(header.length, 0, lengthBytes);
  return Buffer.concat([
    Buffer.from([0x93]),
    Buffer.from("NUMPY"),
    Buffer.from([version, 0]),
    length,
    Buffer.from(header),
    numbers,
  ]);
}
