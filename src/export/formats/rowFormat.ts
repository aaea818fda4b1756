import type { ParquetWriter } from "hyparquet-writer";
import type { StoredValue } from "../../database/rowSelection.js";
import type { Column } from "../tables.js";

/** A column of a file. */
export type FileColumn = Omit<Column, "sql">;

/** Rows as they are in the file. */
export interface EncodedRows {
  bytes: Uint8Array;
  /** For Parquet: where the file's footer says the rows are. */
  rowGroup?: ParquetWriter["row_groups"][number];
}

/** What a file has besides its rows. */
interface FileFrame {
  start: Uint8Array;
  /** Call it with all rows in their order. */
  add(rows: EncodedRows): void;
  end(): Uint8Array;
}

export interface RowFormat {
  /** @param offset of the rows in the file */
  encode(columns: FileColumn[], rows: StoredValue[][], offset: number): EncodedRows;
  /** @param metadata JSON about the result as a whole, for a format that has a place for it */
  frame(columns: FileColumn[], metadata: string): FileFrame;
}
