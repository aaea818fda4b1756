import type { SpanningTreeOfRows } from "../../clustering/index.js";
import type { BulkStore } from "../../database/bulkStore.js";
import type { Database } from "../../database/database.js";
import { SpanningTreeUnreadableError } from "../../database/errors/bulkErrors.js";
import { whenAvailable } from "../../database/errors/whenAvailable.js";
import type { ClusteringResult, Prisma } from "../../database/generated/sqlite/client.js";
import type { AttemptEmbeddings, AttemptOptions } from "../computing/attemptEmbeddings.js";
import { spanningTreeOf } from "./spanningTreeBytes.js";

/** A spanning tree that an earlier result of the same embeddings has stored. */
export interface StoredTree {
  id: string;
  bytes: Uint8Array;
  tree: SpanningTreeOfRows;
}

export interface FindingOptions extends Pick<AttemptOptions, "signal" | "onUnavailable"> {
  /** Called with what an operator should know of, as a sentence, although the attempt continues. */
  warn: (reason: string) => void;
}

/**
 * @returns null if no tree has the id
 * @throws SpanningTreeUnreadableError if it is damaged
 */
export async function loadStoredTree(
  bulk: Pick<BulkStore, "loadSpanningTree">,
  id: string,
  signal: AbortSignal,
): Promise<StoredTree | null> {
  const buffer = await bulk.loadSpanningTree(id, { signal });
  return buffer && { id, bytes: new Uint8Array(buffer), tree: spanningTreeOf(id, buffer) };
}

/**
 * Finds the spanning tree of an earlier result that clustered the same embeddings by the same engine with the same
 * parameters, but for those that only select clusters from the tree.
 *
 * @returns null if there is none, or it cannot be read
 */
export async function findStoredTree(
  database: Database,
  clustering: ClusteringResult,
  embeddings: AttemptEmbeddings,
  engineVersion: string,
  { signal, onUnavailable, warn }: FindingOptions,
): Promise<StoredTree | null> {
  const { embeddingModelId, algorithm, minSamples, alpha, metric, normalize, reduction } = clustering;
  const comparable: Prisma.ClusteringResultWhereInput = {
    ...{ embeddingModelId, algorithm, minSamples, alpha, metric, normalize, reduction, engineVersion },
    embeddingCount: embeddings.count,
    spanningTreeId: { not: null },
  };
  const find = (where: Prisma.ClusteringResultWhereInput) =>
    whenAvailable(
      () =>
        database.prisma.clusteringResult.findFirst({
          where,
          // The latest is the one whose tree is most likely to be readable: one that is not is computed again.
          orderBy: { finishingNumber: "desc" },
          select: { spanningTreeId: true },
        }),
      signal,
      onUnavailable,
    );
  // The digest takes as long as reading all vectors once more: it is waited for only if it may decide.
  if ((await find(comparable)) === null) return null;
  const found = await find({ ...comparable, inputDigest: await embeddings.digest });
  if (found === null || found.spanningTreeId === null) return null;
  const id = found.spanningTreeId;
  try {
    const load = () => loadStoredTree(database.bulk, id, signal);
    const loaded = await whenAvailable(load, signal, onUnavailable);
    if (loaded !== null) return loaded;
    warn(`The spanning tree that ClusteringResult:${id} computed has just been deleted.`);
  } catch (error) {
    if (!(error instanceof SpanningTreeUnreadableError)) throw error;
    warn(error.message);
  }
  return null;
}
