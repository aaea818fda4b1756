import { v7 as uuid } from "uuid";
import {
  type HdbscanParameterOptions,
  type HdbscanResult,
  InvalidClusteringInputError,
  pickParameters,
  type SpanningTreeOfRows,
} from "../../clustering/index.js";
import type { ClusteringToStore } from "../../database/bulkStore.js";
import type { Database } from "../../database/database.js";
import { whenAvailable } from "../../database/errors/whenAvailable.js";
import type { ClusteringResult } from "../../database/generated/sqlite/client.js";
import {
  type AttemptEmbeddings,
  type AttemptOptions,
  EmbeddingsGoneError,
  loadAttemptEmbeddings,
  withEmbeddingNamed,
} from "../computing/attemptEmbeddings.js";
import type { Engine } from "../computing/engine.js";
import { spanningTreeBytes } from "./spanningTreeBytes.js";
import { type FindingOptions, findStoredTree, type StoredTree } from "./storedTree.js";
import { requireMappedMedoids } from "./verifyMedoids.js";

export interface ComputedClustering {
  published: boolean;
  embeddings: number;
  clusters: number;
  outliers: number;
}

/**
 * Computes one attempt of a clustering: loads, clusters, verifies and stores. While the database cannot be
 * read or written, the attempt waits.
 * @returns counts of what was stored; `published` is false, with nothing stored, if another attempt runs or
 *   none does
 * @throws EmbeddingUnreadableError, EmbeddingsGoneError, InvalidClusteringInputError, MedoidUnmappedError, or
 *   the signal's reason. Nothing was stored then
 */
export async function runClustering(
  database: Database,
  engine: Engine,
  clustering: ClusteringResult,
  options: AttemptOptions & FindingOptions,
): Promise<ComputedClustering> {
  const { progress, signal, onUnavailable } = options;
  const embeddings = await loadAttemptEmbeddings(database.bulk, clustering, options);
  const { minClusterSize, minSamples } = clustering;
  if (embeddings.count < Math.max(minClusterSize, minSamples)) {
    throw new EmbeddingsGoneError(
      `${embeddings.count} embeddings match now, fewer than minClusterSize ${minClusterSize} or minSamples ${minSamples}.`,
    );
  }
  const { result, storedTree } = await clusteredFromTree(database, engine, clustering, embeddings, options);
  signal.throwIfAborted();
  requireMappedMedoids(result, embeddings.count);
  const toStore: ClusteringToStore = {
    clusteringResultId: clustering.id,
    attempt: clustering.attempt,
    embeddingIds: embeddings.ids,
    inputDigest: await embeddings.digest,
    engineVersion: engine.version,
    reduction: result.parameters.reduction && JSON.stringify(result.parameters.reduction),
    placedCount: result.placedRows,
    clusterIds: Array.from(result.medoids, () => uuid()),
    medoids: result.medoids,
    sizes: result.sizes,
    persistence: result.persistence,
    labels: result.labels,
    probabilities: result.probabilities,
    outlierScores: result.outlierScores,
    distinctPoints: result.distinctPoints,
    spanningTree: {
      bytes: storedTree?.bytes ?? spanningTreeBytes(result.spanningTree),
      storedAs: storedTree?.id ?? null,
    },
  };
  const published = await whenAvailable(
    () => database.bulk.storeClustering(toStore, { signal, onProgress: progress.storing }),
    signal,
    onUnavailable,
  );
  const clustered = result.sizes.reduce((sum, size) => sum + size, 0);
  return {
    published,
    embeddings: embeddings.count,
    clusters: result.sizes.length,
    outliers: embeddings.count - clustered,
  };
}

/** Clusters embeddings, from the spanning tree of an earlier result if there is one. */
async function clusteredFromTree(
  database: Database,
  engine: Engine,
  clustering: ClusteringResult,
  embeddings: AttemptEmbeddings,
  options: AttemptOptions & FindingOptions,
): Promise<{ result: HdbscanResult; storedTree: StoredTree | null }> {
  const { threads, progress, signal, warn } = options;
  const storedTree = await findStoredTree(database, clustering, embeddings, engine.version, options);
  const cluster = (spanningTree?: SpanningTreeOfRows) =>
    engine
      .cluster(
        { data: embeddings.vectors, dimensions: embeddings.dimensions },
        {
          ...parametersOf(clustering),
          spanningTree,
          threads,
          signal,
          onProgress: (report) => progress.engine(report.stage, report.progress),
        },
      )
      .catch((error) => {
        throw withEmbeddingNamed(error, embeddings, "clustered");
      });
  if (storedTree !== null) {
    try {
      return { result: await cluster(storedTree.tree), storedTree };
    } catch (error) {
      if (!(error instanceof InvalidClusteringInputError && error.field === "spanningTree")) throw error;
      warn(error.message);
    }
  }
  return { result: await cluster(), storedTree: null };
}

function parametersOf(clustering: ClusteringResult): HdbscanParameterOptions {
  const { reduction } = clustering;
  return { ...pickParameters(clustering), reduction: reduction === null ? null : JSON.parse(reduction) };
}
