import type { PoolClient } from "pg";
import { to as copyTo } from "pg-copy-streams";
import type { CopySource, CopyTarget } from "../copy/copiedDatabase.js";
import {
  countRows,
  type StoredTable,
  selectRows,
  storedTables,
  type TableView,
} from "../copy/storedTables.js";
import { CopyReader } from "../copyFormat/copyReader.js";
import { CopyRows } from "../copyFormat/copyRows.js";
import { bytesPerBatch, type RowBatch } from "../copyFormat/rowBatch.js";
import { type BulkConnections, openBulkConnections } from "./connections/bulkConnections.js";
import { readTransaction, writeTransaction } from "./connections/transaction.js";
import { copyInto } from "./copyInto.js";

/** Allows long pauses between two statements, because the other database's work may take long. */
const mayIdle = "SET LOCAL idle_in_transaction_session_timeout = 0";

/** Reads from one snapshot of a database. */
export function readFromPostgres<T>(
  url: string,
  work: (source: CopySource) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return withConnections(url, (connections) =>
    readTransaction(
      connections,
      async (client) => {
        await client.query(mayIdle);
        return work(source(client));
      },
      { signal, isRepeatable: false },
    ),
  );
}

/** Writes to a database in one transaction, which is committed after `work` resolves. */
export function writeToPostgres<T>(
  url: string,
  work: (target: CopyTarget) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const tables = storedTables.map(({ name }) => `"${name}"`).join(", ");
  return withConnections(url, (connections) =>
    writeTransaction(
      connections,
      async (client) => {
        await client.query(`${mayIdle}; LOCK TABLE ${tables} IN SHARE ROW EXCLUSIVE MODE`);
        return work({ ...source(client), write: (table, batch) => write(client, table, batch) });
      },
      { signal, isRepeatable: false },
    ),
  );
}

async function withConnections<T>(
  url: string,
  use: (connections: BulkConnections) => Promise<T>,
): Promise<T> {
  const connections = openBulkConnections(url, 2);
  try {
    return await use(connections);
  } finally {
    await connections.close();
  }
}

function source(client: PoolClient): CopySource {
  return {
    async count(table, view) {
      const { rows } = await client.query(countRows(table, view));
      return Number(rows[0].count);
    },
    read: (table, view) => read(client, table, view),
  };
}

async function* read(client: PoolClient, table: StoredTable, view: TableView): AsyncGenerator<RowBatch> {
  const columns = table.columns.length;
  let rows = new CopyRows(columns);
  let ends: number[] = [];
  const reader = new CopyReader(columns, ({ bytes, offsets, lengths }) => {
    // The bytes of each row are copied unchanged, from the number of its fields to the end of its last field.
    const start = offsets[0] - 6;
    const end = offsets[columns - 1] + Math.max(0, lengths[columns - 1]);
    ends.push(rows.append(bytes.subarray(start, end), 1).byteLength);
  });
  for await (const piece of client.query(
    copyTo(`COPY (${selectRows(table, view)}) TO STDOUT (FORMAT binary)`),
  )) {
    reader.read(piece);
    if (rows.byteLength < bytesPerBatch) continue;
    yield { bytes: rows.rows(), ends };
    rows = new CopyRows(columns, bytesPerBatch);
    ends = [];
  }
  reader.end();
  if (ends.length > 0) yield { bytes: rows.rows(), ends };
}

async function write(client: PoolClient, table: StoredTable, { bytes, ends }: RowBatch): Promise<void> {
  const rows = new CopyRows(table.columns.length, bytes.length).append(bytes, ends.length);
  await copyInto(
    client,
    table.name,
    table.columns.map(([name]) => name),
    rows,
  );
}
