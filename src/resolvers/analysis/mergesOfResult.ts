import type { App } from "../../app.js";
import type { ClusteringResultRow } from "../rows.js";
import type { SqlReader } from "../statement.js";
import { otherClusters, treeAndClusters } from "./treeAndClusters.js";

/** A merge of two clusters, or of what earlier merges have made of clusters. */
export interface ClusterMerge {
  left: number;
  right: number;
  distance: number;
  size: number;
}

/**
 * How the clusters of a result merge as the distance grows, in the order of the distance.
 * @returns an empty list for fewer than two clusters, and until the clustering has succeeded
 * @throws RequestError as `treeOfResult`
 */
export async function mergesOfResult(
  app: Pick<App, "analyses">,
  row: ClusteringResultRow,
  reader: SqlReader,
): Promise<ClusterMerge[]> {
  if (row.status !== "SUCCEEDED" || (row.clusterCount ?? 0) < 2) return [];
  const { tree, own, medoids } = await treeAndClusters(app, row, reader);
  const merges = await app.analyses.run("merges", tree, { own, medoids }, { signal: reader.signal });
  if (merges === null) throw otherClusters(row);
  const { first, second, distances, sizes } = merges;
  return Array.from(distances, (distance, i) => ({
    left: first[i],
    right: second[i],
    distance,
    size: sizes[i],
  }));
}
