import type { StoredType } from "../copy/storedTables.js";
import { type CopiedRow, CopyReader } from "../copyFormat/copyReader.js";
import { timeOfPostgres } from "../copyFormat/postgresTime.js";
import { readUuid } from "../copyFormat/uuidBytes.js";
import type { RowSelection, StoredValue } from "../rowSelection.js";
import type { BulkConnections } from "./connections/bulkConnections.js";
import { retryWhenAway } from "./connections/transaction.js";
import { copyOut } from "./loading/copyOut.js";
import { withLiterals } from "./loading/copyStatement.js";

/**
 * Reads rows by a binary COPY, from which vectors arrive as bytes. All rows are in memory at the end, so the
 * selection must be limited.
 * @throws the signal's reason once it aborts; the statement is then ended on the server
 */
export function selectRows(
  connections: BulkConnections,
  { sql, parameters, types }: RowSelection,
  signal: AbortSignal,
): Promise<StoredValue[][]> {
  const statement = `COPY (${withLiterals({ sql, parameters })}) TO STDOUT (FORMAT binary)`;
  const read = () =>
    connections.use(async (client) => {
      const rows: StoredValue[][] = [];
      const reader = new CopyReader(types.length, (row) => rows.push(valuesOf(row, types)));
      await copyOut(client, statement, reader);
      reader.end();
      return rows;
    }, signal);
  return retryWhenAway(read, { signal });
}

function valuesOf({ bytes, offsets, lengths }: CopiedRow, types: StoredType[]): StoredValue[] {
  const values: StoredValue[] = new Array(types.length);
  for (let column = 0; column < types.length; column++) {
    const length = lengths[column];
    values[column] = length < 0 ? null : decode(types[column], bytes, offsets[column], length);
  }
  return values;
}

function decode(type: StoredType, bytes: Buffer, offset: number, length: number): StoredValue {
  if (type === "uuid") return readUuid(bytes, offset);
  if (type === "text") return bytes.toString("utf8", offset, offset + length);
  if (type === "int4") return bytes.readInt32BE(offset);
  if (type === "int8") return bytes.readBigInt64BE(offset);
  if (type === "float8") return bytes.readDoubleBE(offset);
  if (type === "bool") return bytes[offset] !== 0;
  if (type === "timestamptz") return timeOfPostgres(bytes.readBigInt64BE(offset));
  return Buffer.from(bytes.subarray(offset, offset + length)); // a copy: the socket's buffer is used again
}
