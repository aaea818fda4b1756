import type { App } from "../../app.js";
import { KeysetConnection, type RowSource } from "../pagination/keysetConnection.js";
import type { PageArguments } from "../pagination/pageArguments.js";
import type { RowOrder } from "../pagination/rowOrder.js";
import { rowsInMemory } from "../pagination/rowsInMemory.js";
import type { ClusteringResultRow } from "../rows.js";
import type { SqlReader } from "../statement.js";

/** A cluster of a condensed tree. */
export interface CondensedTreeNode {
  /** Bare UUID. */
  clusteringResultId: string;
  number: number;
  /** Null for the root. */
  parent: number | null;
  birthDistance: number;
  deathDistance: number;
  size: number;
  stability: number;
  /** The label of the cluster that it is; −1 where it was not selected. */
  label: number;
}

/** Parents before children. */
const byNumber: RowOrder<CondensedTreeNode> = {
  order: "ClusteringResult.condensedTree",
  orderBy: [{ kind: "integer", value: ({ number }) => number }],
};

/**
 * The condensed tree of a result: no cluster of it until the clustering has succeeded.
 * @throws RequestError if the arguments are invalid, and, once the page is read, as `treeOfResult`
 */
export function condensedTreeOfResult(
  { condensedTrees }: Pick<App, "condensedTrees">,
  row: ClusteringResultRow,
  args: PageArguments,
  reader: SqlReader,
) {
  let read: Promise<RowSource<CondensedTreeNode>> | undefined;
  const nodes = () => {
    read ??= readNodes(condensedTrees, row, reader);
    return read;
  };
  const source: RowSource<CondensedTreeNode> = {
    rows: async (range) => (await nodes()).rows(range),
    count: async () => (await nodes()).count(),
  };
  return new KeysetConnection(byNumber, source, args, (node) => ({ node }));
}

async function readNodes(
  condensedTrees: App["condensedTrees"],
  row: ClusteringResultRow,
  reader: SqlReader,
): Promise<RowSource<CondensedTreeNode>> {
  const clusteringResultId = row.id;
  if (row.status !== "SUCCEEDED") return { rows: async () => [], count: async () => 0 };
  const nodes = await condensedTrees.of(reader, row);
  return rowsInMemory(byNumber, nodes.parents.length, (number) => ({
    ...{ clusteringResultId, number },
    parent: number === 0 ? null : nodes.parents[number],
    birthDistance: nodes.birthDistances[number],
    deathDistance: nodes.deathDistances[number],
    size: nodes.sizes[number],
    stability: nodes.stabilities[number],
    label: nodes.labels[number],
  }));
}
