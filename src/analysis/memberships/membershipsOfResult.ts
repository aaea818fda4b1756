import { setImmediate } from "node:timers/promises";
import type { Exemplars } from "../../clustering/exemplars.js";
import { labelledTree } from "../../clustering/labelledTree.js";
import { NearestExemplars } from "../../clustering/nearestExemplars.js";
import type { Comparison } from "../../clustering/nearestOthers.js";
import { type Share, SoftMembership } from "../../clustering/softMembership.js";
import type { SweepSetting } from "../../clustering/sweep.js";
import { firstOfVector } from "../../database/embeddings/firstOfVector.js";
import type { RowSelection, SelectRows } from "../../database/rowSelection.js";
import type { SqlDialect } from "../../database/sqlDialect.js";
import type { TaskReporter } from "../../database/threads/taskReporter.js";
import { spanningTreeOf } from "../../jobs/clustering/spanningTreeBytes.js";
import { blockRowsOf, type ParticipantRow, participants, vectorsOf } from "../neighbours/nearestOfResult.js";
import type { LoadedTree } from "../tree/loadedTree.js";

export interface MembershipsRequest extends Comparison {
  /** Bare UUID of a clustering result that has succeeded. */
  clusteringResultId: string;
  tree: LoadedTree;
  own: SweepSetting;
  /** The tree's point of each label's medoid; of which the tree gives the clusters. */
  medoids: Int32Array;
  /** The tree's point of each distinct vector; null: they are the same. */
  points: Int32Array | null;
  exemplars: Exemplars;
  /** Bare UUIDs, by label. */
  clusterIds: string[];
  /** The embeddings, by their bare UUIDs, and the number of clusters of each, 1 or more. */
  sought: { id: string; limit: number }[];
}

/** The most distances of embeddings to clusters that are in memory at a time: some 32 MB. */
const mostDistances = 2 ** 22;

/**
 * How much embeddings that took part in a clustering belong to each of its clusters, by the embedding's id. The exemplars
 * are read block by block, once for as many embeddings as the distances to all clusters are in memory of.
 * @returns null if the result was deleted meanwhile
 * @throws EmbeddingUnreadableError
 */
export async function membershipsOfResult(
  {
    clusteringResultId,
    tree,
    own,
    medoids,
    points,
    exemplars,
    clusterIds,
    sought,
    ...comparison
  }: MembershipsRequest,
  dialect: SqlDialect,
  selectRows: SelectRows,
  { throwIfStopped }: Pick<TaskReporter, "throwIfStopped">,
): Promise<Map<string, Share[]> | null> {
  const { dimensions } = comparison;
  const labels = medoids.length;
  const blockRows = blockRowsOf(dimensions);
  const limits = new Map(sought.map(({ id, limit }) => [id, limit]));
  const shares = new Map<string, Share[]>();
  const labelled = labelledTree(spanningTreeOf(tree.id, tree.bytes), own, medoids);
  if (labelled === null) throw new Error("the tree has given these clusters before");
  throwIfStopped();
  const soft = new SoftMembership(labelled, labels);
  const { numbers, first } = exemplars;
  const labelOf = new Int32Array(numbers.length);
  for (let label = 0; label < labels; label++) labelOf.fill(label, first[label], first[label + 1]);

  const together = Math.max(1, Math.min(blockRows, Math.floor(mostDistances / labels)));
  for (let start = 0; start < sought.length; start += together) {
    const ids = sought.slice(start, start + together).map(({ id }) => id);
    const selection = participants(dialect, clusteringResultId, { ids }, together);
    const rows = (await selectRows(selection)) as ParticipantRow[];
    if (rows.length === 0) continue;
    const distances = new NearestExemplars(vectorsOf(rows, dimensions), labels, comparison, blockRows);
    for (let from = 0; from < numbers.length; from += blockRows) {
      const block = Array.from(numbers.subarray(from, from + blockRows), (number, at): [string, number] => [
        clusterIds[labelOf[from + at]],
        number,
      ]);
      const read = (await selectRows(vectorsOfPairs(dialect, block))) as ParticipantRow[];
      if (read.length !== block.length) return null;
      const labelsOfBlock = new Map(block.map(([, number], at) => [number, labelOf[from + at]]));
      distances.offer(
        vectorsOf(read, dimensions),
        read.map(([, number]) => labelsOfBlock.get(number)!),
        throwIfStopped,
      );
      await setImmediate(); // libsql releases a statement's memory only then
    }
    for (const [at, [id, number]] of rows.entries()) {
      throwIfStopped();
      const point = points === null ? number : points[number];
      shares.set(id, soft.sharesOf(point, distances.distancesOf(at), limits.get(id)!));
    }
  }
  return shares;
}

/** The SELECT of one vector for each cluster's id and number of a distinct vector. It reads only these rows. */
export function vectorsOfPairs(
  dialect: SqlDialect,
  pairs: [clusterId: string, number: number][],
): RowSelection {
  const joins = [{ table: `"Embedding"`, as: "embedding", on: `"embedding"."id" = ${firstOfVector}` }];
  const sql = `
    SELECT "embedding"."id", "pair"."number", "embedding"."vector"
    FROM ${dialect.pairs(dialect.placeholder(1))} ${dialect.joins(joins)}`;
  return { sql, parameters: [JSON.stringify(pairs)], types: ["uuid", "int4", "bytea"] };
}
