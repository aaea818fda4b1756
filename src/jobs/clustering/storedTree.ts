import type { SpanningTreeOfRows } from "../../clustering/index.js";
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
    const buffer = await whenAvailable(
      () => database.bulk.loadSpanningTree(id, { signal }),
      signal,
      onUnavailable,
    );
    if (buffer !== null) return { id, bytes: new Uint8Array(buffer), tree: spanningTreeOf(id, buffer) };
    warn(`The spanning tree that ClusteringResult:${id} computed has just been deleted.`);
  } catch (error) {
    if (!(error instanceof SpanningTreeUnreadableError)) throw error;
    warn(error.message);
  }
  return null;
}
