import type { RowBatch } from "../copyFormat/rowBatch.js";
import type { StoredTable, TableView } from "./storedTables.js";

/** A consistent snapshot of a database, read table by table. */
export interface CopySource {
  count(table: StoredTable, view: TableView): Promise<number>;
  read(table: StoredTable, view: TableView): AsyncIterable<RowBatch>;
}

/** A database in a transaction that keeps others from writing. Reads see what the transaction has written. */
export interface CopyTarget extends CopySource {
  write(table: StoredTable, batch: RowBatch): Promise<void>;
}
