import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import type { StoredType } from "../../database/copy/storedTables.js";
import type { StoredValue } from "../../database/rowSelection.js";
import { float32s } from "./float32s.js";
import type { FileColumn, RowFormat } from "./rowFormat.js";

/** Length of the bytes that begin a file, which the writer also writes where a file is continued. */
const magicBytes = 4;
/** The name under which the footer has the metadata of the result. */
const metadataKey = "medoid";

type Element = Omit<SchemaElement, "name" | "repetition_type">;

const text: Element = { type: "BYTE_ARRAY", converted_type: "UTF8" };
const elements: Record<StoredType, Element> = {
  uuid: text, // Parquet has a type for UUIDs, which pandas reads as bytes
  text,
  int4: { type: "INT32" },
  int8: { type: "INT64" },
  float8: { type: "DOUBLE" },
  bool: { type: "BOOLEAN" },
  timestamptz: {
    type: "INT64",
    converted_type: "TIMESTAMP_MILLIS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
  },
  bytea: { type: "BYTE_ARRAY" },
};

function schemaOf(columns: FileColumn[]): SchemaElement[] {
  return [
    { name: "schema", num_children: columns.length },
    ...columns.flatMap(({ name, type, holds, isNullable }): SchemaElement[] => {
      const repetition_type = isNullable ? "OPTIONAL" : "REQUIRED";
      if (holds === "text list") return list(name, repetition_type, text);
      if (holds === "vector") return list(name, repetition_type, { type: "FLOAT" });
      return [{ name, repetition_type, ...elements[type] }];
    }),
  ];
}

/** A list in the three levels that the format prescribes. */
function list(name: string, repetition_type: "OPTIONAL" | "REQUIRED", element: Element): SchemaElement[] {
  return [
    { name, repetition_type, converted_type: "LIST", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", repetition_type: "REQUIRED", ...element },
  ];
}

function columnData(columns: FileColumn[], rows: StoredValue[][]): ColumnSource[] {
  return columns.map(({ name, holds }, column) => {
    const values = rows.map((row) => row[column]);
    const source = { name, offsetIndex: false };
    if (holds === "text list") return { ...source, data: parsed(values as string[]) };
    if (holds === "vector") {
      const data = (values as Buffer[]).map(float32s);
      // Neither a dictionary, nor statistics, nor Snappy makes anything of the components of vectors.
      return { ...source, data, encoding: "PLAIN", statistics: false, codec: "UNCOMPRESSED" };
    }
    return { ...source, data: values };
  });
}

/** Parses JSON texts, most of which are equal. */
function parsed(texts: string[]): unknown[] {
  const known = new Map<string, unknown>();
  return texts.map((each) => {
    if (!known.has(each)) known.set(each, JSON.parse(each));
    return known.get(each);
  });
}

/** Apache Parquet, compressed by Snappy. The rows of each call of `encode` are one row group. */
export const parquet: RowFormat = {
  encode(columns, rows, offset) {
    const target = new ByteWriter();
    target.offset = offset - magicBytes;
    const writer = new ParquetWriter({ writer: target, schema: schemaOf(columns) });
    target.index = 0; // drops the magic bytes
    writer.write({ columnData: columnData(columns, rows), rowGroupSize: rows.length });
    return { bytes: target.getBytes().slice(), rowGroup: writer.row_groups[0] };
  },
  frame(columns, metadata) {
    const target = new ByteWriter();
    const writer = new ParquetWriter({
      writer: target,
      schema: schemaOf(columns),
      kvMetadata: [{ key: metadataKey, value: metadata }],
      createdBy: "medoid",
    });
    const start = target.getBytes().slice();
    return {
      start,
      add({ bytes, rowGroup }) {
        if (!rowGroup) return;
        writer.row_groups.push(rowGroup);
        writer.num_rows += rowGroup.num_rows;
        target.offset += bytes.length;
      },
      end() {
        target.index = 0;
        writer.finish();
        return target.getBytes().slice();
      },
    };
  },
};
