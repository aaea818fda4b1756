import type { Database } from "../database/database.js";
import { yieldTurn } from "../runtime/yieldTurn.js";
import type { RowsRead } from "./loaders/rowsRead.js";

/** Adds a parameter to a statement: takes its value and returns its placeholder. */
export type Parameter = (value: unknown) => string;

export interface SqlReader extends Pick<Database, "read" | "longReads" | "dialect"> {
  /** Once it has aborted, no further statement begins. */
  signal?: AbortSignal;
  /** Counts the rows that each statement reads. */
  rowsRead?: RowsRead;
}

/**
 * Collects a statement's parameters while its text is composed. `query` reads a page, on the server's thread;
 * `queryLong` reads any number of rows, on another thread.
 */
export function statement({ read, longReads, dialect, signal, rowsRead }: SqlReader) {
  const values: unknown[] = [];
  const parameter: Parameter = (value) => {
    values.push(value);
    return dialect.placeholder(values.length);
  };
  const counted = <Rows extends readonly unknown[]>(rows: Rows): Rows => {
    rowsRead?.add(rows.length);
    return rows;
  };
  const query = async (sql: string) => {
    await yieldTurn();
    signal?.throwIfAborted();
    return counted(await read(sql, values));
  };
  const queryLong = async (sql: string) => counted(await longReads.query(sql, values, signal));
  return { parameter, query, queryLong };
}
