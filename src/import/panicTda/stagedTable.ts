import { existsSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { beyondFloat32 } from "../../database/recording/runRecord.js";
import type { Connection } from "../../database/sqlite/connection.js";
import { RunFileError } from "../runSource.js";
import { openParquet } from "../table/parquetRows.js";
import type { TableRow } from "../table/tableReader.js";
import { vectorOf } from "../table/vectorValue.js";
import { ofElixir, type PanicTdaTable, requiredColumns } from "./layout.js";

/** The columns that the importer reads, by table; in the order in which the tables are filled. */
const stagedColumns: Record<PanicTdaTable, string[]> = {
  run: ["id", "experiment_id", "network", "run_number", "max_length", "initial_prompt", "seed"],
  invocation: [
    ...["id", "run_id", "input_invocation_id", "sequence_number", "type", "model", "output_text", "seed"],
    ...["started_at", "completed_at"],
  ],
  embedding: ["id", "invocation_id", "embedding_model", "vector"],
};
export const stagedTables = Object.keys(stagedColumns) as PanicTdaTable[];

const rowsPerTransaction = 2000;

type Cells = TableRow["cells"];

interface Filling {
  /** Whether a row is not copied. */
  isLeftOut: (row: Cells) => boolean;
  /** Receives the share of the rows that have been read. */
  report: (share: number) => void;
}

/**
 * Creates a temporary table with the columns that a database of panic-tda has, and copies a Parquet file into
 * it, if there is one.
 *
 * @returns the columns that were copied
 * @throws RunFileError
 */
export async function fillStagedTable(
  connection: Connection,
  table: PanicTdaTable,
  path: string,
  { isLeftOut, report }: Filling,
): Promise<Set<string>> {
  const wanted = stagedColumns[table];
  const name = `temp.${ofElixir.tables[table]}`;
  connection.exec(`CREATE TABLE ${name} (${wanted.join()})`);
  if (!existsSync(path)) return new Set(wanted);
  const file = await openParquet(path, path, wanted, { withMetadata: false });
  try {
    const columns = wanted.filter((column) => file.columns.includes(column));
    const missing = requiredColumns[table].find((column) => !columns.includes(column));
    if (missing) throw new RunFileError(`${path} has no column "${missing}", which dumps of panic-tda have.`);
    const insert = connection.prepare(
      `INSERT INTO ${name} (${columns.join()}) VALUES (${columns.map(storedExpression).join()})`,
    );
    let count = 0;
    for await (const { cells } of file.rows()) {
      if (count % rowsPerTransaction === 0) {
        if (connection.inTransaction) write(() => connection.exec("COMMIT"));
        report(count / Math.max(1, file.rowCount ?? 1));
        // libsql releases a statement's memory only when the thread returns to its event loop.
        await setImmediate();
        connection.exec("BEGIN");
      }
      count++;
      if (isLeftOut(cells)) continue;
      write(() => insert.run(columns.map((column) => storedValue(column, cells[column]))));
    }
    if (connection.inTransaction) write(() => connection.exec("COMMIT"));
    return new Set(columns);
  } finally {
    await file.close();
  }

  function write(work: () => void): void {
    try {
      work();
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (!/^SQLITE_(FULL|IOERR|CANTOPEN)/.test(code ?? "")) throw error;
      throw new RunFileError(
        `${path} cannot be imported: the temporary file for its rows cannot be written (${message.split("\n")[0]}). ` +
          "It takes as much space as the Parquet files without compression, in the folder that SQLITE_TMPDIR names.",
      );
    }
  }
}

/**
 * The SQL for the value of a column. Texts that are not valid Unicode are given as bytes and stored as texts, so
 * that they are found to be unusable where they are read; ids may be bytes.
 */
function storedExpression(column: string, at: number): string {
  const given = `?${at + 1}`;
  if (column === "vector") return given;
  const isId = column === "id" || column.endsWith("_id");
  const isText = `typeof(${given}) = 'blob'${isId ? ` AND length(${given}) <> 16` : ""}`;
  return `CASE WHEN ${isText} THEN CAST(${given} AS TEXT) ELSE ${given} END`;
}

function storedValue(column: string, value: unknown): null | string | number | bigint | Buffer {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (column === "vector" && typeof value === "object") return vectorBytes(value);
  switch (typeof value) {
    case "string":
      return value;
    case "bigint":
      return BigInt.asIntN(64, value) === value ? value : value.toString();
    case "number":
      // A column of whole numbers, some of them null, is often written as one of floating-point numbers.
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    default:
      return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? inner.toString() : inner));
  }
}

/** @returns float32 numbers as bytes; null if there are none; a text, which is not a vector, if it is not usable */
function vectorBytes(list: object): Buffer | string | null {
  const vector = vectorOf(list);
  if (vector instanceof Float32Array && vector.length === 0) return null;
  if (vector instanceof Float32Array) return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  return vector.number === undefined
    ? "a list with elements that are not numbers"
    : `${beyondFloat32}: ${vector.number}`;
}
