import type { Analyses } from "../../analysis/analyses.js";
import type { LoadedTree } from "../../analysis/tree/loadedTree.js";
import { SpanningTreeUnreadableError } from "../../database/errors/bulkErrors.js";
import { formatGlobalId } from "../globalId.js";
import { deletedMeanwhile, RequestError } from "../requestError.js";
import type { ClusteringResultRow } from "../rows.js";

/**
 * The number of distinct vectors for which an analysis of a tree, or a combination of a sweep, takes about as long as
 * reading a row.
 */
export const vectorsPerRow = 1000;

/** @param reason a sentence */
export function treeUnreadable(clusteringResultId: string, reason: string): RequestError {
  const name = formatGlobalId("ClusteringResult", clusteringResultId);
  return new RequestError({
    code: "TREE_UNREADABLE",
    message: `${reason} \`medoid verify --store-tree\` computes the tree of ${name} again.`,
  });
}

/**
 * The spanning tree of a clustering that succeeded.
 * @throws RequestError TREE_MISSING, TREE_UNREADABLE, or NOT_FOUND if the result was deleted meanwhile
 */
export async function treeOfResult(
  { analyses }: { analyses: Analyses },
  { id, spanningTreeId, embeddingCount }: ClusteringResultRow,
  signal: AbortSignal | undefined,
): Promise<LoadedTree> {
  if (spanningTreeId === null) {
    const name = formatGlobalId("ClusteringResult", id);
    const message = `${name} was stored before results had spanning trees. \`medoid verify --store-tree\` adds it.`;
    throw new RequestError({ code: "TREE_MISSING", message });
  }
  const unreadable = (reason: string) => treeUnreadable(id, reason);
  let tree: LoadedTree | null;
  try {
    tree = await analyses.loadTree(spanningTreeId, { signal });
  } catch (error) {
    if (error instanceof SpanningTreeUnreadableError) throw unreadable(error.message);
    throw error;
  }
  // A tree is stored for as long as a result has it.
  if (tree === null) throw deletedMeanwhile();
  if (tree.rows !== embeddingCount) {
    throw unreadable(`The spanning tree is that of ${tree.rows} embeddings, not of ${embeddingCount}.`);
  }
  return tree;
}
