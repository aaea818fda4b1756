import { finished } from "node:stream/promises";
import type { PoolClient } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { CopyRows } from "../copyFormat/copyRows.js";

/** Writes rows into a table by COPY. @param columns names of the rows' columns, in their order */
export async function copyInto(
  client: PoolClient,
  table: string,
  columns: readonly string[],
  rows: CopyRows,
): Promise<void> {
  if (rows.count === 0) return;
  const names = columns.map((column) => `"${column}"`).join(", ");
  const stream = client.query(copyFrom(`COPY "${table}" (${names}) FROM STDIN (FORMAT binary)`));
  stream.end(rows.end());
  await finished(stream);
}
