import type { Analyses } from "../../analysis/analyses.js";
import type { LoadedTree } from "../../analysis/tree/loadedTree.js";
import type { SweepSetting } from "../../clustering/sweep.js";
import { settingOf } from "../../clustering/sweepSettings.js";
import { deletedMeanwhile } from "../requestError.js";
import type { ClusteringResultRow } from "../rows.js";
import { type SqlReader, statement } from "../statement.js";
import { treeOfResult, treeUnreadable, vectorsPerRow } from "./treeOfResult.js";

export const otherClusters = ({ id }: ClusteringResultRow) =>
  treeUnreadable(id, "The stored spanning tree gives other clusters than the result has.");

interface TreeAndClusters {
  tree: LoadedTree;
  own: SweepSetting;
  /** The tree's point of each label's medoid. */
  medoids: Int32Array;
  /** Bare UUIDs, by label. */
  clusterIds: string[];
  /** The tree's point of each distinct vector, by the number that its assignments have; null: they are the same. */
  points: Int32Array | null;
  /** The same of one vector. */
  pointOf: (number: number) => number;
}

export async function treeAndClusters(
  { analyses }: { analyses: Analyses },
  row: ClusteringResultRow,
  reader: SqlReader,
): Promise<TreeAndClusters> {
  const { signal, rowsRead } = reader;
  const { parameter, queryLong } = statement(reader);
  const clusters = await queryLong(`
    SELECT "id", "medoidPoint" FROM "Cluster"
    WHERE "clusteringResultId" = ${parameter(row.id)} ORDER BY "label"`);
  if (clusters.length !== row.clusterCount) throw deletedMeanwhile();
  const tree = await treeOfResult({ analyses }, row, signal);
  await rowsRead?.beginWork(clusters.length + Math.ceil(tree.points / vectorsPerRow));
  let points: Int32Array | null = null;
  if (row.reduction !== null) {
    points = await analyses.pointsOfResult(row.id, tree, { signal });
    if (points === null) throw deletedMeanwhile();
  }
  const pointOf = (number: number) => (points === null ? number : points[number]);
  return {
    tree,
    own: settingOf(row),
    medoids: Int32Array.from(clusters, ({ medoidPoint }) => pointOf(Number(medoidPoint))),
    clusterIds: clusters.map(({ id }) => id as string),
    points,
    pointOf,
  };
}
