import { LRUCache } from "lru-cache";
import type { Analyses } from "../../analysis/analyses.js";
import type { CondensedNodes } from "../../clustering/condensedNodes.js";
import type { ClusteringResultRow } from "../rows.js";
import type { SqlReader } from "../statement.js";
import { otherClusters, treeAndClusters } from "./treeAndClusters.js";

/** Condensed trees of finished clusterings. Those that were used last are kept, for their further pages. */
export interface CondensedTrees {
  /**
   * The clusters of the condensed tree of a clustering that has succeeded.
   * @throws RequestError as `treeOfResult`; the reader's reason once its signal aborts
   */
  of(reader: SqlReader, row: ClusteringResultRow): Promise<CondensedNodes>;
}

/** Maximum number of bytes of the trees that a process keeps. */
const mostBytes = 32 * 2 ** 20;

export function createCondensedTrees(analyses: Analyses): CondensedTrees {
  const kept = new LRUCache<string, CondensedNodes>({
    maxSize: mostBytes,
    sizeCalculation: (nodes) =>
      Object.values(nodes).reduce((sum, { byteLength }: Int32Array | Float64Array) => sum + byteLength, 1),
  });
  return {
    async of(reader, row) {
      const known = kept.get(row.id);
      if (known) return known;
      const { tree, own, medoids } = await treeAndClusters({ analyses }, row, reader);
      const nodes = await analyses.run("condensedTree", tree, { own, medoids }, { signal: reader.signal });
      if (nodes === null) throw otherClusters(row);
      kept.set(row.id, nodes);
      return nodes;
    },
  };
}
