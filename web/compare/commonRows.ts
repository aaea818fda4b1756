import type { PointTable } from "../map/pointTable.js";

/**
 * Which points of a map are of the embeddings that a cluster of another clustering has.
 * @param of the points of the other clustering, all of which have arrived
 * @param label of the cluster; −1 for outliers
 * @returns for each row of the map 1 if it is one of them, and 0 if it is not
 */
export function commonRows(of: PointTable, label: number, on: PointTable): Uint8Array {
  const ids: string[] = [];
  of.forEachRow((row) => {
    if (of.labels[row] === label) ids.push(of.embeddingId(row));
  });
  const rows = new Uint8Array(on.capacity);
  for (const row of on.rowsOf(ids)) if (row !== null) rows[row] = 1;
  return rows;
}
