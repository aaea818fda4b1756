import type { RowBatch } from "../copyFormat/rowBatch.js";
import type { StoredTable, TableView } from "./storedTables.js";

/** One state of a database, read table by table. */
export interface CopySource {
  count(table: StoredTable, view: TableView): Promise<number>;
  read(table: StoredTable, view: TableView): AsyncIterable<RowBatch>;
}

/** A database within a transaction that keeps others from writing. It is read as it will be. */
export interface CopyTarget extends CopySource {
  write(table: StoredTable, batch: RowBatch): Promise<void>;
}
