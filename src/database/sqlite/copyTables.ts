import type { CopySource, CopyTarget } from "../copy/copiedDatabase.js";
import {
  countRows,
  type StoredTable,
  type StoredType,
  selectRows,
  type TableView,
} from "../copy/storedTables.js";
import { CopyReader } from "../copyFormat/copyReader.js";
import { CopyRows, copyHeader } from "../copyFormat/copyRows.js";
import { timeOfPostgres } from "../copyFormat/postgresTime.js";
import { bytesPerBatch, type RowBatch } from "../copyFormat/rowBatch.js";
import { readUuid } from "../copyFormat/uuidBytes.js";
import { type Connection, longWriteTransaction, openConnection, sqliteDateTime } from "./connection.js";
import { emptyLog } from "./emptyLog.js";

type Value = string | number | bigint | Buffer | null;

/** Reads from one snapshot of a file. */
export async function readFromSqlite<T>(url: string, work: (source: CopySource) => Promise<T>): Promise<T> {
  const connection = openConnection(url);
  try {
    connection.exec("BEGIN");
    return await work(source(connection));
  } finally {
    connection.close();
  }
}

/** Writes to a file in one transaction, which is committed after `work` resolves. */
export async function writeToSqlite<T>(url: string, work: (target: CopyTarget) => Promise<T>): Promise<T> {
  const connection = openConnection(url);
  try {
    return await longWriteTransaction(connection, () =>
      work({ ...source(connection), write: async (table, batch) => write(connection, table, batch) }),
    );
  } finally {
    emptyLog(connection);
    connection.close();
  }
}

function source(connection: Connection): CopySource {
  return {
    async count(table, view) {
      return (connection.prepare(countRows(table, view)).get([]) as { count: number }).count;
    },
    read: (table, view) => read(connection, table, view),
  };
}

async function* read(connection: Connection, table: StoredTable, view: TableView): AsyncGenerator<RowBatch> {
  const statement = connection.prepare(selectRows(table, view)).raw().safeIntegers();
  const types = table.columns.map(([, type]) => type);
  let rows = new CopyRows(types.length, 64 * 1024);
  let ends: number[] = [];
  for (const values of statement.iterate([]) as IterableIterator<Value[]>) {
    rows.row();
    for (const [column, type] of types.entries()) encode(rows, type, values[column]);
    ends.push(rows.byteLength);
    if (rows.byteLength < bytesPerBatch) continue;
    yield { bytes: rows.rows(), ends };
    rows = new CopyRows(types.length, bytesPerBatch);
    ends = [];
  }
  if (ends.length > 0) yield { bytes: rows.rows(), ends };
}

function encode(rows: CopyRows, type: StoredType, value: Value): void {
  if (value === null) rows.null();
  else if (type === "uuid") rows.uuid(value as string);
  else if (type === "text") rows.text(value as string);
  else if (type === "int4") rows.int4(Number(value));
  else if (type === "int8") rows.int8(BigInt(value as bigint));
  else if (type === "float8") rows.float8(Number(value));
  else if (type === "bool") rows.bool(Number(value) !== 0);
  else if (type === "timestamptz") rows.timestamptz(new Date(value as string));
  else rows.bytes(value as Buffer);
}

function write(connection: Connection, table: StoredTable, { bytes }: RowBatch): void {
  const { name, columns } = table;
  const names = columns.map(([column]) => `"${column}"`).join(", ");
  const insert = connection.prepare(
    `INSERT INTO "${name}" (${names}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  const values: Value[] = new Array(columns.length);
  const reader = new CopyReader(columns.length, ({ bytes: from, offsets, lengths }) => {
    for (const [column, [, type]] of columns.entries()) {
      const length = lengths[column];
      values[column] = length < 0 ? null : decode(type, from, offsets[column], length);
    }
    insert.run(values);
  });
  reader.read(copyHeader);
  reader.read(bytes);
}

function decode(type: StoredType, from: Buffer, offset: number, length: number): Value {
  if (type === "uuid") return readUuid(from, offset);
  if (type === "text") return from.toString("utf8", offset, offset + length);
  if (type === "int4") return from.readInt32BE(offset);
  if (type === "int8") return from.readBigInt64BE(offset);
  if (type === "float8") return from.readDoubleBE(offset);
  if (type === "bool") return from[offset];
  if (type === "timestamptz") return sqliteDateTime(timeOfPostgres(from.readBigInt64BE(offset)));
  return from.subarray(offset, offset + length);
}
